import { describe, expect, it } from 'vitest'
import type { KubeObject } from '@plimsoll/kube'
import { resourceDiff } from './comparison/resource-diff.ts'
import { SecretMasker } from './masking.ts'

const canary = 'c2VjcmV0LWNhbmFyeQ=='
const secret = (value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'db',
    namespace: 'shop',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'db' },
        data: { password: value },
      }),
    },
  },
  data: { password: value, user: 'YWRtaW4=' },
})

describe('a Secret that is shown', () => {
  it('has no value in it, not in its data, not in the copy that kubectl keeps, and not in a field that is written wrongly', () => {
    const wrong = { stringdata: { plain: 'secret-canary' }, value: 'secret-canary', list: ['secret-canary'] }
    const text = JSON.stringify(new SecretMasker().mask({ ...secret(canary), stringData: { plain: 'secret-canary' }, ...wrong }))

    expect(text).not.toContain(canary)
    expect(text).not.toContain('secret-canary')
    expect(text).not.toContain('YWRtaW4=')
    expect(text).toContain('password')
  })

  it('shows in a diff that a value differs, and neither of the two', () => {
    const target = secret('b25l')
    const live = secret('dHdv')
    const diff = resourceDiff({
      key: { group: '', kind: 'Secret', namespace: 'shop', name: 'db' },
      target: {
        key: { group: '', kind: 'Secret', namespace: 'shop', name: 'db' },
        object: target,
        type: undefined,
        at: { file: 'a.yaml' },
        wave: 0,
      },
      live,
      status: 'OutOfSync',
      health: undefined,
      comparison: { differences: [{ path: [{ field: 'data' }, { field: 'password' }], live: 'dHdv', target: 'b25l' }], doubts: [] },
      requiresPruning: false,
    })
    const text = JSON.stringify(diff)

    expect(text).not.toMatch(/b25l|dHdv/)
    const [difference] = diff.differences ?? []
    expect(difference?.path).toBe('data.password')
    expect(difference?.live).toMatch(/^"\++"$/)
    expect(difference?.target).toMatch(/^"\++"$/)
    expect(difference?.live).not.toBe(difference?.target)
    expect(JSON.parse(diff.targetState ?? '{}').data.user).toBe(JSON.parse(diff.liveState ?? '{}').data.user)
  })

  it('is masked also where its data is no map, or its annotation no object', () => {
    const odd = { ...secret(canary), data: canary } as unknown as KubeObject
    odd.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `not json ${canary}` }

    expect(JSON.stringify(new SecretMasker().mask(odd))).not.toContain(canary)
  })
})
