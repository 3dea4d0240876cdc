import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createImageRegistry } from './image-registry.ts'

const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] })
let server: Server
let host: string

/** As the distribution specification has it: pages of tags by a link, a token where the registry says so. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry')
    if (url.pathname === '/token') return void response.end(JSON.stringify({ token: `for ${url.searchParams.get('scope') ?? ''}` }))
    if (request.headers.authorization !== 'Bearer for repository:team/app:pull') {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="r"` })
      return void response.end()
    }
    if (url.pathname === '/v2/team/app/tags/list') {
      if (url.searchParams.get('last') === null) response.setHeader('link', '</v2/team/app/tags/list?n=2&last=b>; rel="next"')
      return void response.end(JSON.stringify({ tags: url.searchParams.get('last') === null ? ['1.0_1', 'b'] : ['main'] }))
    }
    if (url.pathname === '/v2/team/app/manifests/main' && request.headers.accept?.includes('image.index'))
      return void response.end(manifest)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('images of a registry', () => {
  it('have their tags as they are spelled, from every page', async () => {
    const images = createImageRegistry({ allowPrivateHosts: true })

    expect(await images.tags(`${host}/team/app`)).toEqual(['1.0_1', 'b', 'main'])
  })

  it('have the digest of what a tag points at now', async () => {
    const images = createImageRegistry({ allowPrivateHosts: true })

    expect(await images.digest(`${host}/team/app`, 'main')).toBe(`sha256:${createHash('sha256').update(manifest).digest('hex')}`)
    await expect(images.digest(`${host}/team/app`, 'gone')).rejects.toThrow(/has no tag 'gone'/)
    await expect(images.digest(`${host}/team/app`, '../../x')).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('are named in full, and not looked up where nobody may', async () => {
    await expect(createImageRegistry({ allowPrivateHosts: true }).tags('app')).rejects.toThrow(/names no registry/)
    await expect(createImageRegistry({ allowPrivateHosts: false }).tags(`${host}/team/app`)).rejects.toThrow(/127\.0\.0\.1/)
  })
})
