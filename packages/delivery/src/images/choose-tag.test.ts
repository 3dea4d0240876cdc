import { describe, expect, it } from 'vitest'
import { chooseTag } from './choose-tag.ts'

describe('an image policy', () => {
  it('takes the highest version of a range, and no other tags', () => {
    expect(chooseTag({ semver: '^1.4' }, ['1.4.0', '1.10.1', '1.9.0', '2.0.0', 'latest', '1.11.0-rc.1'])).toBe('1.10.1')
    expect(chooseTag({ semver: '^3' }, ['1.4.0'])).toBeUndefined()
  })

  it('takes the newest by numbers of any length, as versions count', () => {
    const pattern = '^main-(?P<order>[0-9.]+)$'

    expect(chooseTag({ newest: { pattern } }, ['main-9', 'main-10', 'other-11', 'main-x'])).toBe('main-10')
    expect(chooseTag({ newest: { pattern } }, ['main-1.9', 'main-1.10', 'main-1.2'])).toBe('main-1.10')
    expect(chooseTag({ newest: { pattern } }, ['main-20261120165553000001', 'main-20261120165553000002'])).toBe('main-20261120165553000002')
  })

  it('takes the newest by its time', () => {
    const newest = { pattern: '^b-(.*)$', order: 'time' as const }

    expect(chooseTag({ newest }, ['b-20261120T165553Z', 'b-2026-11-21', 'b-20251231-235959', 'b-soon'])).toBe('b-2026-11-21')
  })

  it('takes the last by the alphabet, of the whole tag where there is no group', () => {
    expect(chooseTag({ newest: { pattern: '^rel', order: 'alphabetic' } }, ['rel-b', 'rel-c', 'rel-a', 'z'])).toBe('rel-c')
  })

  it('answers at once whatever the pattern, and says what is wrong with one', () => {
    const nasty = { newest: { pattern: '^(a+)+$', order: 'alphabetic' as const } }

    expect(chooseTag(nasty, [`${'a'.repeat(120)}b`])).toBeUndefined()
    expect(() => chooseTag({ newest: { pattern: '(' } }, ['a'])).toThrow(/no regular expression/)
  })
})
