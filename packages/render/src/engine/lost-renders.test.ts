import { describe, expect, it } from 'vitest'
import type { RenderFailure } from '../contract.ts'
import { LostRenders } from './lost-renders.ts'

const failure: RenderFailure = { ok: false, code: 'render-timeout', message: 'late', remedy: '' }

describe('a render whose worker was killed', () => {
  it('is told for ten times its limit, then for twice as long each time', () => {
    let now = 0
    const lost = new LostRenders(1000, () => now)

    lost.add('input', 'app', failure)
    now = 9_999
    expect(lost.find('input')).toBe(failure)
    now = 10_000
    expect(lost.find('input')).toBeUndefined()
    lost.add('input', 'app', failure)
    now = 29_999
    expect(lost.find('input')).toBe(failure)
    now = 30_000
    expect(lost.find('input')).toBeUndefined()
  })

  it('makes its application a suspect, whatever it is made from next, until it comes through', () => {
    const lost = new LostRenders(1000)

    lost.add('input', 'app', failure)

    expect(lost.find('other input')).toBeUndefined()
    expect(lost.isSuspect('app')).toBe(true)
    expect(lost.isSuspect('other app')).toBe(false)
    lost.clear('other input', 'app')
    expect(lost.isSuspect('app')).toBe(false)
  })

  it('is forgotten when there are too many', () => {
    const lost = new LostRenders(1000)

    for (let index = 0; index < 6000; index++) lost.add(`input ${index}`, `app ${index}`, failure)

    expect(lost.find('input 0')).toBeUndefined()
    expect(lost.find('input 5999')).toBe(failure)
  })
})
