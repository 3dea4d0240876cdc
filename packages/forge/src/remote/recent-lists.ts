import { PlimsollError, type PullRequest } from '@plimsoll/api'
import type { AllPullsFilter, Forge } from '../contract.ts'

/** What a connected repository has answered, or why it has not. */
export type RecentList = { pulls: PullRequest[]; isCut: boolean } | { failure: PlimsollError }

/** A page of all repositories is asked for by many, and again after each change: each provider is asked once for all of them. */
const freshMs = 30_000
/** One that is slow keeps nobody from the others. */
const patienceMs = 4000
const mostOfOne = 200
const mostKept = 1000

/** Lists of connected repositories, kept for a moment. An event of a repository ends its moment. */
export class RecentLists {
  readonly #kept = new Map<string, { address: string; at: number; answer: Promise<RecentList> }>()

  async of(address: string, forge: Forge, { state = 'open', author, reviewer }: AllPullsFilter): Promise<RecentList> {
    const key = JSON.stringify([address, state, author, reviewer])
    const known = this.#kept.get(key)
    if (known && Date.now() - known.at < freshMs) return inTime(address, known.answer)
    const answer = ask(address, forge, {
      state,
      ...(author !== undefined && { author }),
      ...(reviewer !== undefined && { reviewer }),
    })
    this.#kept.delete(key)
    this.#kept.set(key, { address, at: Date.now(), answer })
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break
      this.#kept.delete(oldest)
    }
    return inTime(address, answer)
  }

  forget(address: string): void {
    for (const [key, one] of this.#kept) if (one.address === address) this.#kept.delete(key)
  }
}

async function ask(address: string, forge: Forge, filter: Omit<NonNullable<Parameters<Forge['list']>[1]>, 'limit'>): Promise<RecentList> {
  try {
    const pulls = await forge.list(address, { ...filter, limit: mostOfOne })
    return { pulls, isCut: pulls.length >= mostOfOne }
  } catch (error) {
    if (error instanceof PlimsollError) return { failure: error }
    return { failure: new PlimsollError('repository-unreachable', `${address} could not be asked: ${String(error)}.`) }
  }
}

async function inTime(address: string, answer: Promise<RecentList>): Promise<RecentList> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<RecentList>((resolve) => {
    const failure = new PlimsollError('repository-unreachable', `${address} has not answered within ${patienceMs / 1000} seconds.`, {
      remedy: 'Look again in a moment: the answer is still waited for.',
    })
    timer = setTimeout(() => resolve({ failure }), patienceMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
