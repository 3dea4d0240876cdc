/** The longest single message that is kept; beyond it the stream is not one of ours. */
const longestMessage = 64 * 1024 * 1024

export interface StreamMessage {
  /** The name of a server-sent event that has one. */
  event?: string
  data: unknown
}

/**
 * Reads the JSON messages of a stream, whether it comes as server-sent events (`data: {…}`) or as one JSON text per line.
 * Comments, heartbeats and lines that are not JSON are passed over. An error event (`{"error":{…}}`) is a message like any other.
 * `onBytes` is called with each piece that arrives, heartbeats included.
 */
export async function* readMessages(
  stream: ReadableStream<Uint8Array>,
  onBytes = () => {},
): AsyncGenerator<StreamMessage, void, undefined> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let event = ''

  function* take(line: string): Generator<StreamMessage, void, undefined> {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (text === '') {
      const [whole, name] = [data.join('\n'), event]
      data = []
      event = ''
      if (whole !== '') yield* parse(whole, name)
    } else if (text.startsWith('data:')) {
      data.push(text.slice(text[5] === ' ' ? 6 : 5))
    } else if (text.startsWith('event:')) {
      event = text.slice(6).trim()
    } else if (text.startsWith('{')) {
      yield* parse(text, '')
    }
  }

  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      onBytes()
      rest += decoder.decode(value, { stream: true })
      let from = 0
      for (let end = rest.indexOf('\n', from); end !== -1; end = rest.indexOf('\n', from)) {
        yield* take(rest.slice(from, end))
        from = end + 1
      }
      rest = rest.slice(from)
      if (rest.length > longestMessage) throw new Error('A message of the stream is too long')
    }
    yield* take(rest)
    yield* take('')
  } finally {
    reader.cancel().catch(() => {})
  }
}

function* parse(text: string, event: string): Generator<StreamMessage, void, undefined> {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    // Not one of ours.
    return
  }
  yield event === '' ? { data } : { event, data }
}

/** What a message of our streams is about: `{"result": …}`, as grpc-gateway has it. */
export function resultOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, 'result') ? (data as { result: unknown }).result : undefined
}
