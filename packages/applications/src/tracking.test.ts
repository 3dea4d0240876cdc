import { describe, expect, it } from 'vitest'
import type { KubeObject } from '@plimsoll/kube'
import { indexKeysOf, instanceName, trackingId } from './tracking.ts'

const tracked = (id: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': id } },
})

describe('the tracking annotation', () => {
  it("is Argo CD's, so that its clusters can be taken over", () => {
    expect(trackingId('demo', { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' })).toBe('demo:apps/Deployment:shop/web')
    expect(instanceName({ name: 'demo', namespace: 'argocd' }, 'argocd')).toBe('demo')
    expect(instanceName({ name: 'demo', namespace: 'team' }, 'argocd')).toBe('team_demo')
  })

  it('counts only on the object that it names: a copy on a child says nothing', () => {
    expect(indexKeysOf(tracked('demo:apps/Deployment:shop/web'))).toEqual(['applications/demo'])
    expect(indexKeysOf(tracked('demo:apps/Deployment:shop/other'))).toEqual([])
    expect(indexKeysOf(tracked('demo:apps/ReplicaSet:shop/web'))).toEqual([])
    expect(indexKeysOf(tracked('rubbish'))).toEqual([])
  })

  it('knows objects of the core group and of cluster scope', () => {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': 'demo:/Namespace:/shop' } },
    }

    expect(indexKeysOf(namespace)).toEqual(['applications/demo'])
  })
})
