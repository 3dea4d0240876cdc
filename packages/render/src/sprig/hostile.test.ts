import { describe, expect, it } from 'vitest'
import { render } from './testing/render.ts'

/** Each of these would take a machine down, or never end, if nothing held it back. */
const attacks: readonly (readonly [what: string, template: string])[] = [
  ['a text that is too long', '{{ repeat 100000000000 "x" }}'],
  ['an indentation that is too wide', '{{ indent 2000000000 "a" }}'],
  ['a replacement that grows', '{{ replace "a" (repeat 100000 "b") (repeat 100000 "a") }}'],
  ['a pattern whose replacement grows', '{{ regexReplaceAll "a" (repeat 100000 "a") (repeat 100000 "b") }}'],
  ['a join that grows', '{{ join (repeat 60000000 "a") (list 1 2 3) }}'],
  ['a list without end', '{{ until 9000000000 }}'],
  ['a sequence without end', '{{ seq 1 9000000000000 }}'],
  ['random text without end', '{{ randAlphaNum 9000000000 }}'],
  ['random bytes without end', '{{ randBytes 9000000000 }}'],
  ['a map that holds itself, copied', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}'],
  [
    'a map that holds itself, merged',
    '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $e := dict }}{{ $_ := set $e "d" $e }}{{ merge $d $e }}',
  ],
  ['a map that holds itself, written', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toToml $d }}'],
  ['a list that doubles, copied', `{{ $a := list 1 }}${'{{ $a = list $a $a }}'.repeat(40)}{{ deepCopy $a }}`],
]

describe('a hostile template', () => {
  it.each(attacks)('ends with an error of its own for %s', (_what, template) => {
    const result = render(template, '3')

    expect(result).toEqual({ fails: expect.stringMatching(/^error calling \w+: (the result would|values are nested|.*limit)/) as string })
  })

  it.each([
    ['nested repetition', '{{ regexMatch "^(a+)+$" (printf "%s!" (repeat 50000 "a")) }}'],
    ['alternatives that overlap', '{{ regexMatch "(a|aa|aaa)*b" (repeat 50000 "a") }}'],
    ['many spaces in a constraint', '{{ semverCompare (printf "1%s!" (repeat 50000 " ")) "1.2.3" }}'],
    ['a long version', '{{ semver (printf "1.2.3-%s!" (repeat 50000 "a.")) }}'],
    ['a long word to wrap', '{{ wrapWith 1 "-" (repeat 200000 "a") | len }}'],
    ['a long address', '{{ urlParse (printf "http://%s:" (repeat 100000 "1:")) }}'],
    ['a long key', '{{ genCAWithKey "a" 1 (repeat 20000 "-----BEGIN A-----\\n") }}'],
  ])('waits for no more than the length of its text because of %s', (_what, template) => {
    expect(render(template, '3')).toBeDefined()
  })

  it('finds no more under names that every object of JavaScript has', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const template = names.map((name) => `{{ hasKey dict "${name}" }}{{ get dict "${name}" }}{{ dig "${name}" "-" dict }} `).join('')

    expect(render(template, '3')).toBe('false- '.repeat(4))
  })

  it('keeps such names as any other', () => {
    const template =
      '{{ $d := dict "__proto__" 1 "constructor" 2 }}{{ merge dict $d | toJson }}{{ deepCopy $d | toJson }}{{ fromToml "__proto__ = 1" | toJson }}'

    expect(render(template, '3')).toBe('{"__proto__":1,"constructor":2}{"__proto__":1,"constructor":2}{"__proto__":1}')
  })
})
