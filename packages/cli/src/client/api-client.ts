import { Readable } from 'node:stream'
import { Agent, request, type Dispatcher } from 'undici'
import type { ErrorBody } from '@plimsoll/api'
import { CommandFailure } from '../exit-code.ts'
import type { Connection } from './connection.ts'
import { readMessages } from './message-stream.ts'

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

/** A refusal by the server: what it says, what to do, and the HTTP status. */
export class ApiFailure extends CommandFailure {
  readonly status: number
  readonly reason: string | undefined

  constructor(status: number, message: string, reason?: string, remedy?: string) {
    super(message, { remedy })
    this.status = status
    this.reason = reason
  }
}

const maxAnswerBytes = 256 * 1024 * 1024

/** The REST API of one server. Failures are `ApiFailure` and `CommandFailure`. */
export class ApiClient {
  readonly connection: Connection
  readonly #dispatcher: Agent

  constructor(connection: Connection) {
    this.connection = connection
    this.#dispatcher = new Agent({
      connect: { timeout: 10_000, ...(connection.insecure && { rejectUnauthorized: false }) },
      // A look at an application may wait for Git.
      headersTimeout: 120_000,
      bodyTimeout: 120_000,
      // A command that is through does not wait for connections to be closed.
      keepAliveTimeout: 1000,
    })
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>('GET', path, query)
  }

  async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: { query?: Query; body?: unknown } = {}): Promise<T> {
    return this.#json<T>(method, path, options.query ?? {}, options.body)
  }

  /** Messages of an answer that goes on until the server or the caller ends it. A message that is an error is thrown. */
  async *stream<T>(path: string, query: Query, signal?: AbortSignal): AsyncGenerator<T> {
    const response = await this.#request('GET', path, query, undefined, {
      accept: 'text/event-stream',
      ...(signal && { signal }),
      endless: true,
    })
    try {
      for await (const message of readMessages(response.body, String(response.headers['content-type'] ?? ''))) {
        const { result, error } = message as { result?: T; error?: ErrorBody & { http_code?: number } }
        if (error !== undefined) throw new ApiFailure(error.http_code ?? 500, error.message ?? error.error, error.reason, error.remedy)
        if (result !== undefined) yield result
      }
    } catch (error) {
      if (error instanceof CommandFailure || signal?.aborted) throw error
      throw new CommandFailure(`The connection to ${this.connection.url} broke: ${causeOf(error)}`, { remedy: 'Run the command again.' })
    } finally {
      response.body.on('error', ignore).destroy()
    }
  }

  /** A file as the body, whatever its size. */
  async upload<T>(path: string, query: Query, content: Readable): Promise<T> {
    const response = await this.#request('POST', path, query, content, { accept: 'application/json' })
    return JSON.parse(await readText(response.body)) as T
  }

  /** An answer of any size and type. */
  async download(path: string, query: Query = {}): Promise<Readable> {
    return (await this.#request('GET', path, query, undefined, { accept: '*/*' })).body
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }

  async #json<T>(method: Dispatcher.HttpMethod, path: string, query: Query, body?: unknown): Promise<T> {
    const response = await this.#request(method, path, query, body, { accept: 'application/json' })
    const text = await readText(response.body)
    try {
      return (text === '' ? {} : JSON.parse(text)) as T
    } catch {
      throw new CommandFailure(`${this.connection.url} answered with something that is not JSON.`, {
        remedy: 'Check that this is the address of a Plimsoll server.',
      })
    }
  }

  async #request(
    method: Dispatcher.HttpMethod,
    path: string,
    query: Query,
    body: unknown,
    options: { accept: string; signal?: AbortSignal; endless?: boolean },
  ): Promise<Dispatcher.ResponseData> {
    const { url, token, from } = this.connection
    let response: Dispatcher.ResponseData
    try {
      response = await request(`${url}${path}${queryText(query)}`, {
        method,
        dispatcher: this.#dispatcher,
        headers: {
          accept: options.accept,
          'user-agent': 'plimsoll-cli',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': body instanceof Readable ? 'application/octet-stream' : 'application/json' }),
        },
        body: body === undefined ? null : body instanceof Readable ? body : JSON.stringify(body),
        ...(options.signal && { signal: options.signal }),
        ...(options.endless && { bodyTimeout: 0 }),
      })
    } catch (error) {
      if (options.signal?.aborted) throw error
      throw new CommandFailure(`${url} (${from}) does not answer: ${causeOf(error)}`, {
        remedy: 'Start it with `npm start`, or name another with --server.',
      })
    }
    if (response.statusCode < 400 && (response.statusCode < 300 || response.statusCode >= 400)) return response
    throw refusal(response.statusCode, await readText(response.body), url)
  }
}

function refusal(status: number, text: string, url: string): ApiFailure {
  let body: Partial<ErrorBody> = {}
  try {
    body = JSON.parse(text) as Partial<ErrorBody>
  } catch {
    // Something between us and the server answered.
  }
  const message = body.message ?? body.error ?? `${url} answered with status ${status}.`
  // The server cannot know that a command asks: its own words are for every client.
  const isUnknown = status === 401 && body.reason !== 'sign-in-refused'
  const remedy = isUnknown ? 'Sign in with `plimsoll login`, or set PLIMSOLL_AUTH_TOKEN.' : body.remedy
  return new ApiFailure(status, message, body.reason, remedy)
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const one of value as readonly string[]) parameters.append(name, one)
    else if (value !== undefined && value !== '') parameters.append(name, String(value))
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxAnswerBytes) throw new CommandFailure('The answer is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ECONNREFUSED') return 'connection refused'
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function ignore(): void {}
