import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GoValue } from '../../go/value.ts'
import { formatJsonNumber } from '../number-text.ts'
import { Composer } from './composer.ts'
import { readDirectly } from './direct-reader.ts'
import { readSource } from './source-text.ts'

const options = { limits: { values: 1000, depth: 20 }, useNumber: false, floatText: formatJsonNumber }

/** What may stand behind a key or a mark. */
const values = [
  'x~two words~x # note~x #~x#y~#~"q"~"q" # note~"q"#~"x y  z"~\'it\'\'s\'~"a\\n\\x41"~"a\\~"~\'~\'a\' \'b\'~\xc3\xa9~x\ty~x\t~\tx',
  '|~|-~>+~>~|2~| # note~[]~{}~[a, "b", 1]~[a,~{a: b, c: [d]}~{a: b,}~{"a":"b"}~[a: b]~{a}~{a:b}~[,]~[ - a ]~}~]~[x?y]',
  'true~no~null~1~0x1F~-0~1e3~.5~.inf~-.inf~2020-01-01~1_000~12345678901234567890~-1',
  '&x 1~*x~!!str 1~---~...~--- a~%TAG~@x~a: b~- a~- - x~:~: x~:x~::~?x~? x~x:~x: ~=~-x~,x~https://example.org:80/',
].flatMap((some) => ['', ...some.split('~')])

/** Lines as charts have them, and such as are only nearly so. */
const line = fc.tuple(
  fc.constantFrom('', '', '  ', '    ', '      ', ' '),
  fc.array(fc.constantFrom('- ', '-  ', '-', '? '), { maxLength: 2 }).map((marks) => marks.join('')),
  fc.constantFrom('', 'a: ', 'b:', 'c:  ', '"d": ', "'e' : ", 'f g: ', '1: ', 'y: ', '<<: ', 'h:i: ', '# k: ', '{}: ', '"l":'),
  fc.constantFrom(...values),
  fc.constantFrom('\n', '\n', '\n', '\n\n', '\n# note\n', ' \n', ''),
)
const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.flat().join(''))

describe('The direct reader reads a text as the general one does, or leaves it', () => {
  it('whatever the text is', () => {
    let direct = 0
    fc.assert(
      fc.property(text, (written) => {
        const source = readSource(written)
        const found = readDirectly(source, options)
        if (found === undefined) return
        direct += 1
        expect(found).toEqual(read(written))
        expect([...entriesOf(found)]).toEqual([...entriesOf(read(written))])
      }),
      { numRuns: 20_000 },
    )
    // Else the property would say nothing.
    expect(direct).toBeGreaterThan(1000)
  })

  it.each([
    ['a manifest', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  b: |\n    c\n  d: "e\n    f"\n  g: h\n    i\n'],
    ['lists in the column of their key', 'a:\n- b: 1\n  c:\n  - d\n- e\nf: []\n'],
    ['JSON', '{"a": [1, {"b": null}],\n  "c": "d"}\n'],
    ['a document that begins with its mark', '# note\n---\na: b\n'],
    ['nothing but a note', '# note\n'],
  ])('and reads %s', (_, written) => {
    const found = readDirectly(readSource(written), options)

    expect(found).not.toBeUndefined()
    expect(found).toEqual(read(written))
  })

  it.each([
    ['an anchor', 'a: &b 1\nc: *b\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a key that is a number', '1: a\n'],
    ['a merge', '<<: {a: 1}\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['an error', 'a: b: c\n'],
    ['more values than are allowed', `${'- a\n'.repeat(1000)}`],
    ['lists in lists beyond the limit', `${'- '.repeat(21)}a\n`],
    ['Windows line breaks', 'a: 1\r\nb: 2\r\n'],
    ['a byte that is no UTF-8', 'a: \xff\n'],
  ])('and leaves %s', (_, written) => {
    expect(readDirectly(readSource(written), options)).toBeUndefined()
  })

  it('and keeps what is wanted alone', () => {
    const found = readDirectly(readSource('a: {b: 1}\nc:\n  d: [1]\n'), options, (key) => key === 'a')

    expect(found).toEqual(
      new Map<string, GoValue>([
        ['a', new Map([['b', 1]])],
        ['c', null],
      ]),
    )
  })
})

/** The value, or the message that there is instead. */
function read(written: string): GoValue {
  try {
    return new Composer(readSource(written), options).readDocument()
  } catch (error) {
    return String(error)
  }
}

/** Keys in the order of each map, which `toEqual` does not compare. */
function* entriesOf(value: GoValue): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* entriesOf(item)
  if (!(value instanceof Map)) return
  for (const [key, item] of value) {
    yield key
    yield* entriesOf(item)
  }
}
