import { expect, it } from 'vitest'
import { memorySources } from '../testing/memory-sources.ts'
import { renderHelm } from './render-helm.ts'
import { requestOf } from './testing/helm-case.ts'

const db = (version: string) => ({
  'Chart.yaml': `apiVersion: v2\nname: db\nversion: ${version}\n`,
  'templates/x.yaml': 'db: {{ .Chart.Version }}\n',
})
const web = (more: string) => `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n${more}`
const fromRepository = web('- {name: db, version: "^1.0.0", repository: "https://charts.example.org"}\n')
const request = requestOf({ files: {}, more: { resolveDependencies: true } }, '4')

it('takes a missing chart by the range of Chart.yaml', () => {
  const sources = memorySources({ 'chart/Chart.yaml': fromRepository }, { charts: { 'https://charts.example.org db ^1.0.0': db('1.5.0') } })

  expect(renderHelm(sources, request).text).toContain('db: 1.5.0')
})

it('takes the version that Chart.lock names, also from an archive with its folder', () => {
  const lock =
    'dependencies:\n- {name: db, version: 1.2.0, repository: "https://charts.example.org"}\ndigest: sha256:0\ngenerated: "2024-01-01T00:00:00Z"\n'
  const unpacked = Object.fromEntries(Object.entries(db('1.2.0')).map(([path, text]) => [`db/${path}`, text]))
  const sources = memorySources(
    { 'chart/Chart.yaml': fromRepository, 'chart/Chart.lock': lock },
    { charts: { 'https://charts.example.org db 1.2.0': unpacked } },
  )

  expect(renderHelm(sources, request).text).toContain('db: 1.2.0')
})

it('refuses a lock that does not answer to Chart.yaml', () => {
  const sources = memorySources({ 'chart/Chart.yaml': fromRepository, 'chart/Chart.lock': 'dependencies:\n- {name: db, version: 2.0.0}\n' })

  expect(() => renderHelm(sources, request)).toThrow('the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)')
})

it('takes a chart beside it in the repository, by its own rules of ignoring', () => {
  const sources = memorySources({
    'chart/Chart.yaml': web('- {name: db, version: ">=1", repository: "file://../shared/db"}\n'),
    'shared/db/.helmignore': '*.md\n',
    'shared/db/x.md': 'x',
    ...Object.fromEntries(Object.entries(db('1.0.0')).map(([path, text]) => [`shared/db/${path}`, text])),
  })

  expect(renderHelm(sources, request).text).toContain('db: 1.0.0')
})

it('does not leave the repository', () => {
  const sources = memorySources({ 'chart/Chart.yaml': web('- {name: db, version: ">=1", repository: "file://../../../etc"}\n') })

  expect(() => renderHelm(sources, request)).toThrow(expect.objectContaining({ name: 'RenderError' }))
})

it('fails without being told to fetch, as Helm does', () => {
  const sources = memorySources({ 'chart/Chart.yaml': fromRepository })

  expect(() => renderHelm(sources, requestOf({ files: {} }, '3'))).toThrow('found in Chart.yaml, but missing in charts/ directory: db')
})

it('lets one chart have two versions under two aliases', () => {
  const sources = memorySources(
    {
      'chart/Chart.yaml': web(
        '- {name: db, alias: old, version: "1.x", repository: "https://charts.example.org"}\n- {name: db, alias: new, version: "2.x", repository: "https://charts.example.org"}\n',
      ),
    },
    { charts: { 'https://charts.example.org db 1.x': db('1.0.0'), 'https://charts.example.org db 2.x': db('2.0.0') } },
  )

  expect(renderHelm(sources, request).documents.map(({ source, text }) => `${source} ${text}`)).toEqual([
    'web/charts/new/templates/x.yaml db: 2.0.0',
    'web/charts/old/templates/x.yaml db: 1.0.0',
  ])
})
