import { createHash, randomBytes } from 'node:crypto'

/** Codes that let somebody in once, for a short time. Only their hashes are kept, in memory: a restart voids them. */
export interface OneTimeCodes {
  create(): string
  /** True once for each code. */
  redeem(code: string): boolean
}

const mostCodes = 20

export function createOneTimeCodes(ttlMs = 15 * 60_000, now: () => number = Date.now): OneTimeCodes {
  const valid = new Map<string, number>()
  return {
    create() {
      const code = randomBytes(24).toString('base64url')
      valid.set(digest(code), now() + ttlMs)
      for (const key of valid.keys()) {
        if (valid.size <= mostCodes) break
        valid.delete(key)
      }
      return code
    },
    redeem(code) {
      const key = digest(code)
      const until = valid.get(key)
      valid.delete(key)
      return until !== undefined && until > now()
    },
  }
}

/** Looked up by its hash, so that the time of the look-up says nothing about the code. */
function digest(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
