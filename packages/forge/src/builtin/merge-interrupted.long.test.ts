import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench } from '../testing/forge-bench.ts'
import { MortalProcess } from '../testing/mortal-ports.ts'

let bench: ForgeBench
let count = 0

beforeAll(async () => {
  bench = await startForgeBench()
})
afterAll(() => bench.close())

const quiet = { info: ignore, warn: ignore, error: ignore }

function ignore(): void {}

async function propose(): Promise<{ number: number; head: string }> {
  count += 1
  const branch = `branch-${count}`
  const main = await mainNow()
  await bench.repositories.history.change('demo', 'ada', (writer) =>
    writer.update([{ ref: `refs/heads/${branch}`, from: undefined, to: main }]),
  )
  const files = new Map([[`file-${count}.txt`, 'x\n']])
  const author = { name: 'Ada', email: 'ada@example.org' }
  const { commit: head } = await bench.repositories.hosted.commit({ repo: 'demo', branch, files, message: `Add ${count}`, author })
  const request = { title: `Add ${count}`, body: '', head: branch, base: 'main' }
  const { number } = await bench.forge.open('demo', request, bench.actor('ada'))
  return { number, head }
}

async function mainNow(): Promise<string> {
  return (await bench.repositories.history.refs('demo')).get('refs/heads/main') ?? ''
}

describe.each(['before', 'after'] as const)('a process that is killed %s', (when) => {
  test('any call of a merge leaves it done or not begun, and the next start says which', { timeout: 120_000 }, async () => {
    const outcomes = new Map<string, string>()
    for (let step = 1; ; step++) {
      const { number, head } = await propose()
      const before = await mainNow()
      const life = new MortalProcess(step, when)
      const mortal = await bench.anotherForge({
        records: life.records(bench.records),
        repositories: life.repositories(bench.repositories),
        log: quiet,
      })
      const merging = mortal.merge('demo', number, { head, method: 'merge' }, bench.actor('grace'))
      const failure = await merging.then(
        () => undefined,
        (error: Error) => error.message,
      )
      life.isDead = true

      const reborn = await bench.anotherForge()
      await reborn.start()

      const shown = await reborn.get('demo', number)
      const after = await mainNow()
      const events = (await reborn.comments('demo', number)).filter(({ body }) => body.startsWith('merged'))
      if (shown.state === 'merged') {
        expect(shown.merged?.commit).toBe(after)
        expect(events).toHaveLength(1)
      } else {
        expect([shown.state, after, events]).toEqual(['open', before, []])
        expect(shown.requirements.every(({ isMet }) => isMet)).toBe(true)
        expect((await reborn.merge('demo', number, { head, method: 'merge' }, bench.actor('grace'))).merged?.commit).toBe(await mainNow())
      }
      if (failure === undefined) break
      outcomes.set(`${step} ${life.last}`, shown.state)
    }

    // Up to the one transaction of refs nothing has happened, from it on everything has.
    const states = [...outcomes.values()]
    const moved = [...outcomes.keys()].findIndex((key) => key.endsWith('update')) + (when === 'before' ? 1 : 0)
    expect(moved).toBeGreaterThan(3)
    expect(states).toEqual(states.map((_, index) => (index < moved ? 'open' : 'merged')))
    expect(new Set(states).size).toBe(2)
  })
})
