import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { asFailure, unauthorized, unknownPath } from './api-failure.ts'
import { discoveryForm } from './accept.ts'
import type { Authentication, User } from './authentication.ts'
import type { ServerCertificates } from './certificates.ts'
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions, groupsOf } from './discovery.ts'
import { answerFailure, answerText, answerValue } from './http-answer.ts'
import { type HttpApi, requestPathOf } from './http-api.ts'
import type { OpenApiDocuments } from './openapi-documents.ts'
import type { ResourceTable } from './resource-table.ts'
import { emptySwagger, swaggerAnswerType, swaggerProtobufType } from './swagger-protobuf.ts'
import { taggedText, type TaggedText } from './tagged-text.ts'
import { serverVersion } from './version.ts'

export interface HttpServerOptions {
  certificates: ServerCertificates
  authentication: Authentication
  api: HttpApi
  table: ResourceTable
  openApi: OpenApiDocuments
  now: () => number
  /** Undefined when ready, else what is not. */
  notReady: () => string | undefined
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, user: User): void
}

/** Answered to anybody: they tell nothing but that something runs. */
const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version'])

export class HttpServer {
  readonly #server: Server
  readonly #options: HttpServerOptions

  constructor(options: HttpServerOptions) {
    this.#options = options
    const { certificates } = options
    this.#server = createServer({
      cert: certificates.cert,
      key: certificates.key,
      minVersion: 'TLSv1.2',
      requestTimeout: 60_000,
      headersTimeout: 20_000,
      keepAliveTimeout: 120_000,
    })
    this.#server.on('request', (request, response) => {
      this.#handle(request, response).catch((error: unknown) => answerFailure(request, response, asFailure(error)))
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head))
    this.#server.on('clientError', (_error, socket) => socket.destroy())
    this.#server.on('tlsClientError', () => undefined)
  }

  /** Rejects when the port is taken. Resolves to the port. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') reject(error)
        else
          reject(
            new Error(
              `Port ${port} of ${host}, where the cluster's API listened before, is in use by another program. Stop that program, or choose another port.`,
            ),
          )
      })
      this.#server.listen(port, host, () => {
        this.#server.removeAllListeners('error')
        resolve()
      })
    })
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #userOf(request: IncomingMessage): User | undefined {
    return this.#options.authentication.authenticate(request, this.#options.now())
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, params } = requestPathOf(request)
    const user = this.#userOf(request)
    const isOpen = path.type === 'other' && openPaths.has(path.path)
    if (user === undefined && !isOpen) {
      answerFailure(request, response, unauthorized())
      return
    }
    if (path.type === 'resource' && user !== undefined) {
      await this.#options.api.handle(request, response, path, params, user)
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw unknownPath()
    const { table } = this.#options
    if (path.type === 'other') {
      await this.#other(request, response, path.path)
      return
    }
    const groups = groupsOf(table.served)
    switch (path.type) {
      case 'core-versions':
      case 'groups': {
        const isCore = path.type === 'core-versions'
        const form = discoveryForm(request.headers.accept)
        const value =
          form !== undefined
            ? aggregatedDiscovery(groups, isCore, form)
            : isCore
              ? apiVersions(request.headers.host ?? '')
              : apiGroupList(groups)
        const contentType =
          form === undefined ? 'application/json' : `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`
        this.#answerTagged(request, response, taggedText(value), contentType)
        return
      }
      case 'group': {
        const found = groups.find(({ group }) => group === path.group && group !== '')
        if (found === undefined) throw unknownPath()
        answerValue(request, response, 200, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) })
        return
      }
      case 'group-version': {
        const found = groups.find(({ group }) => group === path.group)?.versions.find(({ version }) => version === path.version)
        if (found === undefined) throw unknownPath()
        answerValue(request, response, 200, apiResourceList(path.group, path.version, found.definitions))
        return
      }
      default:
        throw unknownPath()
    }
  }

  async #other(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (path === '/version') {
      answerValue(request, response, 200, serverVersion)
    } else if (path === '/healthz' || path === '/livez') {
      answerText(request, response, 200, 'ok', { contentType: 'text/plain; charset=utf-8' })
    } else if (path === '/readyz') {
      const why = this.#options.notReady()
      answerText(request, response, why === undefined ? 200 : 500, why ?? 'ok', { contentType: 'text/plain; charset=utf-8' })
    } else if (path === '/') {
      answerValue(request, response, 200, {
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      })
    } else if (path === '/openapi/v3') {
      answerText(request, response, 200, this.#options.openApi.index())
    } else if (path.startsWith('/openapi/v3/')) {
      const found = this.#options.openApi.document(path.slice('/openapi/v3/'.length))
      if (found === undefined) throw unknownPath()
      this.#answerTagged(request, response, found, 'application/json')
    } else if (
      path === '/openapi/v2' &&
      !String(request.headers.accept ?? '').includes('json') &&
      String(request.headers.accept).includes(swaggerProtobufType)
    ) {
      const body = emptySwagger(serverVersion.gitVersion)
      response.writeHead(200, { 'Content-Type': swaggerAnswerType, 'Content-Length': body.length }).end(body)
    } else if (path === '/openapi/v2') {
      const found = this.#options.openApi.swagger()
      this.#answerTagged(request, response, found, 'application/json')
    } else {
      throw unknownPath()
    }
  }

  #answerTagged(request: IncomingMessage, response: ServerResponse, { text, hash }: TaggedText, contentType: string): void {
    const etag = `"${hash}"`
    const headers = { ETag: etag, Vary: 'Accept' }
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers)
      response.end()
      return
    }
    answerText(request, response, 200, text, { contentType, headers })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const user = this.#userOf(request)
    if (user === undefined) {
      refuseUpgrade(socket, 401, 'Unauthorized', JSON.stringify(unauthorized().status))
      return
    }
    this.#options.onUpgrade(request, socket, head, user)
  }
}

/** An answer on a socket that has left the HTTP server. */
export function refuseUpgrade(socket: Duplex, code: number, phrase: string, body: string): void {
  const bytes = Buffer.byteLength(body)
  socket.end(`HTTP/1.1 ${code} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n${body}`)
}
