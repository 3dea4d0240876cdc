import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldAgain } from './folded-text.ts'

// What `kubectl kustomize` of kubectl 1.34.5 prints for a field that is written as a folded block.
describe('a folded text that kustomize writes again', () => {
  it.each([
    ['stays when no line is indented', 'a b\nc\n\nd\n', 'a b\nc\n\nd\n'],
    ['gets a line break before indented lines', '{\n  "a": 1,\n  "b": 2\n}\n', '{\n\n  "a": 1,\n  "b": 2\n}\n'],
    ['loses line breaks when it begins with a blank', '  a\nb\nc\n', '  a\nb c\n'],
    ['gets one at its end when it keeps several there', 'a\n\n', 'a\n\n\n'],
    ['stays when a blank stands before a line break', 'a \n  b\n', 'a \n  b\n'],
    ['stays without line breaks', 'a b', 'a b'],
  ])('%s', (_, text, written) => {
    expect(foldAgain(text)).toBe(written)
  })

  it('keeps all that is no line break', () => {
    const lines = fc.array(fc.constantFrom('a', 'b c', '  d', '', 'é'), { maxLength: 8 })
    fc.assert(
      fc.property(lines, (parts) => {
        const text = parts.join('\n')

        expect(foldAgain(text).replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''))
      }),
    )
  })
})
