import { describe, expect, it } from 'vitest'
import { hasHiddenSigns, showHiddenSigns } from './hidden-signs.ts'

describe('signs that cannot be seen', () => {
  it('are shown by their number where they turn the direction of a line', () => {
    const line = 'if (level != "user\u202e \u2066// only admins\u2069 \u2066") {'

    expect(hasHiddenSigns(line)).toBe(true)
    expect(showHiddenSigns(line)).toBe('if (level != "user‹U+202E› ‹U+2066›// only admins‹U+2069› ‹U+2066›") {')
  })

  it.each(['zero\u200bwidth', 'nul\u0000', 'esc\u001b[31m', 'a\rb', '\ufeffbom'])('are found in %j', (text) => {
    expect(hasHiddenSigns(text)).toBe(true)
    expect(showHiddenSigns(text)).toMatch(/‹U\+[0-9A-F]{4}›/)
  })

  it.each(['\tindented', '한글과 é', '🙂 family 👩‍👩‍👧', 'שלום', 'windows\r', ''])('are not what %j is written with', (text) => {
    expect(hasHiddenSigns(text)).toBe(false)
  })
})
