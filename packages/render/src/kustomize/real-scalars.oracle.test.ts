import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RenderError } from '../engine/tree.ts'
import { findKubectl } from './patch/kustomize-for-tests.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

const kubectl = findKubectl('1.34')

const odd = fc.constantFrom(
  ...'ab:#-?!|>%@`"\'\\0189_.eE+~=,[]{}/ \té😀\u00a0\u2028\ufeff'.split(''),
  ': ',
  ' #',
  '- ',
  '0x',
  '0o',
  '<<',
  'true',
  'null',
)
const texts = fc.array(odd, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
const integer = fc.oneof(fc.nat(), fc.bigInt(0n, 10n ** 22n))
const number = fc.oneof(
  integer.map(String),
  integer.map((value) => `0x${value.toString(16)}`),
  integer.map((value) => `0${value.toString(8)}`),
  integer.map((value) => `0o${value.toString(8)}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => value.toExponential(3)),
  fc.constantFrom('1_000', '.5', '5.', '1e400', '12:30', '08', '.inf', '-.Inf', '.NaN', '+12', '-0', '0.30000000000000004'),
)
const word = fc.constantFrom(
  '~',
  'Null',
  'nULL',
  'TRUE',
  'tRue',
  'yes',
  'On',
  'n',
  '',
  '<<',
  '=',
  '2020-01-01',
  '2020-1-1',
  '2001-12-14t21:59:43.10-05:00',
)
const escape = fc.constantFrom(
  '\\n',
  '\\t',
  '\\x41',
  '\\xe9',
  '\\u00e9',
  '\\U0001F600',
  '\\_',
  '\\N',
  '\\L',
  '\\e',
  '\\0',
  '\\"',
  '\\\\',
  '\\\n   ',
  '\n   ',
  '\n\n  ',
)
const plain = fc.oneof(texts, number, word)
const doubleQuoted = fc
  .array(
    fc.oneof(
      escape,
      texts.map((text) => text.replace(/["\\]/g, '')),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `"${parts.join('')}"`)
const singleQuoted = texts.map((text) => `'${text.replaceAll("'", "''")}'`)
const block = fc
  .tuple(
    fc.constantFrom('|', '>'),
    fc.constantFrom('', '-', '+', '2'),
    fc.array(fc.constantFrom('    a', '    b c', '      d', '', '    - e', '    #f'), { minLength: 1, maxLength: 4 }),
  )
  .map(([style, hint, lines]) => `${style}${hint}\n${lines.join('\n')}`)
const tag = fc.constantFrom('', '', '', '! ', '!x ', '!!str ', '!!int ', '!!float ', '!!bool ', '!!null ', '!!binary ', '&a ', '&a !!str ')
const scalar = fc.tuple(tag, fc.oneof(plain, plain, doubleQuoted, singleQuoted, block)).map((parts) => parts.join(''))
const spec = fc.oneof(
  scalar.map((value) => `  v: ${value}\n  w: end`),
  scalar.map((value) => `- ${value}\n- end`),
  plain.map((value) => `  v: [${value}, end]`),
  plain.map((value) => `  v: {a: ${value}, b: end}`),
)

function buildForReal(path: string, files: Readonly<Record<string, string>>): { text: string } | { error: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-scalars-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const run = spawnSync(path, ['kustomize', folder], { encoding: 'utf8', env: { HOME: folder }, timeout: 30_000 })
    return run.status === 0 ? { text: run.stdout } : { error: run.stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function buildOurs(files: Record<string, string>): { text: string } | { error: string } {
  try {
    return { text: kustomize(files) }
  } catch (error) {
    if (error instanceof RenderError) return { error: error.message }
    throw error
  }
}

test.skipIf(kubectl === undefined)(
  'Scalars of every kind come out as the real tool prints them, byte for byte, or are refused by both',
  () => {
    const property = fc.property(spec, scalar, (value, annotation) => {
      const resource = `apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  annotations:\n    k: ${annotation}\nspec:\n${value}\n`
      const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': resource }

      const real = buildForReal(kubectl ?? '', files)
      const ours = buildOurs(files)

      if ('text' in real) expect(ours).toEqual(real)
      else expect(ours).toHaveProperty('error')
    })
    fc.assert(property, { numRuns: 300 })
  },
  120_000,
)
