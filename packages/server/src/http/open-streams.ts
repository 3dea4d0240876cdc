import { PlimsollError } from '@plimsoll/api'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'

/** Answers that go on: they end when the token that they were opened with does not hold any more. */
export interface OpenStreams {
  /** Throws `too-many-attempts` when one token has very many open. */
  checkRoom(facts: TokenFacts): void
  /**
   * `stillMay`: whether whoever opened it may still see what it tells. `end` has a reason when the token is over; without one, what the token may is
   * another or the server stops, and whoever may still see it opens it again.
   */
  add(facts: TokenFacts, end: (reason?: string) => void, stillMay?: () => boolean): () => void
  readonly size: number
  close(): void
}

/** Within 5 s (SECURITY, rule 5); tokens themselves notice a revocation elsewhere after 1.5 s. */
const checkEveryMs = 1000
const mostForOneToken = 200

export function createOpenStreams(tokens: Tokens): OpenStreams {
  const open = new Map<symbol, { facts: TokenFacts; end: (reason?: string) => void; stillMay: (() => boolean) | undefined }>()
  const timer = setInterval(() => {
    for (const [key, { facts, end, stillMay }] of open) {
      const standing = tokens.standing(facts)
      if (standing === 'same' && stillMay?.() !== false) continue
      open.delete(key)
      if (standing === 'over') end('The token that this stream was opened with is not valid any more.')
      else end()
    }
  }, checkEveryMs)
  timer.unref()
  return {
    checkRoom(facts) {
      let count = 0
      for (const one of open.values()) if (one.facts.id === facts.id) count++
      if (count >= mostForOneToken) {
        throw new PlimsollError('too-many-attempts', `${count} streams are open with this token.`, { remedy: 'Close some of them.' })
      }
    },
    add(facts, end, stillMay) {
      const key = Symbol('stream')
      open.set(key, { facts, end, stillMay })
      return () => void open.delete(key)
    },
    get size() {
      return open.size
    },
    close() {
      clearInterval(timer)
      for (const { end } of open.values()) end()
      open.clear()
    },
  }
}
