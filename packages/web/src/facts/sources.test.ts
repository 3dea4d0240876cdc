import { expect, test } from 'vitest'
import {
  commitPage,
  commitThen,
  followsVersions,
  joinRevisions,
  mainSource,
  nameOfSource,
  placeSources,
  sourcesThen,
  sourceWithCommit,
} from './sources.ts'

const commit = 'a'.repeat(40)
const chart = { repoURL: 'https://charts.example', chart: 'redis', targetRevision: '^1' }
const values = { repoURL: 'https://git.example/a.git', ref: 'values', targetRevision: 'main' }
const folder = { repoURL: 'https://git.example/b.git', path: 'deploy' }

test('Several sources go before the one, each with its own revision', () => {
  const sources = placeSources({ source: folder, sources: [chart, values] }, ['1.4.2', commit])

  expect(sources.map((one) => [one.index, nameOfSource(one), one.revision])).toEqual([
    [0, 'redis', '1.4.2'],
    [1, '$values', commit],
  ])
})

test('An empty list of sources is none', () => {
  expect(placeSources({ source: folder, sources: [] }, [commit]).map(nameOfSource)).toEqual(['deploy'])
  expect(placeSources({}, [])).toEqual([])
})

test('A source that only lends its files is named last', () => {
  const sources = placeSources({ sources: [values, chart] }, [])

  expect(mainSource(sources)?.chart).toBe('redis')
  expect(mainSource(sources.slice(0, 1))?.ref).toBe('values')
})

test('A source with a folder and a reference has manifests of its own', () => {
  expect(placeSources({ sources: [{ ...values, path: 'deploy' }, chart] }, []).map((one) => one.isReference)).toEqual([false, false])
})

test('The commit is that of a Git source, never the version of a chart', () => {
  expect(sourceWithCommit(placeSources({ sources: [chart, values] }, ['1.4.2', commit]))?.index).toBe(1)
  expect(sourceWithCommit(placeSources({ sources: [values, folder] }, [commit, commit]))?.index).toBe(1)
  expect(sourceWithCommit(placeSources({ source: chart }, ['1.4.2']))).toBeUndefined()
})

test('One revision and several are read alike', () => {
  expect(joinRevisions({ revision: 'x' })).toBe('x')
  expect(joinRevisions({ revision: 'x', revisions: ['a', 'b'] })).toBe('a,b')
  expect(joinRevisions({ revision: '', revisions: null })).toBe('')
  expect(joinRevisions(undefined)).toBe('')
})

test.each([
  ['https://github.com/a/b.git', `https://github.com/a/b/commit/${commit}`],
  ['git@gitlab.com:a/c/b.git', `https://gitlab.com/a/c/b/-/commit/${commit}`],
  ['https://github.com.evil.example/a/b', undefined],
  ['https://constructor/a/b', undefined],
  ['http://127.0.0.1:7420/git/a.git', undefined],
])('A commit of %s is at %s', (repoURL, page) => {
  expect(commitPage(repoURL, commit)).toBe(page)
})

test('A version has no page', () => {
  expect(commitPage('https://github.com/a/b', '1.2.3')).toBeUndefined()
})

test.each([
  ['1.4.2', false],
  ['v1.4.2-rc.1+build', false],
  ['1.4', true],
  ['^1.4.2', true],
  ['1.2.3 - 2.0.0', true],
  ['', true],
])('A chart at "%s" follows versions: %s', (targetRevision, follows) => {
  const [source] = placeSources({ source: { ...chart, targetRevision } }, [])

  expect(source && followsVersions(source)).toBe(follows)
})

test('The commit of a history entry is asked for where its repository is today', () => {
  const today = placeSources({ sources: [chart, values] }, ['1.4.2', commit])
  const then = sourcesThen({ source: { repoURL: values.repoURL, path: '.' }, revision: 'b'.repeat(40) }, today)

  expect(commitThen(then, today)).toMatchObject({ index: 1, revision: 'b'.repeat(40) })
  expect(commitThen(sourcesThen({ source: folder, revision: commit }, today), today)).toBeUndefined()
  expect(sourcesThen({ revisions: ['1.3.0', 'c'.repeat(40)] }, today).map((one) => one.revision)).toEqual(['1.3.0', 'c'.repeat(40)])
})
