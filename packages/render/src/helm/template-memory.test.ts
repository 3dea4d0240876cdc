import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memorySources } from '../testing/memory-sources.ts'
import type { HelmOutput, RandomSource } from './contract.ts'
import { renderHelm } from './render-helm.ts'
import { type HelmCase, requestOf } from './testing/helm-case.ts'

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n  - { name: db, version: 1.0.0, condition: db.enabled }\n',
  'values.yaml': 'a: 1\nb: { c: [1, 2], d: text }\ndb: { enabled: true, size: 1 }\nglobal: { g: 1 }\n',
  'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
  'charts/db/values.yaml': 'size: 5\nname: db\n',
}

/** What templates may do to what others read, or may read in ways that are not seen at a glance. */
const actions = [
  'a: {{ .Values.a }}',
  'b: {{ toJson .Values.b }}',
  'all: {{ toJson .Values }}',
  'keys: {{ keys .Values | join "," }}',
  'len: {{ len .Values }}',
  'range: "{{ range $k, $v := .Values }}{{ $k }}={{ kindOf $v }};{{ end }}"',
  'whole: {{ omit . "Files" "Capabilities" "Subcharts" "Template" "Chart" | toJson }}',
  'name: {{ .Release.Name }}-{{ .Chart.Name }}',
  'dependencies: {{ len .Chart.Dependencies }}',
  'sub: {{ .Subcharts | keys | join "," }}{{ with .Subcharts.db }}{{ .Values.size }}{{ .Template.Name }}{{ end }}',
  'copy: {{ (deepCopy .Values).a }}',
  'has: {{ hasKey .Values "new" }} {{ hasKey . "Extra" }} {{ .Values.new }} {{ .Extra }}',
  'map: {{ .Values.AsMap | toJson }} {{ .Values.YAML | quote }}',
  'path: {{ if hasKey .Values "b" }}{{ with .Values.b }}{{ .d }}{{ end }}{{ end }}',
  'tpl: {{ tpl "{{ .Values.a }}{{ .Template.Name }}" . }}',
  'include: {{ include "told" . }}',
  'capable: {{ .Capabilities.KubeVersion.Major }}',
  'global: {{ .Values.global | toJson }}',
  'random: {{ randAlphaNum 4 }}',
  'now: {{ now | unixEpoch }}',
  'set: {{ $_ := set .Values "new" .Values.a }}x',
  'unset: {{ $_ := unset .Values "a" }}x',
  'deep: {{ with .Values.b }}{{ $_ := set . "d" $.Release.Name }}{{ end }}x',
  'merged: {{ mergeOverwrite .Values (dict "a" .Values.global) | len }}',
  'nested: {{ merge (dict) .Values | len }}{{ $_ := mergeOverwrite (merge (dict) .Values) (dict "b" (dict "c" 7)) }}',
  'global: {{ with .Values.global }}{{ $_ := set . "g" $.Values.a }}{{ end }}x',
  'root: {{ $_ := set . "Extra" .Values.a }}x',
  'values: {{ $_ := set . "Values" (dict "a" .Values.a "b" .Values.b) }}x',
  'circle: {{ $_ := set .Values "new" . }}x',
  'itself: {{ $_ := set .Values "new" .Values }}x',
  'list: {{ $_ := set .Values "new" (list .Values.b .Chart) }}x',
  'release: {{ $_ := set .Release "Name" (toString .Values.a) }}x',
]

const values = ['', 'a=2', 'a=null', 'b=null', 'b.c={3}', 'b.d=x', 'db.enabled=false', 'db.size=-0', 'global.g=2', 'db.global.g=4', 'z=1']

let chartsMade = 0

/** As nothing of the chart was rendered before: a file of it is another one each time. */
function rendered(
  texts: readonly string[],
  one: { set: string; release: string; seed: number; version: '3' | '4' },
  isNew: boolean,
): unknown {
  const templates = texts.map((text, index): [string, string] => [
    `${index % 2 === 0 ? '' : 'charts/db/'}templates/t${index}.yaml`,
    text === '' ? '' : `${text.replaceAll('Subcharts.db', index % 2 === 0 ? 'Subcharts.db' : 'Subcharts.none')}\n`,
  ])
  const files: Record<string, string> = {
    ...chart,
    ...Object.fromEntries(templates),
    'templates/_told.tpl': '{{ define "told" }}{{ .Values.a }}{{ end }}',
    'docs/made': isNew ? String(chartsMade++) : texts.join('\n'),
  }
  const random: RandomSource = { bytes: ({ template, call }, count) => new Uint8Array(count).fill(one.seed + template.length + call) }
  const asked: Omit<HelmCase, 'promise' | 'result'> = {
    files: {},
    ...(one.set !== '' && { sets: [['set', one.set]] }),
    more: { random, now: new Date(one.seed * 1e9) },
  }
  const request = requestOf(asked, one.version)
  const sources = memorySources(Object.fromEntries(Object.entries(files).map(([path, text]) => [`chart/${path}`, text])))
  try {
    const output: HelmOutput = renderHelm(sources, { ...request, release: { ...request.release, name: one.release } })
    const { documents, text, warnings, notes, usesCapabilities, randomFunctions } = output
    return { documents, text, warnings, notes, usesCapabilities, randomFunctions }
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

it('a chart that was rendered before prints what it would print for the first time, whatever its templates read and change', () => {
  const texts = fc.array(fc.constantFrom(...actions), { minLength: 2, maxLength: 6 })
  const release = fc.record({
    set: fc.constantFrom(...values),
    release: fc.constantFrom('one', 'one', 'two'),
    seed: fc.constantFrom(1, 1, 2),
    version: fc.constantFrom('3' as const, '4' as const),
  })

  fc.assert(
    fc.property(texts, fc.array(release, { minLength: 2, maxLength: 8 }), (templates, releases) => {
      for (const one of releases) expect(rendered(templates, one, false)).toEqual(rendered(templates, one, true))
    }),
    { numRuns: 150 },
  )
})

it("a chart's own values may change without its templates", () => {
  const rendering = (values: string): string => {
    const files = {
      'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'chart/values.yaml': values,
      'chart/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
      'chart/charts/db/values.yaml': values,
      'chart/charts/db/templates/c.yaml': 'c: {{ .Values.a }}\n',
      'chart/templates/a.yaml': 'a: {{ .Values.a }}\n',
      'chart/templates/b.yaml': 'b: {{ toJson .Values.b }}\nfiles: {{ .Files | len }}\n',
    }
    return renderHelm(memorySources(files), requestOf({ files: {} }, '4')).text.replace(/#.*\n/g, '')
  }

  const texts = ['a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'a: 1\nb: {}\n', 'a: 1\nb: 1\n'].map(rendering)

  expect(texts).toEqual(
    [
      [1, 1, 1],
      [2, 2, 1],
      [1, 1, '{}'],
      [1, 1, 1],
    ].map(([c, a, b]) => `---\nc: ${c}\n---\na: ${a}\n---\nb: ${b}\nfiles: 0\n`),
  )
})

it('what a template set is seen by those that read the same before and after it', () => {
  const told = 'told: {{ .Values.new }}'
  const texts = [told, '', 'set: {{ $_ := set .Values "new" .Values.a }}x', '', told]
  const releases = ['a=1', 'a=1', 'a=2', 'a=1'].map((set) => ({ set, release: 'one', seed: 1, version: '3' as const }))

  const again = releases.map((one) => rendered(texts, one, false))

  expect(again).toEqual(releases.map((one) => rendered(texts, one, true)))
})
