import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { isSameProcess, identify } from './identity.ts'
import { type ProgramRun, runProgram } from './run-program.ts'

function node(script: string, limits: Partial<ProgramRun> = {}): Promise<Awaited<ReturnType<typeof runProgram>>> {
  return runProgram({
    command: [process.execPath, '--eval', script],
    folder: tmpdir(),
    environment: { GIVEN: 'yes' },
    timeoutMs: 15_000,
    outputBytes: 1_000_000,
    memoryBytes: 1_000_000_000,
    ...limits,
  })
}

describe('a foreign program', () => {
  it('gives what it prints, and knows nothing but what it was given', async () => {
    process.env.PLIMSOLL_CANARY = 'secret'

    const result = await node(`process.stderr.write('why'); console.log(JSON.stringify(process.env)); process.exitCode = 3`)

    expect(result).toMatchObject({ end: 'exited', exitCode: 3, stderr: 'why' })
    const environment = JSON.parse(result.stdout.toString()) as Record<string, string>
    expect(environment).toMatchObject({ GIVEN: 'yes' })
    expect(environment).not.toHaveProperty('PLIMSOLL_CANARY')
    expect(environment).not.toHaveProperty('PATH')
  })

  it('ends when its time is over, with all that it has started', async () => {
    const result = await node(
      `const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
       console.log(child.pid); setInterval(() => {}, 1000)`,
      { timeoutMs: 1500 },
    )

    expect(result.end).toBe('timeout')
    const started = Number(result.stdout.toString())
    expect(started).toBeGreaterThan(1)
    expect(identify(started) === undefined || !isSameProcess(identify(started) ?? { pid: 0, started: '' })).toBe(true)
  })

  it('leaves nothing behind when it ends by itself', async () => {
    const result = await node(
      `const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
       console.log(child.pid); child.unref(); process.exit(0)`,
    )

    expect(result).toMatchObject({ end: 'exited', exitCode: 0 })
    expect(identify(Number(result.stdout.toString()))).toBeUndefined()
  })

  it.skipIf(process.platform !== 'linux')('ends at its own end, with what has left its session', async () => {
    const result = await node(
      `const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true });
       console.log(child.pid); child.unref(); process.exit(0)`,
    )

    expect(result).toMatchObject({ end: 'exited', exitCode: 0 })
    expect(identify(Number(result.stdout.toString()))).toBeUndefined()
  })

  it.skipIf(process.platform !== 'linux')('does not wait for a process that has left its session and hides', async () => {
    const result = await node(
      `const child = require('node:child_process').spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 30000)'], { stdio: 'inherit', detached: true, env: {} });
       console.log(child.pid); child.unref(); process.exit(0)`,
    )

    const hidden = Number(result.stdout.toString())
    expect(result).toMatchObject({ end: 'exited', exitCode: 0 })
    expect(identify(hidden)).toBeDefined()
    process.kill(hidden, 'SIGKILL')
  })

  it('is stopped when it prints without end', async () => {
    const result = await node(`for (;;) require('node:fs').writeSync(1, 'x'.repeat(10000))`, { outputBytes: 50_000 })

    expect(result.end).toBe('output-limit')
    expect(result.stdout.length).toBeLessThanOrEqual(50_000)
  })

  it.skipIf(process.platform !== 'linux')('is stopped when it takes too much memory', async () => {
    const result = await node(`const held = []; setInterval(() => held.push(Buffer.alloc(20_000_000, 1)), 5)`, { memoryBytes: 200_000_000 })

    expect(result.end).toBe('memory-limit')
  })

  it('that is not there is told apart', async () => {
    const result = await runProgram({
      command: ['/nowhere/at/all'],
      folder: tmpdir(),
      environment: {},
      timeoutMs: 1000,
      outputBytes: 10,
      memoryBytes: 1e9,
    })

    expect(result.end).toBe('not-started')
  })
})
