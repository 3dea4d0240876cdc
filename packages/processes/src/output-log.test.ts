import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openOutputLog, type OutputLog, type ReadOutputOptions } from './output-log.ts'

let folder: string
let file: string
const open: OutputLog[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-log-'))
  file = join(folder, 'output.log')
  writeFileSync(file, '')
})

afterEach(() => {
  for (const log of open.splice(0)) log.close()
  rmSync(folder, { recursive: true, force: true })
})

function openLog(options: Parameters<typeof openOutputLog>[1] = {}): OutputLog {
  const log = openOutputLog(file, options)
  open.push(log)
  return log
}

async function read(log: OutputLog, options?: ReadOutputOptions): Promise<string[]> {
  const lines: string[] = []
  for await (const line of log.lines(options)) lines.push(line.bytes.toString().trimEnd())
  return lines
}

it('gives the last lines', async () => {
  writeFileSync(file, 'one\ntwo\nthree\n')
  const log = openLog()

  expect(await read(log, { tailLines: 2 })).toEqual(['two', 'three'])
  expect(await read(log, { tailLines: 0 })).toEqual([])
  expect(await read(log, { tailLines: 99 })).toEqual(['one', 'two', 'three'])
})

it('gives the same last lines wherever the log was cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-z]{0,5}$/), { maxLength: 12 }),
      fc.nat(80),
      fc.nat(14),
      fc.boolean(),
      async (lines, at, tail, ends) => {
        const text = lines.join('\n') + (ends && lines.length > 0 ? '\n' : '')
        writeFileSync(`${file}.1`, text.slice(0, at))
        writeFileSync(file, text.slice(at))
        const log = openOutputLog(file)
        log.close()

        const whole = text === '' ? [] : text.replace(/\n$/, '').split('\n')
        // A last line that is empty and unfinished is no line.
        if (text !== '' && !text.endsWith('\n') && whole.at(-1) === '') whole.pop()

        expect(await read(log, { tailLines: tail })).toEqual(tail === 0 ? [] : whole.slice(-tail))
      },
    ),
    { numRuns: 200 },
  )
})

it('follows what is written, and ends when the process has', async () => {
  const log = openLog()
  const seen: string[] = []
  const reading = (async () => {
    for await (const line of log.lines({ follow: true })) {
      seen.push(line.bytes.toString())
      if (seen.length === 1) appendFileSync(file, 'second\n')
      if (seen.length === 2) {
        appendFileSync(file, 'the rest')
        log.close()
      }
    }
  })()

  appendFileSync(file, 'first\n')
  await reading

  expect(seen).toEqual(['first\n', 'second\n', 'the rest'])
})

it('knows when a line arrived, also after it was opened anew', async () => {
  let now = 1000
  const log = openLog({ now: () => now })
  const times: number[] = []
  appendFileSync(file, 'early\n')
  for await (const line of log.lines({ follow: true })) {
    times.push(line.time)
    if (times.length === 2) break
    now = 2000
    appendFileSync(file, 'late\n')
  }
  log.close()

  const again = openLog({ now: () => 9000 })

  expect(await read(again, { since: 1500 })).toEqual(['late'])
  expect(await read(again, { since: 2001 })).toEqual([])
})

it('keeps a chatty process within its limit, and a follower misses nothing', async () => {
  const log = openLog({ limitBytes: 2000 })
  const seen: string[] = []
  let wanted = 0

  const writeMore = () => {
    for (const end = wanted + 50; wanted < end;) appendFileSync(file, `line ${++wanted}\n`)
  }
  writeMore()
  for await (const line of log.lines({ follow: true, signal: AbortSignal.timeout(15_000) })) {
    seen.push(line.bytes.toString().trim())
    if (seen.length < wanted) continue
    if (wanted < 1000) writeMore()
    else log.close()
  }

  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`))
  expect(existsSync(`${file}.1`)).toBe(true)
  expect(statSync(file).size).toBeLessThan(5000)
})
