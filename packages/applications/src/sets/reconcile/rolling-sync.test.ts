import type { Application, ApplicationSet, RolloutStatus, RolloutStep } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setOf } from '../testing/memory-sources.ts'
import { advance, divide } from './rolling-sync.ts'

const now = '2026-01-01T12:00:00.000Z'
const earlier = '2026-01-01T11:59:00.000Z'

function setWith(steps: RolloutStep[], statuses: RolloutStatus[] = []): ApplicationSet {
  const set = setOf('generators: []\ntemplate: {}')
  return {
    ...set,
    spec: { ...set.spec, strategy: { type: 'RollingSync', rollingSync: { steps } } },
    status: { applicationStatus: statuses },
  }
}

const byEnv = (env: string, maxUpdate?: number | string): RolloutStep => ({
  matchExpressions: [{ key: 'env', operator: 'In', values: [env] }],
  ...(maxUpdate !== undefined && { maxUpdate }),
})

function desired(name: string, env: string): Application {
  return { metadata: { name, labels: { env } }, spec: { destination: {}, syncPolicy: { automated: { prune: true } } } }
}

function live(name: string, status: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name }, spec: { destination: {} }, status }
}

const outOfSync = { sync: { status: 'OutOfSync', revision: 'r1' }, health: { status: 'Healthy' }, reconciledAt: now }
const through = { sync: { status: 'Synced', revision: 'r1' }, health: { status: 'Healthy' }, reconciledAt: now }

function standing(application: string, status: RolloutStatus['status'], step: string, revision = 'r1'): RolloutStatus {
  return { application, status, message: '', step, targetRevisions: [revision], lastTransitionTime: earlier }
}

function statusesOf(input: {
  steps: RolloutStep[]
  known?: RolloutStatus[]
  apps: [string, string, Record<string, unknown>][]
  isNew?: boolean
}) {
  const rollout = advance({
    set: setWith(input.steps, input.known),
    live: input.apps.map(([name, , status]) => live(name, status)),
    desired: input.apps.map(([name, env]) => desired(name, env)),
    changed: new Set(input.isNew ? input.apps.map(([name]) => name) : []),
    now,
  })
  return {
    rollout,
    standing: Object.fromEntries(rollout.statuses.map(({ application, status }) => [application, status])),
    syncing: rollout.desired.filter(({ operation }) => operation !== undefined).map(({ metadata }) => metadata.name),
  }
}

describe('steps', () => {
  const applications: { name: string; labels: Record<string, string> }[] = [
    { name: 'a', labels: { env: 'dev', tier: 'x' } },
    { name: 'b', labels: { env: 'prod' } },
    { name: 'c', labels: {} },
  ]

  it.each([
    ['In', ['dev'], ['a']],
    ['In', ['dev', 'prod'], ['a', 'b']],
    ['NotIn', ['dev'], ['b', 'c']],
  ])('take those whose label is %s %s', (operator, values, expected) => {
    expect(divide(applications, [{ matchExpressions: [{ key: 'env', operator, values }] }]).names).toEqual([expected])
  })

  it('want every expression, and all applications where there is none', () => {
    const both = {
      matchExpressions: [
        { key: 'env', operator: 'In', values: ['dev'] },
        { key: 'tier', operator: 'NotIn', values: ['x'] },
      ],
    }

    expect(divide(applications, [both, {}]).names).toEqual([[], ['a', 'b', 'c']])
  })

  it('say what is wrong with them', () => {
    const { problems, stepOf } = divide(applications, [
      byEnv('dev'),
      byEnv('dev'),
      byEnv('none'),
      { matchExpressions: [{ key: 'env', operator: 'Exists' }] },
    ])

    expect(problems).toEqual([
      "Application 'a' is selected by several steps: 1 and 2.",
      'Step 3 has no applications that match it.',
      'Step 4 has invalid matchExpression operators: Exists. Supported operators are In and NotIn.',
    ])
    expect(stepOf.get('a')).toBe(0)
  })
})

describe('a rollout', () => {
  const steps = [byEnv('dev'), byEnv('prod')]

  it('begins with the first step, and switches automation off everywhere', () => {
    const {
      rollout,
      standing: now_,
      syncing,
    } = statusesOf({
      steps,
      apps: [
        ['a', 'dev', outOfSync],
        ['b', 'prod', outOfSync],
      ],
    })

    expect(now_).toEqual({ a: 'Pending', b: 'Waiting' })
    expect(syncing).toEqual(['a'])
    expect(rollout.desired.map(({ spec }) => spec.syncPolicy?.automated)).toEqual([
      { prune: true, enabled: false },
      { prune: true, enabled: false },
    ])
    expect(rollout.conditions.RolloutProgressing).toMatchObject({
      status: 'True',
      message: 'ApplicationSet is performing rollout of step 1',
    })
  })

  it('goes on when the step before is healthy, and not while one of it is not there', () => {
    const known = [standing('a', 'Progressing', '1'), standing('b', 'Waiting', '2')]

    expect(
      statusesOf({
        steps,
        known,
        apps: [
          ['a', 'dev', through],
          ['b', 'prod', outOfSync],
        ],
      }).standing,
    ).toEqual({ a: 'Healthy', b: 'Pending' })
    const missing = advance({
      set: setWith(steps, known),
      live: [live('b', outOfSync)],
      desired: [desired('a', 'dev'), desired('b', 'prod')],
      changed: new Set(),
      now,
    })
    expect(missing.statuses.map(({ status }) => status)).toEqual(['Waiting'])
  })

  it.each([
    ['Pending', outOfSync, 'Pending'],
    ['Pending', { ...outOfSync, operationState: { phase: 'Running', startedAt: now, operation: {} } }, 'Progressing'],
    ['Pending', { ...outOfSync, operationState: { phase: 'Succeeded', startedAt: '2025-01-01T00:00:00Z', operation: {} } }, 'Pending'],
    ['Pending', { ...through, operationState: { phase: 'Succeeded', startedAt: now, operation: {} } }, 'Healthy'],
    ['Pending', { ...outOfSync, conditions: [{ type: 'InvalidSpecError', message: 'x' }] }, 'Progressing'],
    ['Progressing', { ...through, health: { status: 'Progressing' } }, 'Progressing'],
    ['Progressing', { ...outOfSync, operationState: { phase: 'Failed', startedAt: now, operation: {} } }, 'Progressing'],
    ['Healthy', { ...through, health: { status: 'Degraded' } }, 'Healthy'],
    ['Healthy', { ...outOfSync, sync: { status: 'OutOfSync', revision: 'r2' } }, 'Pending'],
    ['Healthy', { ...through, sync: { status: 'Synced', revision: 'r2' } }, 'Healthy'],
  ] as const)('from %s, with %j, to %s', (from, status, to) => {
    expect(statusesOf({ steps: [byEnv('dev')], known: [standing('a', from, '1')], apps: [['a', 'dev', status]] }).standing).toEqual({
      a: to,
    })
  })

  it('does not take a status for the new spec that is about the old one', () => {
    const { standing: first } = statusesOf({
      steps: [byEnv('dev')],
      known: [standing('a', 'Healthy', '1')],
      apps: [['a', 'dev', through]],
      isNew: true,
    })
    expect(first).toEqual({ a: 'Pending' })

    const old = { ...through, sync: { ...through.sync, comparedTo: { source: { repoURL: 'x' }, destination: {} } } }
    expect(statusesOf({ steps: [byEnv('dev')], known: [standing('a', 'Waiting', '1')], apps: [['a', 'dev', old]] }).standing).toEqual({
      a: 'Pending',
    })
  })

  it.each([
    [undefined, 4],
    [1, 1],
    [0, 0],
    ['50%', 2],
    ['10%', 1],
    ['0%', 0],
    ['100%', 4],
    ['many', 0],
  ])('updates with maxUpdate %s so many of four at once: %d', (maxUpdate, expected) => {
    const apps = ['a', 'b', 'c', 'd'].map((name): [string, string, Record<string, unknown>] => [name, 'dev', outOfSync])
    const { syncing, rollout } = statusesOf({ steps: [byEnv('dev', maxUpdate)], apps })

    expect(syncing).toHaveLength(expected)
    expect(rollout.conditions.InvalidRolloutConfig?.status).toBe(maxUpdate === 'many' ? 'True' : 'False')
  })

  it('asks again only what is free', () => {
    const known = [standing('a', 'Pending', '1')]
    const busy = { ...outOfSync, operationState: { phase: 'Running', startedAt: '2025-01-01T00:00:00Z', operation: {} } }

    expect(statusesOf({ steps, known, apps: [['a', 'dev', outOfSync]] }).syncing).toEqual(['a'])
    expect(statusesOf({ steps, known, apps: [['a', 'dev', busy]] }).syncing).toEqual([])
  })

  it('never syncs a later step before an earlier one is through, nor more than may', () => {
    const state = fc.constantFrom(outOfSync, through, { ...outOfSync, operationState: { phase: 'Running', startedAt: now, operation: {} } })
    const status = fc.constantFrom<RolloutStatus['status']>('Waiting', 'Pending', 'Progressing', 'Healthy')
    const app = fc.record({ env: fc.constantFrom('dev', 'prod', 'none'), state, status })
    fc.assert(
      fc.property(fc.array(app, { maxLength: 6 }), fc.integer({ min: 0, max: 3 }), (apps, most) => {
        const named = apps.map((one, index) => ({ ...one, name: `app-${index}` }))
        const { standing: after, rollout } = statusesOf({
          steps: [byEnv('dev', most), byEnv('prod', most)],
          known: named.map(({ name, env, status: known }) => standing(name, known, env === 'dev' ? '1' : env === 'prod' ? '2' : '-1')),
          apps: named.map(({ name, env, state: found }) => [name, env, found]),
        })

        const begun = (env: string) => named.filter((one) => one.env === env && one.status === 'Waiting' && after[one.name] === 'Pending')
        if (begun('prod').length > 0) expect(named.filter(({ env, name }) => env === 'dev' && after[name] !== 'Healthy')).toEqual([])
        expect(begun('none')).toEqual([])
        for (const env of ['dev', 'prod']) {
          const busy = named.filter((one) => one.env === env && ['Pending', 'Progressing'].includes(after[one.name] ?? ''))
          if (begun(env).length > 0) expect(busy.length).toBeLessThanOrEqual(most)
        }
        expect(rollout.desired.every(({ spec }) => spec.syncPolicy?.automated?.enabled === false)).toBe(true)
      }),
    )
  })
})
