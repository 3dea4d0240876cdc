import type { ApplicationSetSpec } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { afterAll, describe, expect, it } from 'vitest'
import { createJqThread } from '../../ignore/jq-thread.ts'
import { ignoredBy, withIgnored } from './ignored-differences.ts'

type Rules = NonNullable<ApplicationSetSpec['ignoreApplicationDifferences']>

const jq = createJqThread()
afterAll(() => jq.close())

function application(labels: Record<string, string>, spec: Record<string, unknown>, annotations: Record<string, string> = {}): KubeObject {
  const metadata = { name: 'web', namespace: 'argocd', labels, annotations }
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec }
}

const parameters = (value: string): { name: string; value: string }[] => ['x', 'y'].map((name) => ({ name, value }))
const wanted = application({ a: 'wanted' }, { source: { path: '.', targetRevision: 'HEAD', helm: { parameters: parameters('1') } } })
const live = application(
  { a: 'live', b: 'live' },
  { source: { path: 'other', targetRevision: 'v1', helm: { parameters: parameters('2') } }, syncPolicy: { automated: {} } },
  { 'example.org/a~b': 'live' },
)

function rulesOf(rules: Rules): ReturnType<typeof ignoredBy> {
  return ignoredBy({
    metadata: { name: 'fleet', namespace: 'argocd' },
    spec: { generators: [], template: {}, ignoreApplicationDifferences: rules },
  })
}

const leaving = (rules: Rules, one = wanted, other = live): Promise<KubeObject> => withIgnored(one, other, rulesOf(rules), jq)

describe('a difference that is ignored', () => {
  it.each<[string, string[], object]>([
    ['a field', ['/spec/source/targetRevision'], { spec: { source: { path: '.', targetRevision: 'v1' } } }],
    ['a field that is not wanted', ['/spec/syncPolicy'], { spec: { syncPolicy: { automated: {} } } }],
    [
      'an entry of a list',
      ['/spec/source/helm/parameters/1/value'],
      { spec: { source: { helm: { parameters: [{ value: '1' }, { value: '2' }] } } } },
    ],
    [
      'a name with a slash and a tilde',
      ['/metadata/annotations/example.org~1a~0b'],
      { metadata: { annotations: { 'example.org/a~b': 'live' } } },
    ],
    ['all labels', ['/metadata/labels'], { metadata: { labels: { a: 'live', b: 'live' } } }],
  ])('stays as it is: %s', async (_what, jsonPointers, expected) => {
    expect(await leaving([{ jsonPointers }])).toMatchObject(expected)
  })

  it('stays away where it is wanted, and is not there', async () => {
    const result = await leaving([{ jsonPointers: ['/metadata/labels/b', '/spec/syncPolicy'] }], live, wanted)

    expect(result.metadata.labels).toEqual({ a: 'live' })
    expect(Object.keys(result['spec'] as object)).toEqual(['source'])
  })

  it.each(['/spec/none/deeper', '/spec/source/helm/parameters/7', '/spec/source/path/deeper', '/status'])(
    'is nothing where there is nothing: %s',
    async (pointer) => {
      expect(await leaving([{ jsonPointers: [pointer] }])).toEqual(wanted)
    },
  )

  it('makes no difference where there is no other', async () => {
    const paths = ['/metadata/labels', '/metadata/annotations', '/spec/source', '/spec/syncPolicy']

    expect(await leaving([{ jsonPointers: paths }])).toBe(live)
  })

  it('is of the application that the rule names', async () => {
    expect(await leaving([{ name: 'other', jsonPointers: ['/spec/source/path'] }])).toEqual(wanted)
    expect(await leaving([{ name: 'web', jsonPointers: ['/spec/source/path'] }])).toMatchObject({ spec: { source: { path: 'other' } } })
  })

  it('may be chosen by jq, also in lists whose order differs', async () => {
    const turned = application({}, { source: { path: '.', helm: { parameters: parameters('1').toReversed() } } })
    const result = await leaving(
      [{ jqPathExpressions: ['.spec.source.helm.parameters[] | select(.name == "y") | .value', '.metadata.labels["a"]'] }],
      turned,
    )

    expect(result).toMatchObject({
      metadata: { labels: { a: 'live' } },
      spec: { source: { path: '.', helm: { parameters: [{ value: '2' }, { value: '1' }] } } },
    })
  })

  it.each<[string, object[], object[], string, object[]]>([
    [
      'one that is new, by name',
      [
        { name: 'new', value: '1' },
        { name: 'a', value: '1' },
        { name: 'tag', value: '1' },
      ],
      [
        { name: 'a', value: '2' },
        { name: 'tag', value: '7' },
      ],
      '.spec.list[] | select(.name == "tag") | .value',
      [
        { name: 'new', value: '1' },
        { name: 'a', value: '1' },
        { name: 'tag', value: '7' },
      ],
    ],
    [
      'one that is new, by what else is in it',
      [
        { repo: 'new', at: 'main' },
        { repo: 'a', at: 'main' },
        { repo: 'b', at: 'main' },
      ],
      [
        { repo: 'a', at: 'v1' },
        { repo: 'b', at: 'v2' },
      ],
      '.spec.list[].at',
      [
        { repo: 'new', at: 'main' },
        { repo: 'a', at: 'v1' },
        { repo: 'b', at: 'v2' },
      ],
    ],
    [
      'one that changes, by its place',
      [
        { repo: 'a', path: 'new', at: 'main' },
        { repo: 'b', at: 'main' },
      ],
      [
        { repo: 'a', path: 'old', at: 'v1' },
        { repo: 'b', at: 'v2' },
      ],
      '.spec.list[].at',
      [
        { repo: 'a', path: 'new', at: 'v1' },
        { repo: 'b', at: 'v2' },
      ],
    ],
    [
      "one that is wholly the other side's",
      [{ name: 'a', value: '1' }],
      [
        { name: 'tag', value: '7' },
        { name: 'a', value: '2' },
      ],
      '.spec.list[] | select(.name == "tag")',
      [
        { name: 'tag', value: '7' },
        { name: 'a', value: '1' },
      ],
    ],
    [
      'one that is wholly ignored, and gone there',
      [
        { name: 'a', value: '1' },
        { name: 'tag', value: '1' },
      ],
      [{ name: 'a', value: '2' }],
      '.spec.list[] | select(.name == "tag")',
      [{ name: 'a', value: '1' }],
    ],
  ])('belongs to its own item of a list: %s', async (_what, mine, theirs, expression, expected) => {
    const result = await leaving([{ jqPathExpressions: [expression] }], application({}, { list: mine }), application({}, { list: theirs }))

    expect(result['spec']).toEqual({ list: expected })
  })

  it('may be another spelling of the same', async () => {
    const rules = [{ jqPathExpressions: ['.none) | .spec.json |= (fromjson | tojson'] }]
    const [mine, theirs] = [application({ a: 'new' }, { json: '{"a":1}' }), application({}, { json: '{ "a": 1 }' })]

    expect(await leaving(rules, mine, theirs)).toMatchObject({ metadata: { labels: { a: 'new' } }, spec: { json: '{ "a": 1 }' } })
    expect(await leaving(rules, mine, application({}, { json: '{ "a": 2 }' }))).toMatchObject({ spec: { json: '{"a":1}' } })
  })

  it('has an end, whatever its jq says', async () => {
    await expect(leaving([{ jqPathExpressions: ['def f: f; .spec | f'] }])).rejects.toMatchObject({
      code: 'invalid-application-set',
      message: expect.stringMatching(/^spec\.ignoreApplicationDifferences: jq was stopped in def f: f/) as string,
    })
  })

  it('is told where it cannot be read', () => {
    expect(rulesOf([{}, { jqPathExpressions: ['.spec['] }])?.problems).toEqual([
      expect.stringMatching(/^spec\.ignoreApplicationDifferences\[1\]\.jqPathExpressions\[0\]: .* of: \.spec\[$/),
    ])
  })
})
