import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RoomTables } from '@plimsoll/records'
import { describe, expect, it } from 'vitest'
import { openHouse } from '../testing/house.ts'

const workflow = `
on: push
jobs:
  one: {runs-on: x, steps: [{run: "echo ran one $GITHUB_RUN_ATTEMPT"}]}
  two: {needs: one, runs-on: x, steps: [{run: "echo ran two $GITHUB_RUN_ATTEMPT"}]}
`

describe('a kill at any call of the records', () => {
  it('loses no run, runs nothing twice unsaid, and leaves one end state', { timeout: 120_000 }, async () => {
    const seen: string[] = []
    // Before the call has an effect, and after it but before its answer.
    for (const side of ['before', 'after'] as const) {
      for (let at = 1; at <= 14; at++) {
        let calls = 0
        let isDead = false
        let isArmed = false
        const mortal = (tables: RoomTables): RoomTables => {
          const guard =
            <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
            async (...given: A): Promise<R> => {
              const never = new Promise<R>(() => undefined)
              if (isDead) return never
              if (isArmed) calls++
              const isLast = isArmed && calls === at
              if (isLast && side === 'before') isDead = true
              if (isDead) return never
              const result = await call(...given)
              if (isLast) isDead = true
              return isDead ? never : result
            }
          return {
            run: guard((...given) => tables.run(...given)),
            query: guard((...given) => tables.query(...given)) as RoomTables['query'],
            batch: guard((...given) => tables.batch(...given)),
          }
        }
        const house = await openHouse({}, { wrapTables: mortal })
        try {
          const commit = await house.commit({ '.github/workflows/ci.yml': workflow })
          const event = house.event(commit)
          isArmed = true
          const told = await Promise.race([house.runs.trigger(event).then((runs) => runs[0]?.id), dead(() => isDead)])
          // As far as it comes: to the call that kills it, or to its end.
          if (told !== undefined) await Promise.race([house.until(told, ({ state }) => state === 'completed'), dead(() => isDead)])
          await house.crash()
          // Whoever tells of events tells again what was not acknowledged.
          const [run] = await house.runs.trigger(event)
          const ended = await house.ended(run)

          expect(await house.runs.list()).toHaveLength(1)
          if (told !== undefined) expect(ended.id).toBe(told)
          expect(['success', 'interrupted']).toContain(ended.conclusion)
          const text = await house.text(ended)
          for (const job of ['one', 'two']) expect((text.match(new RegExp(`^ran ${job} 1$`, 'gm')) ?? []).length).toBeLessThanOrEqual(1)
          if (ended.conclusion === 'interrupted') {
            expect(ended.why).toContain('Run it again')
            await house.runs.rerun(ended.id, {}, 'ada')
            expect(await house.until(ended.id, (now) => now.state === 'completed' && now.attempt === 2)).toMatchObject({
              conclusion: 'success',
            })
          }
          seen.push(ended.conclusion ?? '')
        } finally {
          await house.close()
        }
      }
    }

    // The kills came in the middle of something, and some did not.
    expect(new Set(seen)).toEqual(new Set(['success', 'interrupted']))
  })
})

async function dead(isDead: () => boolean): Promise<undefined> {
  while (!isDead()) await new Promise((resolve) => setTimeout(resolve, 10))
  return undefined
}

describe('a run that ended before its checks were taken', () => {
  it('has them set at the next start, and once', async () => {
    const house = await openHouse()
    try {
      house.isDeaf = true
      const run = await house.run(workflow)
      const broken = await house.run('on: push\njobs: {a: {steps: [{}]}}')
      await house.restart()
      expect(house.checks).toEqual([])

      house.isDeaf = false
      await house.restart()
      await house.restart()

      expect(run.conclusion).toBe('success')
      expect(house.checks.map(({ name, conclusion, detailsUrl }) => [name, conclusion, detailsUrl?.split('?')[0]])).toEqual([
        ['.github/workflows/ci.yml / one', 'success', `/runs/${run.id}`],
        ['.github/workflows/ci.yml / two', 'success', `/runs/${run.id}`],
        ['.github/workflows/ci.yml', 'failure', `/runs/${broken.id}`],
      ])
    } finally {
      await house.close()
    }
  })
})

describe('a kill -9 of the whole process', () => {
  it('ends every step that it ran, and the next one says so', { timeout: 60_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-killed-'))
    const mark = `plimsoll-killed-${process.pid}`
    const victim = spawn(process.execPath, [fileURLToPath(new URL('../../dist/testing/victim.js', import.meta.url)), dataDir, mark], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const id = await new Promise<string>((resolve) => {
      let said = ''
      victim.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const found = /^running (\d+)$/m.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    })
    const running = () => execFileSync('ps', ['-eo', 'args']).toString().split('\n').filter((line) => line.startsWith(mark)).length // prettier-ignore
    expect(running()).toBe(2)

    victim.kill('SIGKILL')
    await new Promise((resolve) => victim.once('exit', resolve))

    while (running() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const house = await openHouse({}, { dataDir })
    try {
      const run = await house.runs.get(id)
      expect(run).toMatchObject({ state: 'completed', conclusion: 'interrupted', why: expect.stringContaining('Run it again') })
      expect(run.jobs[0]).toMatchObject({ conclusion: 'interrupted' })
      expect(house.revoked).toEqual([`handle of ${run.jobs[0]?.id}`])
      expect(await house.text(run)).toContain('begun')
      expect(readFileSync(join(dataDir, 'records.sqlite')).length).toBeGreaterThan(0)
    } finally {
      await house.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
