import { describe, expect, it } from 'vitest'
import { fromBytes, toBytes } from '../go/value.ts'
import { findHelm, renderWithHelm } from './testing/helm-for-tests.ts'
import { fromJson, newSet, renderError } from './testing/render-template.ts'

const values = {
  name: 'web',
  port: 80,
  million: 1e6,
  on: true,
  none: null,
  text: 'é "q" \\ <&>\n',
  map: { b: 2, a: 'x', n: null },
  list: ['p', 2, null, { k: 'v' }],
}

const operands = [
  '.Values.name',
  '.Values.port',
  '.Values.million',
  '.Values.on',
  '.Values.none',
  '.Values.missing',
  '.Values.text',
  '.Values.map',
  '.Values.list',
  '1',
  '2.5',
  '1e3',
  '-7',
  '"lit"',
  '`raw\\n`',
  'true',
  'nil',
  "'x'",
  '(list 1 "a" nil)',
  '(dict "k" 1 "j" nil)',
  '(.Values.missing)',
  '(index .Values.list 3)',
]
const formats = [
  '%v',
  '%+v',
  '%#v',
  '%T',
  '%s',
  '%q',
  '%d',
  '%x',
  '%X',
  '%o',
  '%b',
  '%c',
  '%U',
  '%e',
  '%.2f',
  '%g',
  '%t',
  '%6v|',
  '%-6v|',
  '%06d',
  '%+d',
  '% d',
  '%!',
  '%z',
  '%[1]v %[1]T',
  '%[2]v',
  '%*v',
  '%.1s',
  '%v %v',
]

/** Nothing of these fails: each operand in each format, and through each function that takes everything. */
const expressions: readonly string[] = [
  ...formats.flatMap((format) => operands.map((operand) => `{{ printf ${JSON.stringify(format)} ${operand} }}`)),
  ...['print', 'println', 'html', 'js', 'urlquery', 'not', 'and', 'or', 'and true', 'or false', 'print "a" 1', 'list', 'index'].flatMap(
    (name) =>
      operands.filter((operand) => name !== 'index' || !/none|missing|nil/.test(operand)).map((operand) => `{{ ${name} ${operand} }}`),
  ),
  ...operands
    .filter((operand) => operand !== 'nil')
    .map((operand) => `{{ ${operand} }}|{{ $x := ${operand} }}{{ $x }}{{ if $x }}T{{ else }}F{{ end }}`),
  ...operands.filter((operand) => operand !== 'nil').map((operand) => `{{ with ${operand} }}[{{ . }}]{{ else }}none{{ end }}`),
  ...[
    '.Values.map',
    '.Values.list',
    '(list)',
    '(dict)',
    '3',
    '0',
    '.Values.none',
    '.Values.missing',
    '(dict "b" 1 "a10" 2 "a2" 3 "B" 4)',
  ].map((operand) => `{{ range ${operand} }}<{{ . }}>{{ else }}none{{ end }}`),
  ...['.Values.map', '.Values.list', '(list nil)'].map((operand) => `{{ range $k, $v := ${operand} }}{{ $k }}={{ $v }},{{ end }}`),
  '{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}',
  '{{ (.Values.missing).a }} {{ ((.Values.missing).a).b }}',
  '{{ eq .Values.port 80.0 }} {{ eq .Values.name "a" "web" }} {{ lt 1 2 }} {{ ge "b" "a" }} {{ eq nil .Values.none }} {{ ne true false }}',
  '{{ len .Values.name }} {{ len .Values.list }} {{ len .Values.map }} {{ index .Values.name 1 }} {{ index .Values.list 3 "k" }}',
  '  {{- 1 }} {{ 2 -}}   x {{- /* c */ -}} y',
  '{{ $x := 1 }}{{ range 3 }}{{ $x = . }}{{ end }}{{ $x }}',
]

const failing: readonly string[] = [
  '{{ .Values.missing.a.b }}',
  '{{ .Values.name.a }}',
  '{{ range .Values.list }}{{ .a }}{{ end }}',
  '{{ $x := .Values.name }}{{ $x.foo }}',
  '{{ upper .Values.port }}',
  '{{ upper }}',
  '{{ range .Values.name }}{{ end }}',
  '{{ template "nope" . }}',
  '{{ include "h" (dict "x" nil) }}{{ define "h" }}\n  {{ .x.y }}{{ end }}',
  '{{ index .Values.list 9 }}',
  '{{ eq .Values.map .Values.map }}',
]

/** One template for all of them: each one's text in base 64, so that YAML and lines do not matter. */
const chart = [...expressions.keys()]
  .map((index) => `c${index}: {{ include "c${index}" . | b64enc | quote }}`)
  .concat(expressions.map((text, index) => `{{- define "c${index}" }}${text}{{ end }}`))
  .join('\n')

describe.each(['3.18', '4.1'] as const)('beside helm %s', (version) => {
  const helm = findHelm(version)
  const why = 'missing' in helm ? ` (left out: ${helm.missing})` : ''

  it.skipIf('missing' in helm)(`prints what helm prints, for ${expressions.length} expressions${why}`, () => {
    if ('missing' in helm) return
    const theirs = renderWithHelm(helm.path, chart, JSON.stringify(values))
    if ('error' in theirs) throw new Error(theirs.error)
    const expected = new Map(
      [...theirs.output.matchAll(/^c(\d+): "(.*)"$/gm)].map(([, index, text]) => [Number(index), decode(text ?? '')]),
    )

    const set = newSet()
    expressions.forEach((text, index) => set.parse(`c${index}`, toBytes(text)))
    const ours = new Map(expressions.map((_, index) => [index, fromBytes(set.execute(`c${index}`, fromJson({ Values: values })))]))

    const differing = expressions.filter((_, index) => ours.get(index) !== expected.get(index))
    expect(differing.map((text) => [text, expected.get(expressions.indexOf(text)), ours.get(expressions.indexOf(text))])).toEqual([])
  })

  it.skipIf('missing' in helm).each(failing)(`fails as helm fails: %j${why}`, (text) => {
    if ('missing' in helm) return
    const theirs = renderWithHelm(helm.path, text, JSON.stringify(values))
    const ours = renderError(text, { Values: values }, { goRelease: version === '3.18' ? '1.24' : '1.25' })

    expect('error' in theirs ? flatten(theirs.error) : 'no error').toContain(
      flatten(ours.replaceAll('chart/a.yaml', 'chart/templates/a.yaml')),
    )
  })
})

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

/** Helm 4 spreads an error over lines and leaves out the word that each begins with. */
function flatten(message: string): string {
  return message
    .replace(/^Error: /, '')
    .replaceAll('template: ', '')
    .replace(/:?\s+/g, ' ')
    .trim()
}
