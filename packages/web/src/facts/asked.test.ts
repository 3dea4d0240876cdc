import { describe, expect, it } from 'vitest'
import { readAsked, rememberAnswers } from './asked.ts'

const answer = (stage: string, model: string, probability: number) => ({ stage, model, probability, isFraud: probability > 0.5 })

describe('what the models have said', () => {
  it('is kept for each model, so that before and after stand side by side', () => {
    const before = rememberAnswers([], [answer('staging', 'old', 0.1), answer('production', 'old', 0.1)], 1)
    const after = rememberAnswers(before, [answer('staging', 'new', 0.9), answer('production', 'old', 0.1)], 2)

    expect(after.map(({ stage, model, isFraud }) => [stage, model, isFraud])).toEqual([
      ['staging', 'old', false],
      ['staging', 'new', true],
      ['production', 'old', false],
    ])
  })

  it('leaves out a model that did not answer', () => {
    expect(rememberAnswers([], [{ stage: 'staging', problem: 'no answer within 5 s' }], 1)).toEqual([])
  })

  it('is nothing when what was kept cannot be read', () => {
    expect([null, '', '{', '{}', '[1, null, {"stage": 1}]'].map(readAsked)).toEqual([[], [], [], [], []])
    const kept = rememberAnswers([], [answer('staging', 'old', 0.1)], 1)
    expect(readAsked(JSON.stringify(kept))).toEqual(kept)
  })
})
