import { expect, test } from 'vitest'
import { en } from '../../words/en.ts'
import { checkDraft, emptyDraft, readApplication, toApplication, type Draft } from './draft.ts'

const draft = { ...emptyDraft, name: 'demo', repoURL: 'https://example.com/a.git', namespace: 'demo' }

test('What the form makes can be read back from YAML', () => {
  const application = toApplication(draft)

  expect(readApplication(JSON.stringify(application), en)).toEqual({ application })
})

test.each([
  ['Demo', 'name'],
  ['-demo', 'name'],
  ['a'.repeat(254), 'name'],
])('The name %s is refused', (name, field) => {
  expect(Object.keys(checkDraft({ ...draft, name }, en))).toEqual([field])
})

test('A path that leaves the repository is refused', () => {
  expect(checkDraft({ ...draft, path: 'a/../../b' }, en)).toHaveProperty('path')
  expect(checkDraft({ ...draft, path: '/etc' }, en)).toHaveProperty('path')
  expect(checkDraft(draft, en)).toEqual({})
})

test.each([
  ['kind: Pod\napiVersion: v1\nmetadata: {name: a}', en.create.yamlKind],
  ['', en.create.yamlKind],
  ['- a', en.create.yamlKind],
  ['kind: Application\napiVersion: argoproj.io/v1alpha1\nmetadata: {}', en.create.yamlName],
  ['kind: Application\napiVersion: argoproj.io/v1alpha1\nmetadata: {name: a}\n---\nkind: Application', en.create.yamlMany],
])('YAML that is no Application says why: %j', (text, problem) => {
  expect(readApplication(text, en)).toEqual({ problem })
})

test('Broken YAML names the line', () => {
  const result = readApplication('kind: Application\nmetadata: { name: a\nspec: {}', en)

  expect(result).toHaveProperty('problem', expect.stringContaining('line 3'))
})

test('Aliases that multiply are refused', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nkind: Application`

  expect(readApplication(bomb, en)).toHaveProperty('problem')
})

test('A chart of a repository has a version and values, and no path', () => {
  const application = toApplication({
    ...draft,
    from: 'chart',
    chart: 'redis',
    version: '^1.4',
    helmVersion: 'v4',
    valueFiles: 'base.yaml\n\n prod.yaml ',
    values: 'image:\n  tag: "2"\n',
    parameters: 'replicas=3\nquery=a=b',
    path: '/ignored',
    images: 'ignored:1',
  })

  expect(application).toHaveProperty('spec.source', {
    repoURL: 'https://example.com/a.git',
    chart: 'redis',
    targetRevision: '^1.4',
    helm: {
      version: 'v4',
      valueFiles: ['base.yaml', 'prod.yaml'],
      values: 'image:\n  tag: "2"',
      parameters: [
        { name: 'replicas', value: '3' },
        { name: 'query', value: 'a=b' },
      ],
    },
  })
})

test('What only another tool reads is left out', () => {
  const filled: Draft = { ...draft, recurse: true, parameters: 'a=b', images: 'web=registry.example/web:2' }

  expect(toApplication({ ...filled, tool: 'kustomize' })).toHaveProperty('spec.source.kustomize', {
    images: ['web=registry.example/web:2'],
  })
  expect(toApplication({ ...filled, tool: 'kustomize' })).not.toHaveProperty('spec.source.directory')
  expect(toApplication(filled)).not.toHaveProperty('spec.source.helm')
})

test.each([
  [{ from: 'chart' as const }, 'chart'],
  [{ tool: 'helm' as const, values: '- a' }, 'values'],
  [{ tool: 'helm' as const, values: 'a: {' }, 'values'],
  [{ tool: 'helm' as const, parameters: 'replicas' }, 'parameters'],
  [{ tool: 'helm' as const, parameters: '=3' }, 'parameters'],
  [{ tool: 'kustomize' as const, images: 'a b' }, 'images'],
])('%j is refused', (change, field) => {
  expect(Object.keys(checkDraft({ ...draft, ...change }, en))).toEqual([field])
})
