import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import type { Link } from './link.ts'
import type { LinkStream } from './link-stream.ts'
import type { PodQuestions } from './questions.ts'

const largestAnswer = 8 * 1024 * 1024

/** A question over a link, with what belongs to it; its answer is JSON. Rejects with what the other side has given as the reason. */
export async function ask<Kind extends keyof PodQuestions>(
  link: Link,
  kind: Kind,
  asked: PodQuestions[Kind]['asked'],
  body?: Buffer | Readable,
): Promise<PodQuestions[Kind]['answer']> {
  const stream = link.open({ kind, ...asked })
  const answered = answerOf(stream)
  answered.catch(() => undefined)
  if (body === undefined || Buffer.isBuffer(body)) stream.end(body)
  // The other side's reason is the better one.
  else await pipeline(body, stream, { end: true }).catch(async (error: unknown) => { await answered; throw error }) // prettier-ignore
  return answered as Promise<PodQuestions[Kind]['answer']>
}

async function answerOf(stream: LinkStream): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestAnswer) {
      stream.destroy()
      throw new Error(`an answer of more than ${largestAnswer} bytes`)
    }
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
}
