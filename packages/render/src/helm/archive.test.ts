import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readChartArchive } from './archive.ts'
import { renderCase } from './testing/helm-case.ts'
import { tarArchive } from './testing/tar-archive.ts'

const web = { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n', 'templates/a.yaml': 'web: 1\n' }
const chart = { name: 'db/Chart.yaml', content: 'apiVersion: v2\nname: db\nversion: 1.0.0\n' }

it('renders a sub-chart that is an archive', () => {
  const archive = tarArchive([
    { name: 'db/', type: '5' },
    chart,
    { name: 'db/values.yaml', content: 'size: 1\n' },
    { name: 'db/templates/x.yaml', content: 'db: {{ .Values.size }}\n' },
    { name: `db/${'deep/'.repeat(18)}x.txt`, content: 'x' },
  ])

  const { text } = renderCase({ files: { ...web, 'charts/db-1.0.0.tgz': archive } }, '4')

  expect(text).toBe('---\n# Source: web/charts/db/templates/x.yaml\ndb: 1\n---\n# Source: web/templates/a.yaml\nweb: 1\n')
})

it('takes a link for an empty file, as Helm does', () => {
  const files = readChartArchive(tarArchive([chart, { name: 'db/secret', type: '2', link: '/etc/passwd' }]))

  expect(files.map(({ name, data }) => [name, data.length])).toEqual([
    ['Chart.yaml', 39],
    ['secret', 0],
  ])
})

it('reads long names of pax and GNU', () => {
  const long = `db/${'long-name-'.repeat(15)}.txt`
  const record = (text: string) => {
    const body = ` path=${text}\n`
    return `${body.length + String(body.length + 3).length}${body}`
  }

  const files = readChartArchive(
    tarArchive([
      { name: 'pax', type: 'x', content: record(long) },
      { name: 'db/short', content: 'pax' },
      { name: '././@LongLink', type: 'L', content: `${long}2\0` },
      { name: 'db/short', content: 'gnu' },
    ]),
  )

  expect(files.map(({ name }) => name)).toEqual([long.slice(3), `${long.slice(3)}2`])
})

describe('refuses what Helm refuses', () => {
  it.each([
    ['a name that leads out', [chart, { name: 'db/../../x' }], 'chart illegally references parent directory'],
    ['an absolute name', [chart, { name: 'db//etc/passwd' }], 'chart illegally contains absolute paths'],
    ['a drive of Windows', [chart, { name: 'db/c:/x' }], 'chart contains illegally named files'],
    ['a name with backslashes that leads out', [chart, { name: 'db\\..\\..\\x' }], 'chart illegally references parent directory'],
    ['a file beside the chart', [{ name: 'x' }], 'chart illegally contains content outside the base directory'],
    ['nothing', [], 'no files in chart archive'],
    ['a header that promises more than there is', [{ name: 'db/x', size: 6 * 1024 * 1024 }], 'unexpected EOF'],
    [
      'a file above the limit',
      [{ name: 'db/x', content: new Uint8Array(5 * 1024 * 1024 + 1) }],
      'is larger than the maximum file size 5242880',
    ],
  ])('%s', (_, files, message) => {
    expect(() => readChartArchive(tarArchive(files))).toThrow(message)
  })

  it('what is no archive', () => {
    expect(() => readChartArchive(Buffer.from('hello'))).toThrow('gzip: invalid header')
    expect(() => readChartArchive(gzipSync(Buffer.alloc(700, 1)))).toThrow('archive/tar: invalid tar header')
    expect(() => readChartArchive(tarArchive([chart]).subarray(0, 60))).toThrow('unexpected EOF')
  })

  it('an archive that unpacks to more than a chart may hold', () => {
    expect(() => readChartArchive(gzipSync(Buffer.alloc(130 * 1024 * 1024)))).toThrow(
      'decompressed chart is larger than the maximum file size 104857600',
    )
  })
})
