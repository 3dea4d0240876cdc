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
    const diff = resourceDiff(
      {
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
      },
      new Set(),
    )
    const text = JSON.stringify(diff)

    expect(text).not.toMatch(/b25l|dHdv/)
    const [difference] = diff.differences ?? []
    expect(difference?.path).toBe('data.password')
    expect(difference?.live).toMatch(/^"\++"$/)
    expect(difference?.target).toMatch(/^"\++"$/)
    expect(difference?.live).not.toBe(difference?.target)
    expect(JSON.parse(diff.targetState ?? '{}').data.user).toBe(JSON.parse(diff.liveState ?? '{}').data.user)
  })

  it('has no value either where its annotation says that it is something else', () => {
    const disguised = secret(canary)
    disguised.metadata.annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { password: canary },
      }),
    }

    expect(JSON.stringify(new SecretMasker().mask(disguised))).not.toContain(canary)
  })

  it('is masked also where its data is no map, or its annotation no object', () => {
    const odd = { ...secret(canary), data: canary } as unknown as KubeObject
    odd.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `not json ${canary}` }

    expect(JSON.stringify(new SecretMasker().mask(odd))).not.toContain(canary)
  })
})

describe('an annotation that the operator calls sensitive', () => {
  const sensitive = new Set(['example.com/token'])
  const annotated = (kind: string, token: string): KubeObject => {
    const annotations = { 'example.com/token': token, 'example.com/open': 'seen' }
    const note = JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'a', annotations } })
    return {
      apiVersion: 'v1',
      kind,
      metadata: { name: 'a', annotations: { ...annotations, 'kubectl.kubernetes.io/last-applied-configuration': note } },
    }
  }

  it.each(['Secret', 'ConfigMap'])('has no value in a %s, and differences stay visible', (kind) => {
    const masker = new SecretMasker(sensitive)
    const [one, same, other] = [annotated(kind, 'first-canary'), annotated(kind, 'first-canary'), annotated(kind, 'other-canary')].map(
      (object) => masker.mask(object),
    )

    expect(JSON.stringify([one, other])).not.toContain('canary')
    expect(JSON.stringify(one)).toContain('seen')
    expect(one).toEqual(same)
    expect(one?.metadata.annotations?.['example.com/token']).toMatch(/^\+{8,}$/)
    expect(other?.metadata.annotations?.['example.com/token']).toMatch(/^\+{8,}$/)
    expect(one?.metadata.annotations?.['example.com/token']).not.toBe(other?.metadata.annotations?.['example.com/token'])
  })

  it('leaves objects without it as they are', () => {
    const map: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations: { 'example.com/open': 'seen' } } }

    expect(new SecretMasker(sensitive).mask(map)).toBe(map)
  })
})
