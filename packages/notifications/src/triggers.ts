import { createHash } from 'node:crypto'
import type { KubeObject } from '@plimsoll/kube'
import { fullNameOf, httpsAddress, type KnownCommit } from '@plimsoll/render'
import {
  Duration,
  evaluate,
  ExpressionError,
  isMap,
  type MapValue,
  type Node,
  parseTime,
  printed,
  textOf,
  Time,
  type Value,
} from './expression/index.ts'
import type { Commits } from './commits.ts'
import type { CompiledCondition, NotificationSettings } from './settings/read-settings.ts'

export interface ConditionResult {
  /** As Argo CD calls a condition in its record of what was sent: its place, and what it asks. */
  key: string
  isTriggered: boolean
  /** Sent once for each value of it. '' where the trigger has none: then once for each time that it becomes true. */
  oncePer: string
  templates: readonly string[]
  /** Why it could not be told; `isBroken` where no application could make a difference. */
  problem?: string
  isBroken?: true
}

/** What an expression sees. */
export interface Subject {
  app: KubeObject
  project: KubeObject | undefined
  settings: NotificationSettings
  commits: Commits
  now: () => number
}

/** A commit that an expression asks for: asked again once it is known. */
class UnknownCommit extends Error {}

/** How each condition of a trigger stands (notifications-engine `pkg/triggers/service.go`). */
export async function runTrigger(conditions: readonly CompiledCondition[], subject: Subject): Promise<ConditionResult[]> {
  const environment = environmentOf(subject)
  const results: ConditionResult[] = []
  for (const [index, { when = '', send = [], whenTree, oncePerTree }] of conditions.entries()) {
    const key = `[${index}].${createHash('sha1').update(when).digest('base64url')}`
    const result = { key, isTriggered: false, oncePer: '', templates: send }
    if ('problem' in whenTree) {
      results.push({ ...result, problem: `when: ${whenTree.problem}`, isBroken: true })
      continue
    }
    const verdict = await asked(whenTree.value, environment, subject)
    if ('problem' in verdict) results.push({ ...result, problem: `when: ${verdict.problem}` })
    else if (verdict.value !== true) results.push(result)
    else if (oncePerTree === undefined) results.push({ ...result, isTriggered: true })
    else if ('problem' in oncePerTree) results.push({ ...result, problem: `oncePer: ${oncePerTree.problem}`, isBroken: true })
    else {
      const once = await asked(oncePerTree.value, environment, subject)
      // Without what it is told once for it would be told again and again.
      if ('problem' in once) results.push({ ...result, problem: `oncePer: ${once.problem}` })
      else results.push({ ...result, isTriggered: true, oncePer: printed(once.value) })
    }
  }
  return results
}

/** Whether time alone can change what it says. */
export function isAboutTime({ when = '', oncePer = '' }: CompiledCondition): boolean {
  return /\bnow\s*\(|\bNow\b/.test(when + oncePer)
}

async function asked(node: Node, environment: MapValue, subject: Subject): Promise<{ value: Value } | { problem: string }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { value: evaluate(node, environment, { now: () => subject.now() }) }
    } catch (error) {
      if (error instanceof UnknownCommit && attempt < 5) {
        await subject.commits.learn([error.message])
        continue
      }
      // A text that grows too long or a stack that is too deep ends as any other mistake in an expression.
      if (error instanceof ExpressionError || error instanceof RangeError || error instanceof UnknownCommit)
        return { problem: error.message }
      throw error
    }
  }
}

function environmentOf({ app, project, settings, commits, now }: Subject): MapValue {
  const metadata = (commit: KnownCommit): Value => {
    if ('problem' in commit) throw new ExpressionError(commit.problem)
    return { Author: commit.author, Message: commit.message, Date: parseTime(commit.date), Tags: [...commit.tags] }
  }
  return {
    app: app as unknown as Value,
    appProject: (project ?? {}) as Value,
    context: { ...settings.context },
    time: {
      Now: () => new Time(now()),
      Parse: (text) => parseTime(text ?? null),
      Nanosecond: new Duration(1e-6),
      Microsecond: new Duration(1e-3),
      Millisecond: new Duration(1),
      Second: new Duration(1000),
      Minute: new Duration(60_000),
      Hour: new Duration(3_600_000),
    },
    strings: {
      ReplaceAll: (text, old, replacement) => textOf(text).replaceAll(textOf(old), () => textOf(replacement)),
      ToUpper: (text) => textOf(text).toUpperCase(),
      ToLower: (text) => textOf(text).toLowerCase(),
    },
    sync: {
      GetInfoItem: (of, name) => infoItem(of ?? null, textOf(name)),
    },
    repo: {
      RepoURLToHTTPS: (url) => httpsAddress(textOf(url)),
      FullNameByRepoURL: (url) => fullNameOf(textOf(url)),
      QueryEscape: (text) => encodeURIComponent(textOf(text)).replaceAll('%20', '+'),
      GetCommitMetadata: (sha) => {
        const commit = commits.get(textOf(sha))
        if (commit === undefined) throw new UnknownCommit(textOf(sha))
        return metadata(commit)
      },
    },
  }
}

function infoItem(app: Value, name: string): Value {
  const at = (value: Value, ...path: string[]): Value =>
    path.reduce<Value>((found, key) => (isMap(found) && Object.hasOwn(found, key) ? (found[key] ?? null) : null), value)
  const infos = at(at(app, 'operation') ?? at(app, 'status', 'operationState', 'operation'), 'info')
  const found = Array.isArray(infos) ? infos.find((info) => at(info, 'name') === name) : undefined
  return found === undefined ? '' : at(found, 'value')
}
