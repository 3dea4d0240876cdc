import { PlimsollError } from '@plimsoll/api'
import type { TokenFacts, Tokens } from '../auth/tokens.ts'

/** Answers that go on: they end when the token that they were opened with does not hold any more. */
export interface OpenStreams {
  /** Throws `too-many-attempts` when one token has very many open. */
  checkRoom(facts: TokenFacts): void
  add(facts: TokenFacts, end: (reason: string) => void): () => void
  readonly size: number
  close(): void
}

/** Within 5 s (SECURITY, rule 5); tokens themselves notice a revocation elsewhere after 1.5 s. */
const checkEveryMs = 1000
const mostForOneToken = 200

export function createOpenStreams(tokens: Tokens): OpenStreams {
  const open = new Map<symbol, { facts: TokenFacts; end: (reason: string) => void }>()
  const timer = setInterval(() => {
    for (const [key, { facts, end }] of open) {
      if (tokens.holds(facts)) continue
      open.delete(key)
      end('The token that this stream was opened with is not valid any more.')
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
    add(facts, end) {
      const key = Symbol('stream')
      open.set(key, { facts, end })
      return () => void open.delete(key)
    },
    get size() {
      return open.size
    },
    close() {
      clearInterval(timer)
      for (const { end } of open.values()) end('The server is stopping.')
      open.clear()
    },
  }
}
