import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRecords, type Records } from '@plimsoll/records'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Journal } from './journal.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-journal-'))
let records: Records
let now = 1_000_000
const live = (life: string): Promise<Journal> => Journal.open(records, life, () => now++)

beforeAll(async () => {
  records = await openRecords({ dataDir })
})
afterAll(async () => {
  await records.close()
  rmSync(dataDir, { recursive: true, force: true })
})

describe('a message', () => {
  it('that was sent is not begun again', async () => {
    const journal = await live('one')

    expect(await journal.begin('sent', 'x')).toMatch(/^[0-9a-f]{32}$/)
    await journal.finish('sent', 'x')

    expect(await (await live('two')).begin('sent', 'x')).toBeUndefined()
    expect([...(await journal.told('sent', undefined)).sent.keys()]).toEqual(['x'])
  })

  it('that a crash has left is begun once more under the same id, and then counts as sent', async () => {
    const first = await (await live('one')).begin('left', 'x')
    const second = await (await live('two')).begin('left', 'x')

    expect(second).toBe(first)
    expect(await (await live('three')).begin('left', 'x')).toBeUndefined()
    expect((await (await live('three')).told('left', undefined)).sent.has('x')).toBe(true)
  })

  it('that failed keeps its id until its condition is over', async () => {
    const journal = await live('one')
    const first = await journal.begin('failed', 'x')
    await journal.fail('failed', 'x')

    expect((await journal.told('failed', undefined)).failed).toEqual(new Set(['x']))
    expect(await journal.begin('failed', 'x')).toBe(first)
    await journal.fail('failed', 'x')
    await journal.forget('failed', 'x')
    expect(await journal.begin('failed', 'x')).not.toBe(first)
  })
})

describe('an application', () => {
  it('has what Argo CD has told, read once', async () => {
    const journal = await live('one')

    expect([...(await journal.told('taken', '{"a:b": 17, "c": "no"}')).sent]).toEqual([['a:b', 17]])
    await journal.forget('taken', 'a:b')
    expect([...(await journal.told('taken', '{"a:b": 17}')).sent]).toEqual([])
    expect([...(await journal.told('broken', '{')).sent]).toEqual([])
  })

  it('keeps the last hundred, and is forgotten with all of them', async () => {
    const journal = await live('one')
    await journal.told('many', undefined)
    for (let index = 0; index < 105; index += 1) {
      await journal.begin('many', `i${index}`)
      await journal.finish('many', `i${index}`)
    }
    await journal.prune('many')
    const kept = (await journal.told('many', undefined)).sent

    expect([kept.size, kept.has('i4'), kept.has('i5')]).toEqual([100, false, true])
    await journal.forgetApplication('many')
    expect(await journal.applications()).not.toContain('many')
    expect((await journal.told('many', undefined)).sent.size).toBe(0)
  })
})
