import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JobLogWriter, readLog, repairLog } from './job-log.ts'
import { LineSplitter } from './line-splitter.ts'
import { Masker } from './masker.ts'
import { parseCommand } from './workflow-command.ts'

let folder: string

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plimsoll-log-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a secret', () => {
  const secret = 'p@ss w/ö"rd+1=='

  it('is hidden however it was written', () => {
    const masker = new Masker()
    masker.add(secret)

    for (const written of [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(`user:${secret}`).toString('base64'),
      Buffer.from(`me:${secret}`).toString('base64'),
      Buffer.from(`u:${secret}`).toString('base64url'),
      encodeURIComponent(secret),
      new URLSearchParams({ a: secret }).toString(),
      JSON.stringify({ a: secret }),
      JSON.stringify(JSON.stringify({ a: secret })),
    ]) {
      const shown = masker.hide(`before ${written} after`)
      expect(shown, written).toContain('***')
      expect(shown, written).not.toContain(secret)
      expect(Buffer.from(shown.replace(/.*=|\*+/g, ''), 'base64').toString(), written).not.toContain('w/ö"rd')
    }
  })

  it('of several lines is hidden line by line', () => {
    const masker = new Masker()
    masker.add('-----BEGIN KEY-----\nabcdef123456\n-----END KEY-----\n')

    expect(masker.hide('x abcdef123456 y')).toBe('x *** y')
  })

  it('that stands across a border of chunks, or in a line without end, is never shown', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 6, maxLength: 40 })
          .filter((text) => text.trim() === text && !text.includes('\n') && !text.includes('\r') && !'*'.repeat(3).includes(text)),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (value, cuts, hasLines) => {
          const masker = new Masker()
          masker.add(value)
          const lines: string[] = []
          const splitter = new LineSplitter(masker, (line) => void lines.push(masker.hide(line)))
          const filler = hasLines ? 'zq\n' : '~'
          const bytes = Buffer.from(Array.from({ length: 30 }, (_, at) => filler.repeat(at * 397) + value).join(''))
          for (let from = 0, at = 0; from < bytes.length; at++) {
            const size = cuts[at % cuts.length] ?? 1
            splitter.write(bytes.subarray(from, from + size))
            from += size
          }
          splitter.end()

          expect(lines.join('').includes(value)).toBe(false)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a log', () => {
  const open = (limitBytes = 1e9) => {
    const masker = new Masker()
    return {
      masker,
      log: new JobLogWriter(join(folder, 'log'), { masker, now: () => 1_700_000_000_000, changed: () => undefined, limitBytes }),
    }
  }

  it('gives any line at once, and no more than is asked for', async () => {
    const { log } = open()
    for (let n = 1; n <= 10_000; n++) await log.write(2, `line ${n}`)
    await log.close()

    expect((await readLog(join(folder, 'log'), 9_998, 10)).map((line) => [line.n, line.text])).toEqual([
      [9_999, 'line 9999'],
      [10_000, 'line 10000'],
    ])
    expect(await readLog(join(folder, 'log'), 5_119, 3)).toMatchObject([
      { n: 5_120, text: 'line 5120', step: 2 },
      { n: 5_121, text: 'line 5121' },
      { n: 5_122, text: 'line 5122' },
    ])
    expect(await readLog(join(folder, 'log'), 10_000, 10)).toEqual([])
  })

  it('that is written without end takes bounded memory, and ends at its limit', async () => {
    const { log, masker } = open(96 * 1024 * 1024)
    masker.add('a-secret-that-is-not-there')
    const splitter = new LineSplitter(masker, (line) => void (waiting = log.write(1, line) ?? waiting))
    let waiting: Promise<void> | undefined
    const chunk = Buffer.concat(Array.from({ length: 64 }, () => Buffer.concat([randomBytes(500), Buffer.from('\n')])))
    const before = process.memoryUsage().rss
    let most = 0

    while (!log.isFull) {
      splitter.write(chunk)
      await waiting
      waiting = undefined
      most = Math.max(most, process.memoryUsage().rss)
    }
    await log.close()

    expect(most - before).toBeLessThan(200 * 1024 * 1024)
    expect((await readLog(join(folder, 'log'), 60_000, 5)).map((line) => line.n)).toEqual([60_001, 60_002, 60_003, 60_004, 60_005])
  }, 60_000)

  it('that a kill has cut off in the middle is put right', async () => {
    const { log } = open()
    for (let n = 1; n <= 600; n++) await log.write(1, `line ${n}`)
    await log.close()
    appendFileSync(join(folder, 'log'), 'half of a li')
    truncateSync(join(folder, 'log.index'), 8)

    await repairLog(join(folder, 'log'))

    expect((await readLog(join(folder, 'log'), 597, 100)).map((line) => line.text)).toEqual(['line 598', 'line 599', 'line 600'])
  })
})

describe('a command', () => {
  it('is a line that begins with it; anything else is text', () => {
    expect(parseCommand('  ::error file=a%2Cb.js,line=3::it%0Abroke')).toEqual({
      name: 'error',
      properties: new Map([
        ['file', 'a,b.js'],
        ['line', '3'],
      ]),
      value: 'it\nbroke',
    })
    expect(parseCommand('see ::error::x')).toBeUndefined()
    expect(parseCommand('::not a command')).toBeUndefined()
    expect(parseCommand('std::vector::size')).toBeUndefined()
  })
})
