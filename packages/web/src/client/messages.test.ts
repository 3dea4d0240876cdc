import { expect, test } from 'vitest'
import { readMessages } from './messages.ts'

async function read(...chunks: string[]): Promise<unknown[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  const messages: unknown[] = []
  for await (const { event, data } of readMessages(stream)) messages.push(event === undefined ? data : { event, data })
  return messages
}

test('Server-sent events are read, also when a chunk ends in the middle of one', async () => {
  expect(await read(': hello\n\nda', 'ta: {"a":', '1}\n\ndata: {"a":2}\r\n\r\n')).toEqual([{ a: 1 }, { a: 2 }])
})

test('One JSON text per line is read as well', async () => {
  expect(await read('{"a":1}\n{"a":', '2}\n')).toEqual([{ a: 1 }, { a: 2 }])
})

test('Data over several lines is one message, and a name goes with its event only', async () => {
  expect(await read('event: x\ndata: {"a":\ndata: 1}\n\ndata: {}\n\n')).toEqual([{ event: 'x', data: { a: 1 } }, {}])
})

test('What is not JSON is passed over, and what follows is still read', async () => {
  expect(await read('data: oops\n\nnonsense\n{"a":\n{"a":3}\n')).toEqual([{ a: 3 }])
})
