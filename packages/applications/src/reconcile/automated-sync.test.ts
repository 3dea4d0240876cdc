import { describe, expect, it } from 'vitest'
import type { Application, OperationState } from '@plimsoll/api'
import { automatedSync, HealingBudget } from './automated-sync.ts'
import type { Evaluation, ManagedResource } from './evaluation.ts'

const source = { repoURL: 'https://git.example/a.git', path: '.' }
const key = { group: '', kind: 'ConfigMap', namespace: 'a', name: 'b' }

function resource(change: Partial<ManagedResource> = {}): ManagedResource {
  return {
    key,
    target: undefined,
    live: undefined,
    status: 'OutOfSync',
    health: undefined,
    comparison: undefined,
    requiresPruning: false,
    ...change,
  }
}

function evaluation(change: Partial<Evaluation> = {}): Evaluation {
  return {
    set: { sources: [source], isMultiple: false },
    revisions: ['r2'],
    sourceTypes: ['Directory'],
    cacheKey: 'k',
    targets: [],
    hooks: [],
    deletionPhases: new Set(),
    isNamespaceChanged: false,
    resources: [resource()],
    sync: 'OutOfSync',
    health: { status: 'Healthy' },
    conditions: [],
    unreadable: undefined,
    retry: undefined,
    ...change,
  }
}

function application(
  automated: Record<string, unknown> | undefined,
  state?: Partial<OperationState>,
  annotations?: Record<string, string>,
): Application {
  return {
    metadata: { name: 'a', ...(annotations && { annotations }) },
    spec: { source, destination: { name: 'in-cluster' }, ...(automated && { syncPolicy: { automated } }) },
    ...(state && {
      status: { operationState: { operation: { sync: {} }, phase: 'Succeeded', startedAt: '2026-01-01T00:00:00Z', ...state } },
    }),
  }
}

const now = { healing: { delayMs: 0 }, permission: { isAllowed: true, until: undefined } } as const
const synced = (revision: string, phase: OperationState['phase'] = 'Succeeded'): Partial<OperationState> => ({
  phase,
  message: 'because',
  syncResult: { revision, source },
})

describe('an application syncs by itself', () => {
  it('when it is automated, differs, and this revision was not tried', () => {
    expect(automatedSync(application({}), evaluation(), now)).toMatchObject({
      kind: 'start',
      isSelfHeal: false,
      operation: { sync: { revision: 'r2' }, initiatedBy: { automated: true }, retry: { limit: 5 } },
    })
    expect(automatedSync(application({}, synced('r1')), evaluation(), now).kind).toBe('start')
  })

  it('not because of a dry run, which neither is an attempt nor undoes the one before it', () => {
    const dryRun: Partial<OperationState> = { ...synced('r2'), operation: { sync: { dryRun: true } } }
    const tried = application({}, dryRun)
    const history = [{ id: 0, revision: 'r2', source, deployedAt: '2026-01-01T00:00:00Z' }]
    const syncedBefore: Application = { ...tried, status: { ...tried.status, history } }

    expect(automatedSync(tried, evaluation(), now).kind).toBe('start')
    expect(automatedSync(syncedBefore, evaluation(), now).kind).toBe('none')
  })

  it('not when it is not automated, or what there is cannot be told', () => {
    expect(automatedSync(application(undefined), evaluation(), now).kind).toBe('none')
    expect(automatedSync(application({ enabled: false }), evaluation(), now).kind).toBe('none')
    expect(automatedSync(application({}), evaluation({ sync: 'Unknown' }), now).kind).toBe('none')
    expect(automatedSync(application({}), evaluation({ sync: 'Synced' }), now).kind).toBe('none')
  })

  it('again at the same revision only to heal, and only what differs', () => {
    expect(automatedSync(application({}, synced('r2')), evaluation(), now).kind).toBe('none')
    expect(automatedSync(application({ selfHeal: true }, synced('r2')), evaluation(), now)).toMatchObject({
      kind: 'start',
      isSelfHeal: true,
      operation: { sync: { resources: [key] } },
    })
    expect(automatedSync(application({ selfHeal: true }, synced('r2')), evaluation(), { ...now, healing: { delayMs: 700 } })).toEqual({
      kind: 'later',
      afterMs: 700,
    })
  })

  it('not again at a revision that failed, and says why', () => {
    expect(automatedSync(application({ selfHeal: true }, synced('r2', 'Failed')), evaluation(), now)).toMatchObject({
      kind: 'refused',
      condition: { type: 'SyncError', message: 'Failed last sync attempt to r2: because' },
    })
  })

  it('not only to prune when pruning is not automated, and never to wipe out everything', () => {
    const extra = evaluation({ resources: [resource({ requiresPruning: true })] })

    expect(automatedSync(application({}), extra, now).kind).toBe('none')
    expect(automatedSync(application({ prune: true }), extra, now)).toMatchObject({ kind: 'refused', condition: { type: 'SyncError' } })
    expect(automatedSync(application({ prune: true, allowEmpty: true }), extra, now).kind).toBe('start')
  })

  it('not while a sync window is against it, and says until when', () => {
    const until = Date.parse('2026-01-01T08:00:00Z')
    const permission = { isAllowed: false, message: 'a deny window is open', until } as const

    expect(automatedSync(application({}), evaluation(), { ...now, permission })).toEqual({
      kind: 'closed',
      until,
      condition: {
        type: 'SyncWindowWarning',
        message: 'Automated sync waits: a deny window is open. Until 2026-01-01T08:00:00.000Z.',
      },
    })
    expect(automatedSync(application({}), evaluation({ sync: 'Synced' }), { ...now, permission }).kind).toBe('none')
  })

  it('not while a rollback holds it, whatever the annotation says', () => {
    const held = application({ selfHeal: true }, undefined, {
      'plimsoll.dev/automation-hold': '{"reason":"rolled back to r1","by":"ana","since":"2026-01-01T00:00:00Z"}',
    })

    expect(automatedSync(held, evaluation(), now)).toMatchObject({
      kind: 'refused',
      condition: { type: 'AutomationHeldWarning', message: expect.stringContaining('by ana: rolled back to r1') },
    })
    expect(automatedSync(application({}, undefined, { 'plimsoll.dev/automation-hold': 'by hand' }), evaluation(), now).kind).toBe('refused')
  })
})

describe('repairs', () => {
  it('come at once in a burst, then at the pace at which the budget refills', () => {
    const budget = new HealingBudget()
    for (let count = 0; count < 50; count++) {
      expect(budget.delayMs('a', 0)).toBe(0)
      budget.spend('a', 0)
    }

    expect(budget.delayMs('a', 0)).toBe(3000)
    expect(budget.delayMs('b', 0)).toBe(0)
    expect(budget.delayMs('a', 3000)).toBe(0)
  })
})
