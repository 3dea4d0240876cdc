import { describe, expect, it } from 'vitest'
import { normalizedName, slugOf } from './slug.ts'

/** What gosimple/slug 1.15 makes of them with a length of 50 (asked of it once, with Go 1.24). */
const asked: readonly (readonly [string, string])[] = [
  ['feat/Foo_Bar & baz@x', 'feat-foo_bar-and-bazatx'],
  ['한국어 기능', 'hangugeo-gineung'],
  ['Ünïcödé straße Łódź', 'unicode-strasse-lodz'],
  ['Привет мир', 'privet-mir'],
  ['--a--', 'a'],
  ['this-is-a-very-long-branch-name-that-goes-beyond-fifty-characters', 'this-is-a-very-long-branch-name-that-goes-beyond'],
  ['averyveryveryveryveryveryverylongwordwithoutanydashesatallinit', 'averyveryveryveryveryveryverylongwordwithoutanydas'],
  ['a’b…c', 'ab-c'],
]

describe('a slug', () => {
  it.each(asked)('of %s is %s', (text, expected) => {
    expect(slugOf(text, 50)).toBe(expected)
  })
})

describe('a normalized name', () => {
  it.each([
    ['My_App.v1', 'my-app.v1'],
    ['-.a.-', 'a'],
    ['앱-1', '1'],
    ['x'.repeat(300), 'x'.repeat(253)],
  ])('of %s is %s', (text, expected) => {
    expect(normalizedName(text)).toBe(expected)
  })
})
