import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench, type WorkTree } from '../testing/forge-bench.ts'
import { MortalProcess } from '../testing/mortal-ports.ts'

let bench: ForgeBench
let eve: WorkTree
let count = 0

beforeAll(async () => {
  bench = await startForgeBench()
  eve = await bench.clone('eve')
})
afterAll(() => bench.close())

const quiet = { info: ignore, warn: ignore, error: ignore }

function ignore(): void {}

describe.each(['before', 'after'] as const)('a process that is killed %s', (when) => {
  test(
    'any call of a push to refs/for leaves a whole pull request or none, and the push can be repeated',
    { timeout: 120_000 },
    async () => {
      const failures: string[] = []
      for (let step = 1; ; step++) {
        count += 1
        const topic = `topic-${count}`
        await eve.git('checkout', '-q', '-B', topic, 'origin/main')
        const head = await eve.commit({ [`${topic}.txt`]: 'x\n' })
        const life = new MortalProcess(step, when)
        const mortal = await bench.anotherForge({
          records: life.records(bench.records),
          repositories: life.repositories(bench.repositories),
          log: quiet,
        })
        const push = () => eve.tryGit('push', 'origin', `HEAD:refs/for/main%topic=${topic}`)
        const { ok } = await push()
        await mortal.idle()
        const died = life.isDead
        life.isDead = true

        const reborn = await bench.anotherForge()
        await reborn.start()

        const here = async () => (await reborn.list('demo', { limit: 200 })).filter((pull) => pull.head.commit === head)
        const refs = [...(await bench.repositories.history.refs('demo'))].filter(([, commit]) => commit === head)
        expect((await here()).length).toBe(refs.length)
        if (ok) expect(refs).toHaveLength(1)
        expect((await push()).ok).toBe(true)
        expect(await here()).toMatchObject([{ author: 'eve', isOutside: true }])
        if (!died) break
        failures.push(`${life.last} ${ok}`)
      }
      expect(failures.length).toBeGreaterThan(3)
    },
  )
})
