import { describe, expect, it } from 'vitest'
import { durationMs, isChosen, retryDelayMs } from './sync-request.ts'

const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }

describe('a sync of chosen resources', () => {
  it('takes all when none are named, and otherwise those that match', () => {
    expect(isChosen(key, undefined)).toBe(true)
    expect(isChosen(key, [])).toBe(true)
    expect(isChosen(key, [{ group: 'apps', kind: 'Deployment', name: 'web' }])).toBe(true)
    expect(isChosen(key, [{ group: 'apps', kind: 'Deployment', name: 'web', namespace: 'other' }])).toBe(false)
    expect(isChosen(key, [{ kind: 'Service', name: 'web' }])).toBe(false)
    expect(isChosen(key, [{ group: 'apps', kind: 'Deployment', name: 'web', exclude: true }])).toBe(false)
    expect(isChosen(key, [{ kind: 'Service', name: 'web', exclude: true }])).toBe(true)
  })
})

describe('a failed operation is repeated', () => {
  it('after 5 s, doubled each time, 3 minutes at most, unless it says otherwise', () => {
    expect([0, 1, 2, 9].map((attempt) => retryDelayMs(undefined, attempt))).toEqual([5000, 10_000, 20_000, 180_000])
    expect(retryDelayMs({ backoff: { duration: '1s', factor: 3, maxDuration: '1m' } }, 2)).toBe(9000)
  })

  it.each([
    ['1h2m3s', 3_723_000],
    ['500ms', 500],
    ['30', 30_000],
    ['1.5m', 90_000],
    ['soon', undefined],
    ['', undefined],
  ])('and reads %j as Go does', (text, expected) => {
    expect(durationMs(text)).toBe(expected)
  })
})
