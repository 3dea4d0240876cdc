import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { applicationPages } from './application-pages.ts'

/** A server of 1,200 applications that knows pages, or does not. */
async function withServer<T>(isPaged: boolean, use: (client: ApiClient, asked: URLSearchParams[]) => Promise<T>): Promise<T> {
  const asked: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://here').searchParams
    asked.push(query)
    const from = Number(query.get('continue') ?? 0)
    const to = isPaged ? Math.min(1200, from + Number(query.get('limit'))) : 1200
    const items = Array.from({ length: to - from }, (_, index) => ({ metadata: { name: `app-${from + index}` } }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ metadata: to < 1200 ? { continue: String(to) } : {}, items }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return await use(new ApiClient({ url, token: 'token', insecure: false } as never), asked)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test.each([true, false])('All applications come, each once, whether the server knows pages (%s)', async (isPaged) => {
  await withServer(isPaged, async (client, asked) => {
    const names: string[] = []
    for await (const page of applicationPages(client, { selector: 'team=risk' })) names.push(...page.map((one) => one.metadata.name))

    expect(names).toEqual(Array.from({ length: 1200 }, (_, index) => `app-${index}`))
    expect(asked.map((query) => [query.get('selector'), query.get('continue')])).toEqual(
      isPaged
        ? [
            ['team=risk', null],
            ['team=risk', '500'],
            ['team=risk', '1000'],
          ]
        : [['team=risk', null]],
    )
  })
})

test('Only names are asked for where only names are wanted', async () => {
  await withServer(true, async (client, asked) => {
    for await (const _ of applicationPages(client, {}, true)) break

    expect(asked[0]?.get('fields')).toBe('metadata.continue,items.metadata.name,items.metadata.namespace')
  })
})
