import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TargetCluster } from '../contract.ts'
import { Mortal } from '../testing/mortal.ts'
import { configMap, deployment, healthy, hook, job, textOf, World } from '../testing/world.ts'

const options = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/sync-options': value })
const wave = (value: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(value) })
const policy = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/hook-delete-policy': value })

/** What a commit holds, and whether one of its hooks fails. */
interface Story {
  before: string
  after: string
  failing: readonly string[]
}

/** Over the same objects, by a client of its own: what a process has in its hands. */
function seenThrough(world: World, mortal: Mortal): TargetCluster {
  const { cluster } = world
  return { server: cluster.server, name: cluster.name, cache: cluster.cache, client: mortal.wrap(cluster.client) }
}

/** Controllers: what is new becomes well, or fails as the story has it. */
function live(world: World, failing: readonly string[]): void {
  for (const { metadata, status } of world.cluster.all('Job')) {
    if (status !== undefined || metadata.deletionTimestamp !== undefined) continue
    const end = failing.some((name) => metadata.name.startsWith(name)) ? 'Failed' : 'Complete'
    world.cluster.setStatus('Job', metadata.name, { conditions: [{ type: end, status: 'True' }] })
  }
  for (const { metadata, status } of world.cluster.all('Deployment'))
    if (status === undefined) world.cluster.setStatus('Deployment', metadata.name, healthy)
}

/** Synced once; then a sync of what came after, by as many processes as it takes. */
async function tell(story: Story, ...deaths: Mortal[]): Promise<{ end: unknown; effects: string[] }> {
  const world = new World()
  world.commit(story.before)
  const first = await world.start()
  await world.create()
  await world.sync()
  for (let round = 0; round < 6; round++) {
    live(world, [])
    await world.settle()
  }
  await first.stop()
  world.cluster.effects.length = 0
  world.deployments.length = 0
  world.commit(story.after)

  // Asked for as `kubectl patch` would: by none of those who die.
  const operation = { sync: { prune: true }, initiatedBy: { username: 'ana' } }
  world.cluster.change('Application', 'shop', (object) => ({ ...object, operation }))
  for (const mortal of [...deaths, new Mortal(Infinity, 'before')]) {
    const process = await world.start(seenThrough(world, mortal))
    for (let round = 0; round < 60 && !mortal.isDead && world.application.operation !== undefined; round++) {
      await world.settle(100)
      live(world, story.failing)
    }
    // What a kill leaves behind of a process is nothing: it cannot even stop in order.
    void process.stop()
  }
  const { operationState } = world.application.status ?? {}
  return {
    end: {
      phase: operationState?.phase,
      // Whether the last of it was done in this look or before.
      message: operationState?.message?.replace(/ \((all tasks run|no more tasks)\)$/, ''),
      results: operationState?.syncResult?.resources?.map(textOf).map(unnamed).toSorted(),
      objects: ['ConfigMap', 'Deployment', 'Job']
        .flatMap((kind) => world.cluster.all(kind))
        .map(({ kind, metadata }) => `${kind} ${unnamed(metadata.name)} ${(metadata.finalizers ?? []).join()}`)
        .toSorted(),
      deployments: world.deployments.map(({ phase }) => phase),
    },
    effects: world.cluster.effects
      .filter((effect) => !/Application|^\S+ Event/.test(effect))
      .map(unnamed)
      .toSorted(),
  }
}

/** Names that are made hold the time. */
function unnamed(text: string): string {
  return text.replaceAll(/sync-\d{6,}/g, 'sync-TIME')
}

const whole: Story = {
  before:
    configMap('stays') + configMap('gone', wave(1)) + configMap('gone-too', wave(2)) + job('once', options('Force=true,Replace=true')),
  after:
    hook('before', 'PreSync', policy('HookSucceeded')) +
    hook('x', 'PreSync,PostSync').replace('name: x', 'generateName: notify-') +
    configMap('settings', { 'argocd.argoproj.io/hook': 'PreSync' }) +
    configMap('stays', {}, 'y') +
    job('once', options('Force=true,Replace=true')) +
    deployment('web', wave(3)) +
    hook('after', 'PostSync') +
    hook('sorry', 'SyncFail'),
  failing: [],
}

describe('a sync whose process is killed', { timeout: 240_000 }, () => {
  it.each([
    ['that succeeds', whole],
    ['that fails, and has hooks for that', { ...whole, failing: ['after'] }],
  ])(
    'at any of its calls, before it has its effect or after, ends as one that is not, and does nothing twice: %s',
    async (_which, story) => {
      const counting = new Mortal(Infinity, 'before')
      const expected = await tell(story, counting)
      expect(expected.end).toMatchObject({ phase: story.failing.length > 0 ? 'Failed' : 'Succeeded' })
      const { calls } = counting
      expect(calls).toBeGreaterThan(20)

      const different: string[] = []
      for (let at = 1; at <= calls; at++) {
        for (const when of ['before', 'after'] as const) {
          const told = await tell(story, new Mortal(at, when))
          if (JSON.stringify(told) !== JSON.stringify(expected)) different.push(`${when} call ${at}: ${JSON.stringify(told)}`)
        }
      }
      expect(different).toEqual([])
    },
  )

  it('as often as you like, whatever the application is made of', async () => {
    const waves = fc.integer({ min: -1, max: 2 })
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const thing = fc.oneof(
      fc.tuple(name, waves).map(([one, at]) => configMap(`map-${one}`, wave(at))),
      fc.tuple(name, waves).map(([one, at]) => deployment(`web-${one}`, wave(at))),
      fc
        .tuple(
          name,
          fc.constantFrom('PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreSync,PostSync'),
          fc.constantFrom('HookSucceeded', 'HookFailed', 'BeforeHookCreation', 'HookSucceeded,HookFailed'),
          waves,
        )
        .map(([one, phases, keeps, at]) => hook(`hook-${one}`, phases, { ...policy(keeps), ...wave(at) })),
      name.map((one) => job(`once-${one}`, options('Force=true,Replace=true'))),
    )
    const manifests = fc
      .uniqueArray(thing, { maxLength: 7, selector: (text) => /name: ([^,]+)/.exec(text)?.[1] })
      .map((all) => all.join(''))
    const story = fc.record({ before: manifests, after: manifests, failing: fc.subarray(['hook-a', 'hook-b']) })
    const death = fc.tuple(fc.integer({ min: 1, max: 25 }), fc.constantFrom('before', 'after'))

    await fc.assert(
      fc.asyncProperty(story, fc.array(death, { minLength: 1, maxLength: 3 }), async (one, deaths) => {
        const told = await tell(one, ...deaths.map(([at, when]) => new Mortal(at, when as 'before' | 'after')))

        expect(told).toEqual(await tell(one))
      }),
      { numRuns: Number(process.env['PLIMSOLL_KILLS'] ?? 30) },
    )
  })
})
