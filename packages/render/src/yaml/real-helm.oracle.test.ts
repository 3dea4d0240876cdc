import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes } from '../go/value.ts'
import { findHelm, renderWithHelm } from '../template/testing/helm-for-tests.ts'
import { readHelmYaml, writeHelmYaml, writeJson, writePrettyYaml, YamlError } from './index.ts'

const limits = { values: 100_000, depth: 200 }

const yamlPieces = fc.constantFrom(
  'a',
  'b: ',
  'c:',
  '- ',
  '? ',
  ': ',
  ':',
  '\n',
  '\n  ',
  '\n    ',
  '  ',
  '\t',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&x ',
  '*x',
  '!!str ',
  '!!int ',
  '!t ',

  '|\n',
  '>-\n',
  '|2\n',
  '"',
  "'",
  '\\n',
  '#',
  '---\n',
  '...\n',
  '\r\n',
  'é',
  '\u0085',
  '\u2028',
  '~',
  'yes',
  '0x1F',
  '010',
  '1_000',
  '.5',
  '-0',

  '<<: *x\n',
  'foo bar',
  'k: v\n',
  'a: &x {b: 1}\n',
  '- - a',
  'x: |\n  l1\n  l2\n',
  'x: >\n  l1\n\n  l2\n   l3\n',
  '"a\\x41\\\n  b"',
  '2020-01-01',
)
const textPieces = fc.constantFrom(
  'a',
  'B',
  '1',
  '0x1F',
  '0o7',
  'yes',
  'null',
  '~',
  '-',
  '- ',
  ': ',
  ':',
  ' #',
  '#',
  '?',
  '[',
  '{',
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
  '\n\n',
  '\t',
  '\r',
  'é',
  '\u00a0',
  '\u0085',
  '\u2028',
  '😀',
  '\ufeff',
  '\u0000',
  '\u007f',
  '<<',
  '=',

  '12:30:45',
  '2020-01-02',
  '---',
  '...',
  'word word word word',
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor',
)
/** The same texts in every run, so that what agrees today is what was looked at. */
const sample = (pieces: fc.Arbitrary<string>, count: number): string[] =>
  fc.sample(
    fc.array(pieces, { minLength: 1, maxLength: 12 }).map((parts) => toBytes(parts.join(''))),
    { numRuns: count, seed: 20260 },
  )

for (const version of ['3.18', '4.1'] as const) {
  const helm = findHelm(version)

  describe.skipIf('missing' in helm)(`Helm ${version} agrees${'missing' in helm ? ` (${helm.missing})` : ''}`, () => {
    it('on thousands of texts of YAML', () => {
      const texts = sample(yamlPieces, 3000)

      const theirs = ask('{{ fromYaml (b64dec .) | toJson | b64enc }}', texts)

      const ours = texts.map((text) => {
        try {
          const value = readHelmYaml(text, limits)
          // fromYaml wants an object, which is for sprig to say.
          return value instanceof Map ? writeJson(value) : undefined
        } catch (error) {
          if (error instanceof YamlError) return writeJson(new Map([['Error', error.message]]))
          throw error
        }
      })
      const differences = texts.filter((_, index) => ours[index] !== undefined && !isSame(ours[index], theirs[index]))
      expect(differences).toEqual([])
    })

    it('on how thousands of texts are written', () => {
      const texts = sample(textPieces, 2000)

      const theirs = ask(
        '{{ $s := b64dec . }}{{ toYaml (dict "k" $s "l" (list $s) $s 1) | b64enc }}|{{ toYamlPretty (list $s) | b64enc }}',
        texts,
      )

      const ours = texts.map((text) => {
        const value = new Map<string, string | string[] | number>([
          ['k', text],
          ['l', [text]],
        ])
        return `${written(() => writeHelmYaml(value.set(text, 1)))}|${written(() => writePrettyYaml([text]))}`
      })
      expect(texts.filter((_, index) => ours[index] !== theirs[index])).toEqual([])
    })

    function ask(template: string, texts: readonly string[]): string[] {
      if (!('path' in helm)) throw new Error(helm.missing)
      const values = `texts:\n${texts.map((text) => `- ${JSON.stringify(Buffer.from(text, 'latin1').toString('base64'))}\n`).join('')}`
      const result = renderWithHelm(helm.path, `k:\n{{- range .Values.texts }}\n- "${template}"\n{{- end }}\n`, values)
      if ('error' in result) throw new Error(result.error)
      const lines = result.output.split('\n').filter((line) => line.startsWith('- "'))
      return lines.map((line) =>
        line
          .slice(3, -1)
          .split('|')
          .map((part) => Buffer.from(part, 'base64').toString('latin1'))
          .join('|'),
      )
    }
  })
}

/** toYaml swallows its errors, and the last line break. */
function written(write: () => string): string {
  try {
    return write().replace(/\n$/, '')
  } catch (error) {
    if (error instanceof YamlError) return ''
    throw error
  }
}

/** Of a key that is a collection Helm tells more than its text; which of several errors comes first may differ as well. */
function isSame(ours: string | undefined, theirs: string | undefined): boolean {
  if (ours === theirs) return true
  const told = '{"Error":"error '
  return ours?.startsWith(told) === true && theirs?.startsWith(told) === true && /invalid map key|!!/.test(ours + theirs)
}
