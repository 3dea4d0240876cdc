import { PlimsollError } from '@plimsoll/api'
import type { OpenedPullRequest, PullRequests } from '../contract.ts'

const maxAnswerBytes = 4 * 1024 * 1024
const askMs = 30_000

/**
 * Pull requests on github.com, by its REST API (version 2022-11-28), with the token of the repository's address. One host and no other, which no
 * user names: it is asked directly. Rejects with `repository-unreachable` and what GitHub says.
 */
export function createGithubPullRequests(options: { apiUrl?: string } = {}): Required<PullRequests> & { isFor(repoURL: string): boolean } {
  const api = options.apiUrl ?? 'https://api.github.com'

  async function ask(repoURL: string, method: string, path: string, body?: object): Promise<unknown> {
    const { repository, token } = addressOf(repoURL)
    const response = await fetch(`${api}/repos/${repository}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(askMs),
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'user-agent': 'plimsoll',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new PlimsollError(
        'repository-unreachable',
        `GitHub does not answer: ${error instanceof Error ? error.message : String(error)}.`,
      )
    })
    const text = await response.text()
    if (text.length > maxAnswerBytes) throw new PlimsollError('repository-unreachable', 'GitHub answers with more than is accepted.')
    const answer = parse(text)
    if (response.ok) return answer
    const said = own(answer, 'message')
    throw new PlimsollError(
      'repository-unreachable',
      `GitHub answers ${response.status} for ${repository}${typeof said === 'string' ? `: ${said.slice(0, 300)}` : ''}.`,
      { remedy: 'Give the address of the repository a token that may write contents and pull requests.' },
    )
  }

  return {
    isFor(repoURL) {
      try {
        return new URL(repoURL).hostname === 'github.com'
      } catch {
        return false
      }
    },
    async open({ repoURL, head, base, title, body }) {
      const { repository } = addressOf(repoURL)
      const query = new URLSearchParams({ state: 'all', head: `${repository.split('/')[0] ?? ''}:${head}`, base })
      const known = await ask(repoURL, 'GET', `/pulls?${query.toString()}`)
      const found: unknown = Array.isArray(known) ? known[0] : undefined
      return readPull(repository, found ?? (await ask(repoURL, 'POST', '/pulls', { title, body, head, base })))
    },
    async get(repoURL, number) {
      return readPull(addressOf(repoURL).repository, await ask(repoURL, 'GET', `/pulls/${number}`))
    },
    async close(repoURL, number) {
      await ask(repoURL, 'PATCH', `/pulls/${number}`, { state: 'closed' })
    },
  }
}

function addressOf(repoURL: string): { repository: string; token: string | undefined } {
  const url = new URL(repoURL)
  const repository = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  if (!/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/.test(repository) || repository.endsWith('/..') || repository.endsWith('/.'))
    throw new PlimsollError('invalid-request', `'${url.pathname.slice(0, 200)}' is no repository of GitHub.`)
  const token = decodeURIComponent(url.password || url.username)
  return { repository, token: token === '' ? undefined : token }
}

function readPull(repository: string, answer: unknown): OpenedPullRequest {
  const number = own(answer, 'number')
  const url = own(answer, 'html_url')
  if (typeof number !== 'number')
    throw new PlimsollError('repository-unreachable', 'GitHub answers with something that is no pull request.')
  const isMerged = own(answer, 'merged') === true || typeof own(answer, 'merged_at') === 'string'
  const state = isMerged ? 'merged' : own(answer, 'state') === 'closed' ? 'closed' : 'open'
  return { repository, number, state, ...(typeof url === 'string' && url.startsWith('https://') && { url }) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
