import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandVariables } from './variable-expansion.ts'

const env = new Map([
  ['VAR_A', 'A'],
  ['VAR_B', 'B'],
  ['VAR_REF', '$(VAR_A)'],
  ['VAR_EMPTY', ''],
])
const expand = (text: string) => expandVariables(text, (name) => env.get(name))

// Cases of Kubernetes' own expansion (third_party/forked/golang/expansion), by meaning.
describe('$(NAME)', () => {
  it.each([
    ['$(VAR_A)', 'A'],
    ['___$(VAR_B)___', '___B___'],
    ['$(VAR_A)$(VAR_B)', 'AB'],
    ['$(VAR_REF)', '$(VAR_A)'],
    ['f$(VAR_EMPTY)o', 'fo'],
    ['$(NOBODY)', '$(NOBODY)'],
    ['$$(VAR_A)', '$(VAR_A)'],
    ['$$$(VAR_A)', '$A'],
    ['$$$$(VAR_A)', '$$(VAR_A)'],
    ['$(VAR_A', '$(VAR_A'],
    ['$VAR_A', '$VAR_A'],
    ['${VAR_A}', '${VAR_A}'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$(', '$('],
    ['$()', '$()'],
    ['$(constructor)', '$(constructor)'],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text)).toBe(expected)
  })

  it('leaves a text without dollars as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => {
          expect(expand(text)).toBe(text)
        },
      ),
    )
  })

  it('gives back any text whose dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(expand(text.replaceAll('$', '$$$$'))).toBe(text)
      }),
    )
  })
})
