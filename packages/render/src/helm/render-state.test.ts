import { expect, it } from 'vitest'
import { memorySources } from '../testing/memory-sources.ts'
import type { RandomSource } from './contract.ts'
import { renderHelm } from './render-helm.ts'
import { renderCase, requestOf } from './testing/helm-case.ts'

const chart = { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n' }

it('one render sees nothing of what another one set', () => {
  const files = {
    ...chart,
    'values.yaml': 'list: [1]\ntable: {}\n',
    'templates/a.yaml': '{{ $_ := set .Values.table "seen" true }}{{ $_ := set .Values "new" 1 }}{{ $_ := set .Release "x" 1 }}a: 1\n',
    'templates/_b.tpl': '{{ define "x" }}x{{ end }}',
    'templates/0.yaml':
      'values: {{ toJson .Values }}\nrelease: {{ toJson .Release }}\nextra: {{ hasKey . "Extra" }}{{ $_ := set . "Extra" 1 }}\n',
  }
  const sources = memorySources(Object.fromEntries(Object.entries(files).map(([path, text]) => [`chart/${path}`, text])))

  const first = renderHelm(sources, requestOf({ files: {} }, '4')).text
  const second = renderHelm(sources, requestOf({ files: {} }, '4')).text

  expect(second).toBe(first)
  expect(renderHelm(sources, requestOf({ files: {}, sets: [['set', 'other=1']] }, '4')).text).toContain('"other":1')
})

it('a render that failed leaves nothing behind', () => {
  const files = { ...chart, 'templates/a.yaml': 'a: {{ tpl "{{ required \\"needed\\" .Values.x }}" . }}{{ include "none" . }}\n' }

  expect(() => renderCase({ files }, '3')).toThrow('needed')
  expect(() => renderCase({ files, sets: [['set', 'x=1']] }, '3')).toThrow('no template "none"')
})

it('asks for random bytes by template, function and call', () => {
  const places: string[] = []
  const random: RandomSource = {
    bytes: ({ template, functionName, call }, count) => {
      places.push(`${template} ${functionName} ${call}`)
      return new Uint8Array(count).fill(places.length)
    },
  }
  const files = {
    ...chart,
    'templates/_x.tpl': '{{ define "password" }}{{ randAlphaNum 5 }}{{ end }}',
    'templates/a.yaml': 'a: {{ include "password" . }} {{ include "password" . }} {{ randNumeric 3 }}\n',
    'templates/b.yaml': 'b: {{ include "password" . }}\n',
  }

  const output = renderCase({ files, more: { random } }, '3')

  expect([...new Set(places)]).toEqual([
    'web/templates/b.yaml randAlphaNum 0',
    'web/templates/a.yaml randAlphaNum 0',
    'web/templates/a.yaml randAlphaNum 1',
    'web/templates/a.yaml randNumeric 0',
  ])
  expect(output.randomFunctions).toEqual(['randAlphaNum', 'randNumeric'])
})

it('is told the time', () => {
  const output = renderCase(
    { files: { ...chart, 'templates/a.yaml': 'a: {{ now | date "2006-01-02" }}\n' }, more: { now: new Date('2024-05-06T12:00:00Z') } },
    '4',
  )

  expect(output.text).toContain('a: 2024-05-06')
  expect(output.randomFunctions).toEqual(['now'])
})

it('says whether the result depends on the cluster', () => {
  const uses = (template: string, more = '') =>
    renderCase({ files: { 'Chart.yaml': `${chart['Chart.yaml']}${more}`, 'templates/a.yaml': template } }, '4').usesCapabilities

  expect(uses('a: {{ .Capabilities.HelmVersion.Version }}')).toBe(false)
  expect(uses('a: {{ .Capabilities.KubeVersion.Major }}')).toBe(true)
  expect(uses('a: {{ .Capabilities.APIVersions.Has "v1" }}')).toBe(true)
  expect(uses('a: {{ with .Capabilities }}{{ .KubeVersion }}{{ end }}')).toBe(true)
  expect(uses('a: 1', 'kubeVersion: ">=1.20.0-0"\n')).toBe(true)
})

it('gives documents, notes, identity and values beside the text', () => {
  const output = renderCase(
    {
      files: {
        'Chart.yaml': `${chart['Chart.yaml']}appVersion: "2.0"\ndeprecated: true\n`,
        'values.yaml': 'a: {b: 1}\n',
        'crds/c.yaml': 'kind: CustomResourceDefinition\n---\nkind: Other\n',
        'templates/a.yaml':
          'kind: A\n---\nkind: B\nmetadata: {annotations: {"helm.sh/hook": test}}\n---\nkind: C\nmetadata: {annotations: {"helm.sh/hook": none}}\n',
        'templates/NOTES.txt': 'Grüße an {{ .Release.Name }}',
      },
      includeCrds: true,
    },
    '3',
  )

  expect(output.documents).toEqual([
    { source: 'web/crds/c.yaml', text: 'kind: CustomResourceDefinition', isHook: false, isCrd: true },
    { source: 'web/crds/c.yaml', text: 'kind: Other', isHook: false, isCrd: true },
    { source: 'web/templates/a.yaml', text: 'kind: A', isHook: false, isCrd: false },
    { source: 'web/templates/a.yaml', text: 'kind: B\nmetadata: {annotations: {"helm.sh/hook": test}}', isHook: true, isCrd: false },
  ])
  expect(output.notes).toBe('Grüße an release-name')
  expect(output.chart).toEqual({ name: 'web', version: '1.0.0', appVersion: '2.0' })
  expect(output.values).toEqual({ a: { b: 1 } })
  expect(output.warnings).toEqual(['This chart is deprecated', 'skipping unknown hook: "none"'])
})

it('says in which file of the repository the template is that failed', () => {
  const files = {
    ...chart,
    'templates/_x.tpl': '{{ define "x" }}\n{{ required "needed" .Values.x }}{{ end }}',
    'templates/a.yaml': '\n\na: {{ include "x" . }}\n',
  }

  expect(() => renderCase({ files }, '4')).toThrow(
    expect.objectContaining({ name: 'RenderError', at: { file: 'chart/templates/a.yaml', line: 3, column: 6 } }),
  )
})
