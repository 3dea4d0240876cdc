import { KubeApiError, type KubeObject, type Patch } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import { ActionError, type ImpactedResource } from '../actions/action.ts'
import type { TargetCluster } from '../contract.ts'
import { ApplicationActions } from './application-actions.ts'

const ref = { namespace: 'argocd', name: 'shop' }
const by = { username: 'ada', origin: 'cli' }
const key = { group: 'example.com', kind: 'Oven', namespace: 'shop', name: 'big' }

const oven = (spec: object, more: object = {}): KubeObject =>
  ({
    apiVersion: 'example.com/v1',
    kind: 'Oven',
    metadata: { namespace: 'shop', name: 'big', uid: '1', resourceVersion: '7' },
    spec,
    ...more,
  }) as KubeObject
const note = (metadata: object, kind = 'ConfigMap'): KubeObject => ({ apiVersion: 'v1', kind, metadata }) as KubeObject

/** A cluster with one oven, which notes what is written to it. */
function setUp(options: {
  object?: KubeObject
  /** As the cache has it, where that is another one. */
  known?: KubeObject
  run(object: KubeObject): ImpactedResource[]
  /** Before a write: throws what the cluster answers. */
  onWrite?: (write: string) => void
}) {
  const state = { object: options.object ?? oven({ degrees: 20, racks: ['top', 'low'] }) }
  const writes: string[] = []
  const observed: KubeObject[] = []
  const events: string[] = []
  const write = (text: string): void => {
    options.onWrite?.(text)
    writes.push(text)
  }
  const cluster = {
    name: 'in-cluster',
    cache: {
      typeOf: (apiVersion: string, kind: string) => ({ apiVersion, kind, namespaced: kind !== 'Namespace' }),
      observe: (object: KubeObject) => observed.push(object),
    },
    client: {
      get: async () => structuredClone(state.object),
      create: async (_type: unknown, object: KubeObject, { dryRun }: { dryRun?: boolean }) => {
        write(`${dryRun ? 'try' : 'create'} ${object.kind} ${object.metadata.namespace}/${object.metadata.name}`)
        return object
      },
      patch: async (_type: unknown, _ref: unknown, { patch }: Patch, { subresource }: { subresource?: string }) => {
        write(`patch ${subresource ?? ''}${JSON.stringify(patch)}`)
        return { ...state.object, metadata: { ...state.object.metadata, resourceVersion: '8' } }
      },
    },
  } as unknown as TargetCluster
  const access = {
    home: cluster,
    actions: {
      list: async (object: KubeObject) => [{ name: JSON.stringify(object) }],
      run: async (object: KubeObject) => options.run(object),
    },
    events: { record: (_object: KubeObject, { message }: { message: string }) => events.push(message) },
    object: () => note({ namespace: 'argocd', name: 'shop' }, 'Application'),
    clusterFor: () => cluster,
    belonging: async () => options.known ?? state.object,
    sensitiveAnnotations: () => new Set<string>(),
  }
  const actions = new ApplicationActions(access as unknown as ConstructorParameters<typeof ApplicationActions>[0])
  return { actions, state, writes, observed, events, run: () => actions.run(ref, key, { name: 'bake', params: {} }, by) }
}

const changed = (change: (object: KubeObject & { spec: Record<string, unknown>; status?: unknown }) => void) => (object: KubeObject) => {
  const copy = structuredClone(object)
  change(copy as never)
  return [{ operation: 'patch' as const, resource: copy }]
}

describe('an action', () => {
  it('writes what it changes and nothing else, on the object as it is', async () => {
    const { run, writes, events } = setUp({ run: changed(({ spec }) => (spec.degrees = 220)) })

    await run()

    expect(writes).toEqual(['patch {"spec":{"degrees":220},"metadata":{"resourceVersion":"7"}}'])
    expect(events).toEqual(['ada ran action bake on resource example.com/Oven/shop/big'])
  })

  it('writes nothing when nothing changes', async () => {
    const { run, writes } = setUp({ run: (object) => [{ operation: 'patch', resource: object }] })

    await run()

    expect(writes).toEqual([])
  })

  it('is made anew of what somebody made of the object meanwhile', async () => {
    let isFirst = true
    const parts = setUp({
      run: changed(({ spec }) => (spec.racks = [...(spec.racks as string[]), 'new'])),
      onWrite: () => {
        if (!isFirst) return
        isFirst = false
        parts.state.object = oven({ racks: ['theirs'] })
        throw new KubeApiError(409, 'Conflict', 'the object has been modified')
      },
    })

    await parts.run()

    expect(parts.writes).toEqual(['patch {"spec":{"racks":["theirs","new"]},"metadata":{"resourceVersion":"7"}}'])
  })

  it('ends with the conflict when somebody is always quicker', async () => {
    const { run } = setUp({
      run: changed(({ spec }) => (spec.degrees = 1)),
      onWrite: () => {
        throw new KubeApiError(409, 'Conflict', 'the object has been modified')
      },
    })

    await expect(run()).rejects.toMatchObject({ code: 'conflict' })
  })

  it('writes a status by its own way, and by the common one where there is no other', async () => {
    const change = changed((object) => {
      object.spec.degrees = 1
      object.status = { phase: 'Off' }
    })
    const { run, writes } = setUp({ run: change })
    await run()
    expect(writes).toEqual([
      'patch status{"metadata":{"resourceVersion":"7"},"status":{"phase":"Off"}}',
      'patch {"spec":{"degrees":1},"metadata":{"resourceVersion":"8"}}',
    ])

    const plain = setUp({
      run: change,
      onWrite: (write) => {
        if (write.startsWith('patch status')) throw new KubeApiError(404, 'NotFound', 'the server could not find the requested resource')
      },
    })
    await plain.run()
    expect(plain.writes).toEqual(['patch {"spec":{"degrees":1},"status":{"phase":"Off"},"metadata":{"resourceVersion":"7"}}'])
  })

  it('makes objects in its own namespace, tried before anything is written and made after', async () => {
    const { run, writes, observed } = setUp({
      run: (object) => [{ operation: 'create', resource: note({ name: 'new' }) }, ...changed(({ spec }) => (spec.degrees = 1))(object)],
    })

    await run()

    expect(writes).toEqual([
      'try ConfigMap shop/new',
      'patch {"spec":{"degrees":1},"metadata":{"resourceVersion":"7"}}',
      'create ConfigMap shop/new',
    ])
    expect(observed.map(({ kind }) => kind)).toEqual(['Oven', 'ConfigMap'])
  })

  it.each([
    ['elsewhere', note({ name: 'new', namespace: 'kube-system' }), 'invalid-request', /not one of them/],
    ['without a namespace', note({ name: 'new' }, 'Namespace'), 'invalid-request', /not one of them/],
  ])('makes nothing %s', async (_where, resource, code, message) => {
    const { run, writes } = setUp({
      run: (object) => [...changed(({ spec }) => (spec.degrees = 1))(object), { operation: 'create', resource }],
    })

    await expect(run()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(writes).toEqual([])
  })

  it('writes nothing when the cluster would refuse what it makes', async () => {
    const { run, writes } = setUp({
      run: (object) => [...changed(({ spec }) => (spec.degrees = 1))(object), { operation: 'create', resource: note({ name: 'new' }) }],
      onWrite: (write) => {
        if (write.startsWith('try')) throw new KubeApiError(409, 'AlreadyExists', 'configmaps "new" already exists')
      },
    })

    await expect(run()).rejects.toMatchObject({
      code: 'cluster-refused',
      message: 'ConfigMap shop/new cannot be made: configmaps "new" already exists',
    })
    expect(writes).toEqual([])
  })

  it('changes no other object', async () => {
    const { run, writes } = setUp({
      run: () => [{ operation: 'patch', resource: oven({}, { metadata: { namespace: 'shop', name: 'other' } }) }],
    })

    await expect(run()).rejects.toMatchObject({ code: 'invalid-request', message: expect.stringMatching(/Oven shop\/other/) })
    expect(writes).toEqual([])
  })

  it('is not done with another object that has taken its name', async () => {
    const { run, writes } = setUp({
      known: oven({}, { metadata: { namespace: 'shop', name: 'big', uid: '0' } }),
      run: changed(({ spec }) => (spec.degrees = 1)),
    })

    await expect(run()).rejects.toMatchObject({ code: 'not-found', message: 'Oven big is not there any more.' })
    expect(writes).toEqual([])
  })

  it('that the cluster refuses tells why, without the values of a Secret that it quotes', async () => {
    const secret = { ...note({ namespace: 'shop', name: 'big', uid: '1' }, 'Secret'), data: {} } as KubeObject
    const { run } = setUp({
      object: secret,
      run: (object) => [{ operation: 'patch', resource: { ...object, data: { password: 'hunter22!' } } }],
      onWrite: () => {
        throw new KubeApiError(400, 'BadRequest', 'illegal base64 data at input byte 8: "hunter22!"')
      },
    })

    const failure = (await run().catch((error: unknown) => error)) as Error

    expect(failure.message).toMatch(/^bake: illegal base64 data at input byte 8/)
    expect(JSON.stringify([failure.message, String(failure.cause)])).not.toContain('hunter22')
  })

  it('of a Secret tells nothing of what is in it', async () => {
    const secret = { ...note({ namespace: 'shop', name: 'big', uid: '1' }, 'Secret'), data: { password: 'aHVudGVyMg==' } } as KubeObject
    const { run, actions } = setUp({
      object: secret,
      run: () => {
        throw new ActionError('it is aHVudGVyMg==')
      },
    })

    const failure = (await run().catch((error: unknown) => error)) as Error
    const [listed] = await actions.list(ref, { ...key, group: '', kind: 'Secret' })

    expect(failure.message).toBe('Secret shop/big: bake: it has failed.')
    expect(JSON.stringify([failure.cause, listed])).not.toContain('aHVudGVyMg')
  })
})
