import { describe, expect, it } from 'vitest'
import type { DeliveriesContext } from './contract.ts'
import { delivery, digest, modelField, repo, World } from './testing/world.ts'

const minutes = 60_000

/** A process that ends at its nth call to the outside: before the call has an effect, or after it and before its answer. */
class Mortal {
  calls = 0
  readonly #at: number
  readonly #when: 'before' | 'after'

  constructor(at: number, when: 'before' | 'after') {
    this.#at = at
    this.#when = when
  }

  get isDead(): boolean {
    return this.calls >= this.#at
  }

  wrap<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return typeof value === 'object' && value !== null ? this.wrap(value) : value
        return (...args: unknown[]): unknown => {
          // What only listens, or is told the time, is no call that a kill could come at.
          if (['subscribe', 'onRefsChanged', 'normalize', 'get', 'ofKind', 'now', 'setTimeout', 'clusterFor'].includes(String(name)))
            return Reflect.apply(value, target, args)
          const mine = ++this.calls
          if (mine > this.#at || (mine === this.#at && this.#when === 'before')) return new Promise(() => undefined)
          const answer: unknown = Reflect.apply(value, target, args)
          if (mine !== this.#at)
            return Promise.resolve(answer).then((one) => (one !== null && typeof one === 'object' && 'query' in one ? this.wrap(one) : one))
          return Promise.resolve(answer).then(() => new Promise(() => undefined))
        }
      },
    })
  }
}

const stages = [
  { name: 'staging', application: 'fraud-staging', soak: '1m', verify: [{ http: { service: 'fraud' } }] },
  { name: 'production', application: 'fraud-production', approvals: { required: 1 } },
]

function prepare(by: 'path' | 'branch' | 'ref'): World {
  const world = new World(
    delivery({
      fields: [modelField],
      stages: by === 'path' ? stages : stages.map((stage, at) => (at === 1 ? { ...stage, promotion: { by } } : stage)),
    }),
    by === 'path' ? {} : { production: by === 'branch' ? 'env/production' : 'refs/environments/production' },
  )
  world.accounts.set('jonas', { groups: [], canApprove: true })
  world.merge('One', { model: { digest: digest('a') }, verdict: 'pass' })
  return world
}

function mortalContext(world: World, mortal: Mortal): DeliveriesContext {
  const context = world.context()
  return {
    ...context,
    repositories: mortal.wrap(context.repositories),
    git: mortal.wrap(context.git),
    records: mortal.wrap(context.records),
    facts: mortal.wrap(context.facts),
    http: mortal.wrap(context.http ?? { ask: () => Promise.reject(new Error('none')) }),
    applications: mortal.wrap(context.applications),
  }
}

/** From a merge over an approval to production, and back; by as many processes as it takes. */
async function story(world: World, mortal?: Mortal): Promise<unknown> {
  let deliveries = await Promise.race([
    world.start(mortal ? mortalContext(world, mortal) : world.context()),
    world.pass(1000).then(() => undefined),
  ])
  const revive = async (): Promise<void> => {
    if (mortal?.isDead !== true && deliveries !== undefined) return
    // Nobody waits for the dead: their calls never end.
    void deliveries?.stop()
    deliveries = await world.start()
  }
  const decide = async (decision: () => Promise<unknown> | undefined, isDone: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < 3 && !(await isDone()); attempt++) {
      const deciding = Promise.resolve(decision()).catch(() => undefined)
      await Promise.race([deciding, world.pass(5000)])
      await world.pass(5 * minutes)
      await revive()
      await world.pass(5 * minutes)
    }
  }
  await world.pass(3 * minutes)
  await revive()
  await world.pass(5 * minutes)
  const jonas = { name: 'jonas', groups: [] }
  const rows = async (kind: string): Promise<boolean> =>
    (await world.records.tables.query(`SELECT id FROM delivery_placement WHERE kind = '${kind}'`)).length > 0
  await decide(
    () => deliveries?.approve('fraud', 'production', { release: 'fraud-1' }, jonas),
    () => rows('promotion'),
  )
  await revive()
  await world.pass(5 * minutes)
  world.merge('Two', { model: { digest: digest('b') }, verdict: 'pass' })
  await world.pass(5 * minutes)
  await revive()
  await world.pass(5 * minutes)
  await decide(
    () => deliveries?.approve('fraud', 'production', { release: 'fraud-2' }, jonas),
    async () => (await world.records.tables.query(`SELECT id FROM delivery_placement WHERE kind = 'promotion'`)).length > 1,
  )
  await decide(
    () => deliveries?.revert('fraud', 'production', { release: 'fraud-1', why: 'drift' }, jonas),
    () => rows('revert'),
  )
  await revive()
  await world.pass(30 * minutes)
  const calm = await world.start()
  await world.pass(5 * minutes)
  const end = {
    staging: world.model('staging'),
    production: world.git.text(
      repo,
      world.git.refs.has(`${repo} refs/heads/env/production`) ? 'refs/heads/env/production' : 'refs/heads/main',
      'production/kustomization.yaml',
    ),
    refs: [...world.git.refs.keys()].toSorted(),
    environment: world.git.text(repo, 'refs/environments/production', 'staging/kustomization.yaml'),
    subjects: world.git.log(repo, 'refs/heads/main').map((message) => message.split('\n')[0]),
    promotions: (await calm.deployments()).map(({ stage, kind, phase, release, by, approvedBy }) => ({
      stage,
      kind,
      phase,
      release: release.name,
      by,
      approvedBy,
    })),
    releases: (await calm.releases()).map(({ name, title }) => [name, title]),
  }
  await calm.stop()
  return end
}

describe('deliveries that are killed', { timeout: 300_000 }, () => {
  it.each(['path', 'branch', 'ref'] as const)('at any call come to the same end: %s', async (by) => {
    const counter = new Mortal(Infinity, 'before')
    const expected = await story(prepare(by), counter)
    expect(expected).toMatchObject({
      staging: digest('b'),
      promotions: [
        { stage: 'production', kind: 'revert', phase: 'Finished', release: 'fraud-1' },
        { stage: 'production', kind: 'promotion', phase: 'RolledBack', release: 'fraud-2' },
        { stage: 'staging', kind: 'pin', release: 'fraud-2' },
        { stage: 'production', kind: 'promotion', release: 'fraud-1' },
        { stage: 'staging', kind: 'pin', release: 'fraud-1' },
      ],
    })

    // Every call where anything is written; of the many reads a sample, another one for each way.
    const step = Number(process.env['PLIMSOLL_KILL_STEP'] ?? 7)
    const offset = { path: 0, branch: 7, ref: 15 }[by]
    const different: string[] = []
    for (let at = 1 + offset; at <= counter.calls; at += step) {
      for (const when of ['before', 'after'] as const) {
        const end = await story(prepare(by), new Mortal(at, when))
        if (JSON.stringify(end) !== JSON.stringify(expected)) different.push(`${when} call ${at}: ${JSON.stringify(end)}`)
      }
    }

    expect(different).toEqual([])
  })
})
