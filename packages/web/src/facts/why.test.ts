import type { Application } from '@plimsoll/api'
import { expect, test } from 'vitest'
import { english } from '../words/index.tsx'
import { plain } from '../words/say.ts'
import { summarize } from './summary.ts'
import { explainState, mostUrgent } from './why.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

interface Given {
  status?: object
  spec?: object
  metadata?: object
  operation?: object
}

function application({ status, spec, metadata, operation }: Given): Application {
  return {
    metadata: { name: 'demo', namespace: 'argocd', ...metadata },
    spec: { destination: { namespace: 'demo' }, source: { repoURL: 'x', targetRevision: 'main' }, ...spec },
    status: { sync: { status: 'Synced', revision: 'a'.repeat(40) }, health: { status: 'Healthy' }, ...status },
    ...(operation && { operation }),
  } as Application
}

const reasons = (given: Given) => explainState(summarize(application(given)), english, now)
const sentences = (given: Given) => reasons(given).map((one) => plain(one.sentence))
const deployment = (more: object) => ({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  namespace: 'demo',
  name: 'api',
  status: 'Synced',
  ...more,
})

test('What is well needs no words', () => {
  expect(reasons({})).toEqual([])
})

test('A degraded object is named with its own message', () => {
  const given = {
    status: { health: { status: 'Degraded' }, resources: [deployment({ health: { status: 'Degraded', message: 'OOMKilled 6 times.' } })] },
  }

  expect(sentences(given)).toEqual(['Deployment api: OOMKilled 6 times.'])
  expect(reasons(given)[0]).toMatchObject({ urgency: 'attention', tone: 'bad', steps: ['logs', 'events'] })
})

test('A name that the message says already is not said twice', () => {
  const given = {
    status: {
      health: { status: 'Degraded' },
      resources: [deployment({ health: { status: 'Degraded', message: 'Deployment "api" exceeded its progress deadline' } })],
    },
  }

  expect(sentences(given)).toEqual(['Deployment "api" exceeded its progress deadline.'])
})

test('A difference says who would undo it', () => {
  const status = { sync: { status: 'OutOfSync', revision: 'b'.repeat(40) }, resources: [deployment({ status: 'OutOfSync' })] }

  expect(sentences({ status })).toEqual(['Deployment api differs from Git; automated sync is off.'])
  expect(sentences({ status, spec: { syncPolicy: { automated: {} } } })).toEqual(['Deployment api differs from Git; self-heal is off.'])
  expect(sentences({ status, spec: { syncPolicy: { automated: { selfHeal: true } } } })).toEqual([
    'Deployment api differs from Git; automated sync takes care of it.',
  ])
})

test('What Git dropped says that nobody prunes it', () => {
  const status = { sync: { status: 'OutOfSync' }, resources: [deployment({ status: 'OutOfSync', requiresPruning: true })] }

  expect(sentences({ status, spec: { syncPolicy: { automated: { selfHeal: true } } } })).toEqual([
    'Deployment api is no longer in Git; pruning is off.',
  ])
})

test('A failed sync names the object that failed', () => {
  const given = {
    status: {
      sync: { status: 'OutOfSync' },
      resources: [deployment({ status: 'OutOfSync' })],
      operationState: {
        operation: {},
        phase: 'Failed',
        startedAt: ago(6),
        finishedAt: ago(5),
        syncResult: {
          revision: 'c'.repeat(40),
          resources: [{ ...deployment({}), status: 'SyncFailed', message: 'port 0 is not allowed' }],
        },
      },
    },
  }

  expect(sentences(given)[0]).toMatch(/^The sync of ccccccc failed at .*: Deployment api: port 0 is not allowed\.$/)
  expect(mostUrgent(reasons(given))?.urgency).toBe('attention')
})

test('A hold says since when, by whom and why', () => {
  const hold = JSON.stringify({ since: ago(30), by: 'ana', reason: 'too slow', revision: 'd'.repeat(40) })
  const given = { metadata: { annotations: { 'plimsoll.dev/automation-hold': hold } } }

  expect(sentences(given)[0]).toMatch(/^Automated sync is on hold since .* by ana, at ddddddd: too slow\.$/)
})

test('Progress is calm at first, and trouble once it takes too long', () => {
  const since = (minutes: number) => ({
    status: {
      health: { status: 'Progressing', lastTransitionTime: ago(minutes) },
      resources: [
        deployment({
          health: { status: 'Progressing', message: 'Waiting for rollout to finish: 1 of 3 updated replicas are available...' },
        }),
      ],
    },
  })

  expect(sentences(since(1))).toEqual(['Deployment api rolls out: 1 of 3 updated replicas are available, 1 min so far.'])
  expect(mostUrgent(reasons(since(1)))?.urgency).toBe('moving')
  expect(mostUrgent(reasons(since(20)))?.urgency).toBe('attention')
})

test('What cannot be compared says the error alone', () => {
  const given = {
    status: {
      sync: { status: 'Unknown' },
      health: { status: 'Unknown' },
      conditions: [{ type: 'ComparisonError', message: 'a.yaml:3: no kind. Correct the file.' }],
    },
  }

  expect(sentences(given)).toEqual(['a.yaml:3: no kind.'])
})

test('An application that is being deleted says what is left', () => {
  expect(sentences({ metadata: { deletionTimestamp: ago(0) }, status: { resources: [deployment({})] } })[0]).toMatch(/1 object left\.$/)
})

test('Names from outside are parts of their own and never markup', () => {
  const name = '<b>`x`</b>'
  const given = {
    status: { health: { status: 'Degraded' }, resources: [deployment({ name, health: { status: 'Degraded', message: '<i>' } })] },
  }

  expect(reasons(given)[0]?.sentence).toContainEqual({ code: name })
})
