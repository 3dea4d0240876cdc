import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { lookAgain } from './look-again.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('looks once for what is told together, and once more for what is told during a look', async () => {
  const ends: (() => void)[] = []
  const look = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)))
  const again = lookAgain(look, { settleMs: 100, everyMs: 1000 })

  for (let count = 0; count < 50; count++) again.soon()
  await vi.advanceTimersByTimeAsync(100)
  expect(look).toHaveBeenCalledTimes(1)

  for (let count = 0; count < 50; count++) again.soon()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(look).toHaveBeenCalledTimes(1)

  ends[0]?.()
  await vi.advanceTimersByTimeAsync(1099)
  expect(look).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(look).toHaveBeenCalledTimes(2)

  ends[1]?.()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(look).toHaveBeenCalledTimes(2)
})

it('goes on after a look that failed, and not after it was stopped', async () => {
  const look = vi.fn(() => Promise.reject(new Error('no answer')))
  const again = lookAgain(look, { settleMs: 100, everyMs: 0 })

  again.soon()
  await vi.advanceTimersByTimeAsync(200)
  again.soon()
  await vi.advanceTimersByTimeAsync(200)
  again.soon()
  again.stop()
  again.soon()
  await vi.advanceTimersByTimeAsync(200)

  expect(look).toHaveBeenCalledTimes(2)
})
