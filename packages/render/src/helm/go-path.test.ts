import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compilePathPattern } from './go-path.ts'

it('a pattern of letters and stars takes what the same regular expression takes', () => {
  const pattern = fc.array(fc.constantFrom('*', 'a', 'b', '/', '.', 'é', '😀'), { maxLength: 5 }).map((parts) => parts.join(''))
  const path = fc.array(fc.constantFrom('a', 'b', '/', '.', 'é', '😀'), { maxLength: 6 }).map((parts) => parts.join(''))

  fc.assert(
    fc.property(pattern, path, (text, given) => {
      const expected = new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`, 'u').test(given)

      expect(compilePathPattern(text)?.(given)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})
