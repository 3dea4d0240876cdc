import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationSetStatus } from '@plimsoll/api'
import { conditionOf, folderSet, type SetsWorld, startSetsWorld } from '../harness/application-sets.ts'
import { type Fault, mortal } from '../harness/mortal-client.ts'
import { eventually } from '../harness/run.ts'

/**
 * A real API server in this process; the client of the controller dies at its n-th call, before the call has its effect or after it. A new controller starts
 * on what is there. For every n the end is the same, and nothing is deleted on the way that would not have been without the kill.
 */
let world: SetsWorld

beforeAll(async () => {
  world = await startSetsWorld()
})
afterAll(() => world?.close())

const before = ['api', 'jobs', 'old', 'web']
const after = ['api', 'jobs', 'new', 'web']
const policy = '  syncPolicy: { preserveResourcesOnDeletion: true }'

async function statusOf(name: string): Promise<ApplicationSetStatus> {
  return ((await world.get('ApplicationSet', name))?.status ?? {}) as ApplicationSetStatus
}

/** Everything that must be the same however often somebody died on the way. */
async function endOf(name: string, folders: readonly string[]): Promise<unknown> {
  const names = folders.map((folder) => `${name}-${folder}`)
  const applications = await world.untilNames(name, names)
  const status = await eventually(`${name} says that it is through`, async () => {
    const found = await statusOf(name)
    const listed = found.resources?.map((resource) => resource.name).join()
    const isThrough = listed === names.toSorted().join() && conditionOf(found, 'ResourcesUpToDate').startsWith('True')
    return isThrough && found.pendingDeletion === undefined && found
  })
  return JSON.stringify([
    applications.map(({ metadata, spec }) => [metadata.name, metadata.finalizers, metadata.labels, spec]),
    status.resources,
    status.conditions?.map(({ type, status: state, reason, message }) => [type, state, reason, message]),
    status.generated,
    (await world.get('ApplicationSet', name))?.metadata.annotations,
  ]).replaceAll(name, 'NAME')
}

/** `prepare` has its effect by a controller that lives; `act` by one that dies. */
async function runWith(
  name: string,
  fault: Fault,
  { prepare, act, end }: { prepare: (name: string) => Promise<void>; act: (name: string) => Promise<void>; end: readonly string[] },
): Promise<{ end: unknown; calls: number }> {
  const healthy = await world.start()
  await prepare(name)
  await healthy.stop()
  await act(name)
  const doomed = mortal(world.client, fault)
  const first = await world.start(doomed.client)
  if (fault.call > 0) {
    await doomed.died
    void first.sets.stop()
    await first.cache.stop()
    const second = await world.start()
    const found = await endOf(name, end)
    await second.stop()
    await world.clear()
    return { end: found, calls: 0 }
  }
  const found = await endOf(name, end)
  await first.stop()
  const calls = doomed.calls()
  await world.clear()
  return { end: found, calls }
}

type Story = Parameters<typeof runWith>[2]

async function survives(story: Story, prefix: string): Promise<void> {
  const plain = await runWith(`${prefix}-plain`, { call: 0, when: 'before' }, story)
  // Events are written after the fact and are no part of it.
  expect(plain.calls).toBeGreaterThanOrEqual(3)
  for (let call = 1; call <= plain.calls; call++) {
    for (const when of ['before', 'after'] as const) {
      const { end } = await runWith(`${prefix}-${call}-${when}`, { call, when }, story)
      expect(end, `killed ${when} call ${call}`).toBe(plain.end)
    }
  }
}

describe('a controller of sets that is killed at any of its calls', () => {
  it('makes what it would have made, and deletes what it would have deleted', { timeout: 180_000 }, async () => {
    await survives(
      {
        async prepare(name) {
          world.git.folders = before
          await world.apply(folderSet(name, policy))
          await endOf(name, before)
        },
        act: async () => {
          world.git.folders = after
        },
        end: after,
      },
      'moved',
    )
  })

  it('goes on with a deletion that was confirmed, and asks nobody again', { timeout: 180_000 }, async () => {
    await survives(
      {
        async prepare(name) {
          world.git.folders = before
          await world.apply(folderSet(name, policy))
          await endOf(name, before)
          world.git.folders = ['api']
          world.git.move()
          await world.untilStatus(name, 'it is held', ({ pendingDeletion }) => pendingDeletion?.applications.length === 3)
        },
        async act(name) {
          const { pendingDeletion } = await statusOf(name)
          await world.change('ApplicationSet', name, (object) => ({
            ...object,
            metadata: { ...object.metadata, annotations: { 'plimsoll.dev/deletion-approved': pendingDeletion?.digest ?? '' } },
          }))
        },
        end: ['api'],
      },
      'confirmed',
    )
  })
})
