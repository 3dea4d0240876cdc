import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PushCommand } from '../contract.ts'
import { banded, flush, packet } from './packet-line.ts'
import { formatPushReport, parsePushReport } from './push-report.ts'
import { readReceiveHead, rewriteReceiveHead } from './receive-commands.ts'

const hash = fc.option(fc.stringMatching(/^[1-9a-f][0-9a-f]{39}$/), { nil: undefined })
const command: fc.Arbitrary<PushCommand> = fc.record({ ref: fc.stringMatching(/^refs\/[a-z]{1,8}\/[a-z%=,]{1,8}$/), from: hash, to: hash })

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** In pieces of a size, as a network delivers. */
function inPieces(data: Buffer, size: number): Readable {
  const pieces: Buffer[] = []
  for (let at = 0; at < data.length; at += size) pieces.push(data.subarray(at, at + size))
  return Readable.from(pieces, { objectMode: false })
}

describe('the head of a push', () => {
  test('is read as it was written, however it arrives, and the pack behind it is whole', async () => {
    const parts = fc.record({
      commands: fc.array(command, { minLength: 1, maxLength: 5 }),
      options: fc.array(fc.stringMatching(/^[a-z= ]{0,12}$/), { maxLength: 3 }),
      pack: fc.uint8Array({ maxLength: 200 }),
      size: fc.integer({ min: 1, max: 100 }),
    })
    await fc.assert(
      fc.asyncProperty(parts, async ({ commands, options, pack, size }) => {
        const capabilities = ['report-status', 'agent=git/2', ...(options.length > 0 ? ['push-options'] : [])]
        const shallow = [Buffer.from(`shallow ${'a'.repeat(40)}`)]
        const head = { shallow, commands: [], capabilities, options, rest: Readable.from([Buffer.from(pack)], { objectMode: false }) }
        const written = await bytesOf(rewriteReceiveHead(head, commands))

        const read = await readReceiveHead(inPieces(written, size))

        expect(read.commands).toEqual(commands)
        expect(read.capabilities).toEqual(capabilities)
        expect(read.options).toEqual(options)
        expect(read.shallow).toEqual(shallow)
        expect(await bytesOf(read.rest)).toEqual(Buffer.from(pack))
      }),
    )
  })

  test.each([
    ['nothing', Buffer.alloc(0), 400],
    ['no packet', Buffer.from('zzzz'), 400],
    ['a length of three', Buffer.from('0003'), 400],
    ['a certificate', packet('push-cert\0push-options'), 400],
    ['a command without a ref', packet(`${'0'.repeat(40)} ${'0'.repeat(40)} `), 400],
    ['an end in the middle', Buffer.from('00ff000'), 400],
    [
      'very many commands',
      Buffer.concat(Array.from({ length: 6000 }, (_, index) => packet(`${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/b${index}`))),
      413,
    ],
  ])('that is %s is refused', async (_what, data, status) => {
    await expect(readReceiveHead(inPieces(data, 1000))).rejects.toMatchObject({ name: 'BodyRefused', status })
  })
})

describe('the report of a push', () => {
  test.each([true, false])('is what git said, under the names that the client used (side band: %s)', (hasSideBand) => {
    const status = Buffer.concat([packet('unpack ok\n'), packet('ok refs/pull/1/head\n'), packet('ng refs/heads/x funny refname\n'), flush])
    const answer = hasSideBand ? Buffer.concat([banded(2, Buffer.from('Resolving deltas\n')), banded(1, status), flush]) : status

    const report = parsePushReport(answer, hasSideBand)

    expect(report.unpack).toBe('ok')
    expect([...report.refs]).toEqual([
      ['refs/pull/1/head', undefined],
      ['refs/heads/x', 'funny refname'],
    ])
    expect(report.progress.toString()).toBe(hasSideBand ? 'Resolving deltas\n' : '')
  })

  test('cannot be led to say something else by a reason, nor to move the cursor of a terminal', () => {
    const refs = [{ ref: 'refs/heads/x', refusal: 'no\nok refs/heads/y' }]
    const report = { unpack: 'ok', refs, progress: Buffer.alloc(0), messages: ['\u001b[2Jhello'] }

    const answer = formatPushReport(['report-status', 'side-band-64k'], report)

    expect([...parsePushReport(answer, true).refs]).toEqual([['refs/heads/x', 'no ok refs/heads/y']])
    expect(parsePushReport(answer, true).progress.toString()).toBe(' [2Jhello\n')
  })
})
