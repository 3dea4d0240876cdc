import { expect, it } from 'vitest'
import { formatGoDuration } from './go-duration.ts'
import { kubeletBackoff, nextBackoff, restartAt, type RestartBackoff } from './restart-backoff.ts'

const second = 1000

it('a container that fails at once is restarted at once, then after 10 s, doubling up to 5 min', () => {
  const waits: string[] = []
  let backoff: RestartBackoff | undefined
  let now = 0
  for (let failure = 0; failure < 8; failure++) {
    const at = restartAt(backoff, now, kubeletBackoff)
    waits.push(formatGoDuration(at - now))
    backoff = nextBackoff(backoff, now, at, kubeletBackoff)
    now = at + second
  }

  expect(waits).toEqual(['0ms', '10s', '20s', '40s', '1m20s', '2m40s', '5m0s', '5m0s'])
})

it('one that ran for ten minutes begins anew', () => {
  const backoff = { delayMs: 300 * second, updatedAt: 0 }

  expect(restartAt(backoff, 600 * second, kubeletBackoff)).toBe(900 * second)
  expect(restartAt(backoff, 601 * second, kubeletBackoff)).toBe(601 * second)
  expect(nextBackoff(backoff, 601 * second, 601 * second, kubeletBackoff).delayMs).toBe(10 * second)
})
