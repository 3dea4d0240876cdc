import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readHelmYaml, readJson, YamlError } from './index.ts'

const limits = { values: 10_000, depth: 100 }

/** Pieces that mean something to YAML, so that random texts get past the first line. */
const pieces = fc.constantFrom(
  'a',
  'k: ',
  '- ',
  '? ',
  ': ',
  '\n',
  '\n  ',
  '\n    ',
  '\t',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&x ',
  '*x',
  '!!int ',
  '!t ',
  '|\n',
  '>-\n',
  '"',
  "'",
  '\\',
  '#',
  '%TAG ! t:,1:\n',
  '---\n',
  '...\n',
  '\r',
  '\xc2\x85',
  '\xe2\x80\xa8',
  '\xef\xbb\xbf',
  '\xff',
  '\x00',
  '<<: ',
  '.inf',
  '0b',
)

describe('A hostile text ends with an error of its own', () => {
  it('whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        expectOnlyYamlErrors(() => readHelmYaml(parts.join(''), limits))
        expectOnlyYamlErrors(() => readJson(parts.join('')))
      }),
      { numRuns: 3000 },
    )
  })

  it('when aliases would become a billion values', () => {
    const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)
    const bomb = `a0: &a0 [x]\n${levels.join('\n')}\n`

    expect(() => readHelmYaml(bomb, limits)).toThrow(YamlError)
    expect(() => readHelmYaml(bomb, { values: 1_000_000_000, depth: 100 })).toThrow('document contains excessive aliasing')
  })

  it('when it merges what it merged, again and again', () => {
    const levels = Array.from({ length: 40 }, (_, level) => `a${level + 1}: &a${level + 1}\n  <<: [*a${level}, *a${level}]\n  k${level}: 1`)

    expectOnlyYamlErrors(() => readHelmYaml(`a0: &a0 {x: 1}\n${levels.join('\n')}\n`, limits))
  })

  it('when it is nested deeper than anything', () => {
    expect(() => readHelmYaml('['.repeat(100_000), limits)).toThrow('exceeded max depth')
    expect(() => readHelmYaml('{a: '.repeat(100_000), limits)).toThrow('exceeded max depth')
    expect(() => readHelmYaml('- '.repeat(100_000), limits)).toThrow('exceeded max depth')
    expect(() => readHelmYaml(Array.from({ length: 5000 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''), limits)).toThrow(
      'exceeded max depth',
    )
    expect(() => readJson('['.repeat(100_000))).toThrow('exceeded max depth')
  })

  it('when it holds more values than are allowed', () => {
    expect(() => readHelmYaml('- a\n'.repeat(20_000), limits)).toThrow('more than 10000 values')
  })

  it('in time that grows with its length only', () => {
    const texts = [
      '? '.repeat(50_000),
      '[a,'.repeat(90),
      '"'.repeat(300_000),
      'a '.repeat(300_000),
      `${'a'.repeat(300_000)}: b`,
      `0x${'f'.repeat(300_000)}`,
    ]
    for (const text of texts) expectOnlyYamlErrors(() => readHelmYaml(text, limits))
  })
})

function expectOnlyYamlErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(YamlError)
  }
}
