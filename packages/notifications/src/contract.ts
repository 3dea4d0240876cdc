import type { ApplicationRef, Applications, Log, TargetCluster } from '@plimsoll/applications'
import type { Repositories } from '@plimsoll/git'
import type { Clock } from '@plimsoll/kube'
import type { NetworkPolicy } from '@plimsoll/network'
import type { Records } from '@plimsoll/records'
import type { Templates } from '@plimsoll/render'
import type { NotificationTemplate, TriggerCondition } from './settings/fields.ts'

export interface NotificationsContext {
  home: TargetCluster
  applications: Pick<Applications, 'notice' | 'isNamespaceEnabled'>
  repositories: Pick<Repositories, 'forProject'>
  templates: Templates
  records: Pick<Records, 'room'>
  /** What services may dial. */
  network: NetworkPolicy
  /** Where the console is, for links in messages. */
  consoleUrl: () => string
  /** Where the settings and the Applications are. */
  namespace: string
  clock: Clock
  log: Log
}

/** One place that is told, of one service: `slack:team-a`. */
export interface Destination {
  /** As the settings name it. */
  service: string
  recipient: string
}

/** How one condition of a trigger stands. */
export interface ConditionVerdict {
  when: string
  isTriggered: boolean
  /** Why it could not be told. */
  problem?: string
}

/**
 * Who is told what about Applications. Reads the settings of the operator at each step, so that a change of theirs counts at once. Failures of the API's
 * calls are `PlimsollError`; authorisation and audit are the caller's.
 */
export interface Notifications {
  start(): Promise<void>
  /** What is under way may end, within a few seconds. */
  stop(): Promise<void>
  services(): string[]
  triggers(): Readonly<Record<string, readonly TriggerCondition[]>>
  templates(): Readonly<Record<string, NotificationTemplate>>
  /** What of the settings cannot be used, each said once. */
  problems(): readonly string[]
  /** Rejects with `not-found` for a trigger or an Application that is not there. */
  runTrigger(trigger: string, ref: ApplicationRef): Promise<ConditionVerdict[]>
  /** What a template makes of an Application for a destination, with secrets masked. Nothing is sent. */
  preview(template: string, ref: ApplicationRef, to: Destination): Promise<NotificationTemplate>
  /** Sends it now, whether it was sent before or not, and keeps no record of it. */
  notify(template: string, ref: ApplicationRef, to: Destination): Promise<void>
  /** For `/metrics`. */
  stats(): { sent: number; failed: number }
}
