import { Readable } from 'node:stream'
import type { PushCommand } from '../contract.ts'
import { BodyRefused } from '../request-body.ts'
import { flush, packet, packetAt } from './packet-line.ts'

/** What a client sends before its pack (gitprotocol-pack(5), "Reference Update Request"). */
export interface ReceiveHead {
  /** `shallow HASH` lines, as they came. */
  shallow: Buffer[]
  commands: PushCommand[]
  capabilities: string[]
  options: string[]
  /** The pack. */
  rest: Readable
}

const maxHeadBytes = 4 * 1024 * 1024
const maxCommands = 5000
const maxOptions = 100
const none = /^0{40}$/

/** Reads the commands off the front of a push. Throws `BodyRefused` for what is not one. */
export async function readReceiveHead(body: Readable): Promise<ReceiveHead> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let data: Buffer = Buffer.alloc(0)
  let at = 0
  const head: Omit<ReceiveHead, 'rest'> = { shallow: [], commands: [], capabilities: [], options: [] }

  /** The content of the next packet; undefined for a flush. */
  async function next(): Promise<Buffer | undefined> {
    for (;;) {
      let found
      try {
        found = packetAt(data, at)
      } catch {
        throw new BodyRefused(400, 'The push does not begin as one.')
      }
      if (found !== undefined) {
        at = found.end
        return found.content
      }
      if (at > maxHeadBytes) throw new BodyRefused(413, 'The push names too many refs.')
      const more = await chunks.next()
      if (more.done === true) throw new BodyRefused(400, 'The push ended too early.')
      data = Buffer.concat([data, more.value])
    }
  }

  for (let line = await next(); line !== undefined; line = await next()) {
    const text = line.toString()
    if (head.commands.length === 0 && text.startsWith('shallow ')) {
      head.shallow.push(Buffer.from(line))
      continue
    }
    const [command = '', capabilities] = text.split('\0')
    if (head.commands.length === 0 && capabilities !== undefined) head.capabilities = capabilities.trim().split(' ').filter(Boolean)
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+?)\n?$/.exec(command)
    if (match === null) throw new BodyRefused(400, 'The push has a command that is not understood.')
    // The expression has these groups wherever it matches.
    head.commands.push({
      ref: match[3]!,
      from: none.test(match[1]!) ? undefined : match[1]!,
      to: none.test(match[2]!) ? undefined : match[2]!,
    })
    if (head.commands.length > maxCommands) throw new BodyRefused(413, 'The push names too many refs.')
  }
  if (head.capabilities.includes('push-options') && head.commands.length > 0) {
    for (let line = await next(); line !== undefined; line = await next()) {
      head.options.push(line.toString().replace(/\n$/, ''))
      if (head.options.length > maxOptions) throw new BodyRefused(413, 'The push has too many options.')
    }
  }
  async function* pack(): AsyncGenerator<Buffer> {
    if (data.length > at) yield data.subarray(at)
    for (let more = await chunks.next(); more.done !== true; more = await chunks.next()) yield more.value
  }
  return { ...head, rest: Readable.from(pack(), { objectMode: false }) }
}

/** The same push with other commands: what `git receive-pack` is given to read. */
export function rewriteReceiveHead(head: ReceiveHead, commands: readonly PushCommand[]): Readable {
  const nothing = '0'.repeat(40)
  const parts = head.shallow.map((line) => packet(line))
  for (const [index, { ref, from, to }] of commands.entries()) {
    const capabilities = index === 0 ? `\0 ${head.capabilities.join(' ')}` : ''
    parts.push(packet(`${from ?? nothing} ${to ?? nothing} ${ref}${capabilities}`))
  }
  parts.push(flush)
  if (head.capabilities.includes('push-options')) parts.push(...head.options.map((option) => packet(option)), flush)
  async function* all(): AsyncGenerator<Buffer> {
    yield Buffer.concat(parts)
    for await (const chunk of head.rest as AsyncIterable<Buffer>) yield chunk
  }
  return Readable.from(all(), { objectMode: false })
}
