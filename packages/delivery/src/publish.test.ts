import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import type { DeliveriesContext } from './contract.ts'
import { publishRelease } from './publish.ts'
import type { ReleaseRecord } from './records/rows.ts'
import { delivery, silentLog } from './testing/world.ts'

function cluster() {
  const objects = new Map<string, KubeObject>()
  const context = {
    log: silentLog,
    namespace: 'argocd',
    home: {
      client: {
        typeOf: async () => ({ kind: 'Release' }),
        create: async (_type: unknown, object: KubeObject) => object,
        delete: async (_type: unknown, { name }: { name: string }) => objects.delete(name),
      },
      cache: {
        get: ({ name }: { name: string }) => objects.get(name),
        ofKind: () => [...objects.values()],
        observe: (object: KubeObject) => objects.set(object.metadata.name, object),
      },
    },
  } as unknown as DeliveriesContext
  return { objects, context }
}

const release = (number: number, of = 'fraud'): ReleaseRecord => ({
  name: `${of}-${number}`,
  delivery: of,
  number,
  repoURL: 'https://git.example.org/fraud',
  branch: 'main',
  revision: 'a'.repeat(40),
  title: 'Change',
  author: 'mira',
  createdAt: 0,
  images: [],
  reviewers: [],
  values: { 'model.digest': 'sha256:1' },
})

describe('releases in the cluster', () => {
  it('are the newest fifty of each delivery, owned by it', async () => {
    const { objects, context } = cluster()
    await publishRelease(context, release(1, 'other'), delivery())

    for (let number = 1; number <= 60; number++) await publishRelease(context, release(number), delivery())

    expect(objects.has('other-1')).toBe(true)
    expect(objects.size).toBe(51)
    expect(objects.has('fraud-10')).toBe(false)
    expect(objects.get('fraud-60')).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Delivery', name: 'fraud', uid: 'u' }] },
      spec: { number: 60, author: 'mira' },
    })
  })
})
