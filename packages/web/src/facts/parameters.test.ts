import { expect, test } from 'vitest'
import { countOrigins, filterParameters, showParameter, specParameters } from './parameters.ts'

const show = (name: string, value: unknown, origin: 'chart' | 'file' | 'values' | 'parameter' = 'chart', file?: string) =>
  showParameter({ name, value: JSON.stringify(value), origin, ...(file && { file }) })

test.each([
  ['redis', 'redis'],
  ['8', '"8"'],
  [8, '8'],
  ['', '""'],
  [null, 'null'],
  [['a', 'b'], '["a","b"]'],
])('The value %j is shown as %s', (value, line) => {
  expect(show('a', value).line).toBe(line)
  expect(show('a', value).whole).toBeUndefined()
})

test('A long value is cut to one line and kept whole', () => {
  const lines = show('script', 'set -e\necho hello\n')
  const long = show('token', 'x'.repeat(300))

  expect(lines).toMatchObject({ line: 'set -e', whole: 'set -e\necho hello' })
  expect(long.line).toHaveLength(96)
  expect(long.whole).toHaveLength(300)
})

test('A long list is shown line by line', () => {
  const list = show(
    'hosts',
    Array.from({ length: 12 }, (_, index) => ({ host: `h${index}.example` })),
  )

  expect(list.line).toBe('- host: h0.example')
  expect(list.whole?.split('\n')).toHaveLength(12)
})

test('What is no JSON stays as it is', () => {
  expect(showParameter({ name: 'a', value: '++++++++', origin: 'chart' }).line).toBe('++++++++')
})

const all = [
  show('image.tag', '1.4.2', 'file', 'prod.yaml'),
  show('image.repository', 'registry.example/a', 'chart'),
  show('replicas', 3, 'parameter'),
  show('port', 80, 'file', 'base.yaml'),
  show('host', 'a.example', 'values'),
]

test('Origins are counted, what wins first', () => {
  expect(countOrigins(all).map(({ key, count }) => [key, count])).toEqual([
    ['parameter', 1],
    ['values', 1],
    ['file base.yaml', 1],
    ['file prod.yaml', 1],
    ['chart', 1],
  ])
})

test('Words of name and value, and origins, are filtered together', () => {
  const names = (text: string, origins: string[] = []) => filterParameters(all, text, new Set(origins)).map((one) => one.name)

  expect(names('IMAGE 1.4')).toEqual(['image.tag'])
  expect(names('', ['parameter', 'file prod.yaml'])).toEqual(['image.tag', 'replicas'])
  expect(names('image', ['parameter'])).toEqual([])
})

test('What an Application adds to a kustomization is named field by field', () => {
  const source = {
    repoURL: 'x',
    kustomize: {
      namePrefix: 'eu-',
      images: ['web=registry.example/web:2', 'registry.example:5000/db:9', 'cache@sha256:12'],
      replicas: [{ name: 'web', count: 3 }],
      commonLabels: {},
      forceCommonLabels: false,
    },
  }

  expect(specParameters(source).map(({ name, value }) => [name, JSON.parse(value)])).toEqual([
    ['namePrefix', 'eu-'],
    ['images.web', 'registry.example/web:2'],
    ['images.registry.example:5000/db', 'registry.example:5000/db:9'],
    ['images.cache', 'cache@sha256:12'],
    ['replicas.web', 3],
  ])
})
