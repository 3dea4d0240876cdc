import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApiServer, type ApiServer } from '../../api-server/index.ts'
import { reclaimVolume } from './reclaim-volume.ts'

let dataDir: string
let api: ApiServer
let claimsFolder: string

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-reclaim-'))
  claimsFolder = join(dataDir, 'claims')
  api = await createApiServer({ dataDir })
})
afterEach(async () => {
  await api.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const gone = '0b251e12-a6f4-44b8-aab8-75c9545e1f97'

function volumeOf(uid: string, more: { policy?: string; by?: string } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': more.by ?? 'plimsoll.dev/local-path' } },
    spec: { persistentVolumeReclaimPolicy: more.policy ?? 'Delete', claimRef: { namespace: 'elsewhere', name: 'data', uid } },
  }
}

function dataOf(uid: string): string {
  const folder = join(claimsFolder, uid)
  mkdirSync(folder, { recursive: true })
  return folder
}

test('the data of a volume goes with it', async () => {
  const folder = dataOf(gone)

  expect(await reclaimVolume(volumeOf(gone), { client: api.client, claimsFolder })).toBe(true)

  expect(existsSync(folder)).toBe(false)
})

test('what is to be kept, was made by others, or is no folder of ours, stays', async () => {
  const folder = dataOf(gone)
  const strange = ['..', '', 'a/../../b', '0b251e12']

  for (const volume of [
    volumeOf(gone, { policy: 'Retain' }),
    volumeOf(gone, { by: 'example.com/nfs' }),
    ...strange.map((uid) => volumeOf(uid)),
  ]) {
    expect(await reclaimVolume(volume, { client: api.client, claimsFolder })).toBe(false)
  }
  expect(existsSync(folder)).toBe(true)
})

test('a claim that is still there keeps its data, wherever the deleted volume said that it was', async () => {
  const type = await api.client.typeOf('v1', 'PersistentVolumeClaim')
  if (!type) throw new Error('no claims')
  const claim = await api.client.create(type, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  const folder = dataOf(claim.metadata.uid ?? '')

  expect(await reclaimVolume(volumeOf(claim.metadata.uid ?? ''), { client: api.client, claimsFolder })).toBe(false)

  expect(existsSync(folder)).toBe(true)
})
