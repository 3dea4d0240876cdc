import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes, type GoValue } from '../go/value.ts'
import { readHelmYaml, readJson, writeHelmYaml, writeJson, writePrettyYaml, YamlError } from './index.ts'

const limits = { values: 100_000, depth: 100 }

const pieces = fc.constantFrom(
  'a',
  'B',
  '1',
  '0x',
  'yes',
  '~',
  '-',
  ':',
  ': ',
  ' #',
  '#',
  '?',
  '[',
  '{',
  ',',
  '&',
  '*',
  '!',
  '|',
  '>',
  '%',
  '@',
  '`',
  "'",
  '"',
  '\\',

  ' ',
  '  ',
  '\n',
  ' \n',
  '\n ',
  '\t',
  '\r',
  'é',
  '\u2028',
  '😀',
  '\ufeff',
  '\u0000',
  '\u001b',
  '<<',
  '=',
  '...',
  '---',
  'lorem ipsum dolor sit amet',
)
const text = fc.array(pieces, { maxLength: 30 }).map((parts) => toBytes(parts.join('')))
/** goyaml writes `<<` without quotes, and so reads it as a merge again. */
const key = text.filter((written) => written !== '<<')
const { value } = fc.letrec<{ value: GoValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.constantFrom<GoValue>(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}))

describe('What was written is read again as it was', () => {
  it('from toYaml', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(readHelmYaml(writeHelmYaml(given), limits)).toEqual(given)
      }),
      { numRuns: 1500 },
    )
  })

  it('from toYamlPretty, whose words are those of YAML 1.2 but quoted for 1.1', () => {
    fc.assert(
      fc.property(value, (given) => {
        const written = writePrettyYaml(given)
        // goyaml v3 begins a block with a tab, which neither it nor v2 reads.
        fc.pre(!/\|[-+]?\n *\t/.test(written))

        expect(readHelmYaml(written, limits)).toEqual(given)
      }),
      { numRuns: 1500 },
    )
  })

  it('from toJson, toRawJson and toPrettyJson, by both readers', () => {
    fc.assert(
      fc.property(value, (given) => {
        for (const json of [writeJson(given), writeJson(given, { escapeHtml: false }), writeJson(given, { indent: '  ' })]) {
          expect(readJson(json)).toEqual(given)
          expect(readOrLongKey(json)).toEqual(readOrLongKey(json) === undefined ? undefined : given)
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** YAML takes no key of more than 1024 characters; JSON has no such limit. */
function readOrLongKey(json: string): GoValue {
  try {
    return readHelmYaml(json, limits)
  } catch (error) {
    if (error instanceof YamlError && json.length > 1024) return undefined
    throw error
  }
}
