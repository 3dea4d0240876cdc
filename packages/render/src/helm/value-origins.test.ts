import { expect, it } from 'vitest'
import { memorySources } from '../testing/memory-sources.ts'
import { requestOf } from './testing/helm-case.ts'
import { valueOrigins } from './value-origins.ts'

it('says of each value where it comes from', () => {
  const sources = memorySources({
    'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'chart/values.yaml': 'image: {tag: a, name: web}\nport: 80\ndb: {size: 1}\nglobal: {zone: eu}\n',
    'chart/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
    'chart/charts/db/values.yaml': 'size: 5\nuser: app\n',
  })
  const request = requestOf(
    { files: {}, values: ['image: {tag: b}\nport: 81\n', 'port: 82\n'], sets: [['set', 'image.tag=c,list={x}']] },
    '4',
  )

  const origins = valueOrigins(sources, request)

  const told = Object.fromEntries(origins.map(({ path, value, origin }) => [path.join('.'), [value, origin]]))
  expect(told).toEqual({
    'image.tag': ['c', { kind: 'parameter', text: 'image.tag=c,list={x}' }],
    'image.name': ['web', { kind: 'default', chart: 'web' }],
    port: [82, { kind: 'file', name: 'values-1.yaml' }],
    list: [['x'], { kind: 'parameter', text: 'image.tag=c,list={x}' }],
    'db.size': [1, { kind: 'parent', chart: 'web' }],
    'db.user': ['app', { kind: 'default', chart: 'db' }],
    'global.zone': ['eu', { kind: 'default', chart: 'web' }],
    'db.global.zone': ['eu', { kind: 'parent', chart: 'web' }],
  })
})

it('says that a value was imported', () => {
  const sources = memorySources({
    'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: db, version: "*", import-values: [data]}]\n',
    'chart/charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
    'chart/charts/db/values.yaml': 'exports: {data: {port: 5432}}\n',
  })

  const origins = valueOrigins(sources, requestOf({ files: {} }, '3'))

  expect(origins.find(({ path }) => path.join('.') === 'port')?.origin).toEqual({ kind: 'imported' })
})
