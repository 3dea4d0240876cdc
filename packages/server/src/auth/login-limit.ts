import { readJson, settingNames, type Settings } from './settings.ts'

interface Tries {
  failures: number
  blockedUntil: number
  lastAt: number
}

const freeTries = 5
const firstBlockMs = 30_000
const longestBlockMs = 15 * 60_000
const forgottenAfterMs = 60 * 60_000
const mostKeys = 500

/** Counts failed sign-ins by name and by address, in the records, so that a restart forgives nothing. */
export interface LoginLimit {
  /** Counts a try before it is made, so that many at once cannot slip through. Returns how long to wait, 0 when it may be made. */
  begin(keys: readonly string[]): Promise<number>
  /** A right password forgives. */
  succeed(keys: readonly string[]): Promise<void>
}

export async function openLoginLimit(settings: Settings, now: () => number = Date.now): Promise<LoginLimit> {
  const kept = await readJson<Record<string, Tries>>(settings, settingNames.loginFailures, {})
  const tries = new Map<string, Tries>(Object.entries(kept))
  let writing: Promise<void> = Promise.resolve()

  function save(): Promise<void> {
    for (const [key, one] of tries) if (one.lastAt + forgottenAfterMs < now()) tries.delete(key)
    // The oldest go first: Map keeps the order in which keys came, and a try moves its key to the end.
    for (const key of tries.keys()) {
      if (tries.size <= mostKeys) break
      tries.delete(key)
    }
    writing = writing
      .catch(() => undefined)
      .then(() => settings.setSetting(settingNames.loginFailures, JSON.stringify(Object.fromEntries(tries))))
    return writing
  }

  return {
    async begin(keys) {
      const at = now()
      const blockedUntil = Math.max(0, ...keys.map((key) => tries.get(key)?.blockedUntil ?? 0))
      if (blockedUntil > at) return blockedUntil - at
      for (const key of keys) {
        const before = tries.get(key)
        const failures = (before && before.lastAt + forgottenAfterMs > at ? before.failures : 0) + 1
        const over = failures - freeTries
        const blockMs = over < 0 ? 0 : Math.min(longestBlockMs, firstBlockMs * 2 ** Math.min(over, 10))
        tries.delete(key)
        tries.set(key, { failures, blockedUntil: at + blockMs, lastAt: at })
      }
      await save()
      return 0
    },
    async succeed(keys) {
      for (const key of keys) tries.delete(key)
      await save()
    },
  }
}
