import { decodeProtobuf } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMaps, TestApi } from './api-for-tests.ts'
import { encodingOf, protobufEvent } from './answer-encoding.ts'

let api: TestApi

beforeAll(async () => {
  api = await TestApi.start()
  await api.call('POST', configMaps, configMap('told', { quoted: 'yes', lines: 'a\nb' }))
})

afterAll(() => api.stop())

test.each([
  ['application/json', 'json'],
  ['*/*', 'json'],
  [undefined, 'json'],
  ['application/vnd.kubernetes.protobuf, */*', 'json'],
  ['application/vnd.kubernetes.protobuf,application/json', 'json'],
  ['application/vnd.kubernetes.protobuf', 'protobuf'],
  ['application/yaml', 'yaml'],
  ['application/yaml, application/json', 'yaml'],
  ['application/json, application/yaml', 'json'],
])('who accepts %s is answered in %s', (accept, encoding) => {
  expect(encodingOf(accept)).toBe(encoding)
})

test('an object is answered as YAML to those who ask for it', async () => {
  const answer = await api.call('GET', `${configMaps}/told`, undefined, { Accept: 'application/yaml' })

  expect(answer.headers['content-type']).toBe('application/yaml')
  expect(yaml.load(answer.text)).toMatchObject({ kind: 'ConfigMap', data: { quoted: 'yes', lines: 'a\nb' } })
})

test('what has no protobuf form is not acceptable to those who accept nothing else, and what went wrong is still told', async () => {
  const accept = { Accept: 'application/vnd.kubernetes.protobuf' }
  const table = { Accept: 'application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1, application/json' }

  expect((await api.call('GET', configMaps, undefined, { Accept: 'application/cbor' })).status).toBe(406)
  expect((await api.call('GET', `${configMaps}/nobody`, undefined, accept)).status).toBe(404)
  expect((await api.call('GET', configMaps, undefined, table)).body.kind).toBe('ConfigMapList')
})

test('an event in protobuf is a frame of its length, its type and its object', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'é'.repeat(100) }, data: { a: 'b' } }

  const frame = protobufEvent('ADDED', JSON.stringify(object)) ?? Buffer.alloc(0)

  expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
  expect(frame.subarray(4, 11)).toEqual(Buffer.from('\n\u0005ADDED'))
  expect(decodeProtobuf(frame.subarray(frame.indexOf('k8s\0')))).toEqual(object)
})
