import type { NetworkPolicy } from '@plimsoll/network'
import type { Journal } from '../sending/journal.ts'
import type { NotificationSettings, ServiceSettings } from '../settings/read-settings.ts'
import { type Send, SendError } from './contract.ts'
import { createService } from './create-service.ts'

/** The services of the settings, each made once for as long as its settings stay. */
export class Services {
  readonly #context: { policy: NetworkPolicy; now: () => number; journal: Journal }
  #made = new WeakMap<ServiceSettings, Promise<Send>>()

  constructor(context: { policy: NetworkPolicy; now: () => number; journal: Journal }) {
    this.#context = context
  }

  /** Rejects with `SendError` where there is none of that name, or none that can be used. */
  async named(settings: NotificationSettings, name: string): Promise<Send> {
    const found = settings.services.get(name)
    if (found === undefined) {
      const known = [...settings.services.keys()].join(', ')
      throw new SendError(
        `there is no service '${name.slice(0, 80)}' (${known === '' ? 'argocd-notifications-cm names none' : `there are ${known}`})`,
      )
    }
    if ('problem' in found) throw new SendError(found.problem)
    let made = this.#made.get(found.value)
    if (made === undefined) {
      const { policy, now, journal } = this.#context
      made = createService(found.value, {
        policy,
        now,
        remember: { get: (key) => journal.recall(key), set: (key, value) => journal.remember(key, value) },
      })
      this.#made.set(found.value, made)
    }
    return made
  }
}
