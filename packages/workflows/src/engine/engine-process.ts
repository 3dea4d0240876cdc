import type { ChildProcess } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StepProcess } from '../sandbox/sandbox.ts'
import { codeOf } from './engine.ts'

/** A command of the engine that carries the streams of a step. What the engine itself has to say comes on standard error. */
export function engineProcess(
  child: ChildProcess,
  options: { streams: 'both' | 'stdout'; signal: StepProcess['signal']; ended?: () => void },
): StepProcess {
  const output = new PassThrough()
  child.stdout?.pipe(output, { end: false })
  if (options.streams === 'both') child.stderr?.pipe(output, { end: false })
  else child.stderr?.resume()
  child.once('close', () => output.end())
  const ended = codeOf(child).then((code) => {
    options.ended?.()
    return { code }
  })
  return { output, ended, signal: options.signal }
}

const tries = 100
const tryEveryMs = 100

/** What is only just beginning cannot be signalled yet. */
export async function untilDone(attempt: () => Promise<boolean>): Promise<void> {
  for (let count = 0; count < tries && !(await attempt()); count++) await sleep(tryEveryMs)
}
