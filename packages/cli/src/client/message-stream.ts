/**
 * JSON messages of a stream: server-sent events (HTML Living Standard, 9.2) or one JSON text a line. Events with a name of their own are
 * left out: they are hints for those that know them.
 */
export async function* readMessages(body: AsyncIterable<Buffer>, contentType: string): AsyncGenerator<unknown> {
  const isServerSent = contentType.startsWith('text/event-stream')
  let data: string[] = []
  let name = ''
  for await (const line of readLines(body)) {
    if (!isServerSent) {
      if (line.trim() !== '') yield JSON.parse(line)
      continue
    }
    if (line === '') {
      if (data.length > 0 && name === '') yield JSON.parse(data.join('\n'))
      data = []
      name = ''
    } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    else if (line.startsWith('event:')) name = line.slice(6).trim()
  }
}

async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest: string[] = []
  for await (const chunk of body) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    for (const part of parts.slice(0, -1)) {
      rest.push(part)
      yield rest.join('').replace(/\r$/, '')
      rest = []
    }
    rest.push(parts.at(-1) ?? '')
  }
  const last = rest.join('')
  if (last !== '') yield last
}
