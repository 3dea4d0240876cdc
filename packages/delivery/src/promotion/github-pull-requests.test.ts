import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGithubPullRequests } from './github-pull-requests.ts'

const repoURL = 'https://bot:gh-secret@github.com/risk/fraud-deploy.git'
let server: Server
let apiUrl: string
const asked: { method: string; url: string; authorization: string | undefined; body: string }[] = []
let pulls: Record<string, unknown>[] = []

/** As api.github.com answers, as far as it is asked. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const { method = '', url = '' } = request
      asked.push({ method, url, authorization: request.headers.authorization, body })
      const { pathname, searchParams } = new URL(url, 'http://api')
      const number = Number(/\/pulls\/(\d+)$/.exec(pathname)?.[1])
      const answer = (status: number, value: unknown): void => void response.writeHead(status).end(JSON.stringify(value))
      if (!pathname.startsWith('/repos/risk/fraud-deploy/')) return answer(404, { message: 'Not Found' })
      if (method === 'GET' && pathname.endsWith('/pulls'))
        return answer(
          200,
          pulls.filter(({ label }) => label === searchParams.get('head')),
        )
      if (method === 'POST') {
        const { head } = JSON.parse(body) as { head: string }
        const made = {
          number: pulls.length + 1,
          state: 'open',
          label: `risk:${head}`,
          html_url: 'https://github.com/risk/fraud-deploy/pull/1',
        }
        pulls.push(made)
        return answer(201, made)
      }
      const found = pulls.find((one) => one['number'] === number)
      if (found === undefined) return answer(404, { message: 'Not Found' })
      if (method === 'PATCH') Object.assign(found, JSON.parse(body))
      return answer(200, found)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

describe('a pull request on GitHub', () => {
  it('is opened once for its branch, with the token of the address', async () => {
    const github = createGithubPullRequests({ apiUrl })
    const request = { repoURL, head: 'plimsoll/production/fraud-9', base: 'main', title: 'Promote fraud-9', body: 'why' }

    const first = await github.open(request)
    const again = await github.open(request)

    expect(first).toEqual({ repository: 'risk/fraud-deploy', number: 1, state: 'open', url: 'https://github.com/risk/fraud-deploy/pull/1' })
    expect(again.number).toBe(1)
    expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer gh-secret']))
    expect(JSON.parse(asked.find(({ method }) => method === 'POST')?.body ?? '')).toEqual({
      title: 'Promote fraud-9',
      body: 'why',
      head: 'plimsoll/production/fraud-9',
      base: 'main',
    })
  })

  it('is merged, closed or open, as GitHub says', async () => {
    const github = createGithubPullRequests({ apiUrl })
    pulls = [
      { number: 1, state: 'closed', merged_at: '2026-11-20T12:00:00Z' },
      { number: 2, state: 'open', merged_at: null },
    ]

    await github.close(repoURL, 2)

    expect((await github.get(repoURL, 1)).state).toBe('merged')
    expect((await github.get(repoURL, 2)).state).toBe('closed')
  })

  it('that is refused says what GitHub said, and shows no token', async () => {
    const github = createGithubPullRequests({ apiUrl })

    const refused = await github.get(repoURL, 99).catch((error: unknown) => error)

    expect(String(refused)).toContain('GitHub answers 404 for risk/fraud-deploy: Not Found.')
    expect(JSON.stringify(refused) + String(refused)).not.toContain('gh-secret')
  })

  it('is for github.com alone, and for names that are repositories', async () => {
    const github = createGithubPullRequests({ apiUrl })

    expect(
      ['https://github.com/a/b', 'https://github.com.evil.org/a/b', 'git@github.com:a/b', 'nonsense'].map((url) => github.isFor(url)),
    ).toEqual([true, false, false, false])
    await expect(github.get('https://github.com/a/b/../../user', 1)).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
