import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

export interface Received {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** Whatever takes requests: a chat, a webhook, a forge. What it has taken is kept; a test says how it answers. */
export interface HttpSink {
  url: string
  received: Received[]
  /** Undefined: it says nothing, and the connection stays open. */
  answer: (request: Received) => { status: number; body: unknown } | undefined
  close(): Promise<void>
}

export async function startHttpSink(): Promise<HttpSink> {
  const sink: HttpSink = {
    url: '',
    received: [],
    answer: () => ({ status: 200, body: { ok: true, channel: 'C1', ts: '17.1' } }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      sink.received.push(one)
      const answer = sink.answer(one)
      if (answer) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return sink
}

export interface MailSink {
  port: number
  /** Whole messages, as they were sent. */
  mails: { from: string; to: string[]; text: string }[]
  close(): Promise<void>
}

/** As much of SMTP (RFC 5321) as a client needs to leave a message. */
export async function startMailSink(): Promise<MailSink> {
  const mails: MailSink['mails'] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let pending = ''
    let mail: MailSink['mails'][number] | undefined
    let isData = false
    socket.write('220 sink\r\n')
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('utf8')
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end)
        pending = pending.slice(end + 2)
        if (isData) {
          if (line === '.') {
            isData = false
            if (mail) mails.push(mail)
            socket.write('250 taken\r\n')
          } else if (mail) mail.text += `${line.replace(/^\.\./, '.')}\n`
          continue
        }
        const verb = line.slice(0, 4).toUpperCase()
        if (verb === 'MAIL') mail = { from: /<(.*?)>/.exec(line)?.[1] ?? '', to: [], text: '' }
        if (verb === 'RCPT') mail?.to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
        isData = verb === 'DATA'
        socket.write(isData ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 yes\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
