import { createHash, sign } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import { type Access, accessElsewhere, fetchOutside, type NetworkPolicy } from '@plimsoll/network'
import { checkAddress } from '../remote-place.ts'
import type { RepositoryFields } from './repository-secret.ts'

export type GithubApp = Pick<
  RepositoryFields,
  'githubAppID' | 'githubAppInstallationID' | 'githubAppEnterpriseBaseUrl' | 'githubAppPrivateKey'
>

/** Tokens of GitHub Apps, each kept until shortly before it ends. */
export interface GithubAppTokens {
  /** For one repository, `https://github.com/OWNER/NAME`. Rejects with `PlimsollError`. */
  tokenFor(app: GithubApp, repoURL: string, access: Access): Promise<string>
}

/** GitHub's tokens live for an hour; a fetch that begins with one may take ten minutes. */
const renewBeforeMs = 15 * 60_000
const maxKept = 1000
const maxBytes = 256 * 1024

export function createGithubAppTokens({ policy, now }: { policy: NetworkPolicy; now: () => number }): GithubAppTokens {
  const kept = new Map<string, { token: string; endsAt: number }>()
  const asking = new Map<string, Promise<string>>()

  async function ask(method: 'GET' | 'POST', url: URL, app: GithubApp, access: Access): Promise<Record<string, unknown>> {
    const answer = await fetchOutside(url, {
      policy,
      method,
      maxBytes,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        authorization: `Bearer ${proofOf(app, now())}`,
      },
      // The API is another host than the repository's: whom we believe and the proxy go along, and nothing else.
      access: accessElsewhere(access),
    })
    const body: unknown = parse(answer.body)
    if ((answer.status === 200 || answer.status === 201) && typeof body === 'object' && body !== null) return { ...body }
    throw new PlimsollError(
      'repository-unreachable',
      `GitHub App ${app.githubAppID}: ${url.origin}${url.pathname} answers ${answer.status}.`,
      {
        remedy:
          answer.status === 401
            ? 'Check that githubAppPrivateKey is a key of the App githubAppID, and the clock of this machine.'
            : 'Check that the App is installed for the repository, and githubAppInstallationID.',
      },
    )
  }

  async function make(app: GithubApp, repoURL: string, access: Access, key: string): Promise<string> {
    const base = checkAddress(apiBase(app, repoURL), policy)
    const installation =
      app.githubAppInstallationID || Number((await ask('GET', new URL(`${base}/repos/${pathOf(repoURL)}/installation`), app, access))['id'])
    if (!Number.isSafeInteger(installation) || installation <= 0) throw unexpected(app)
    const { token, expires_at: endsAt } = await ask('POST', new URL(`${base}/app/installations/${installation}/access_tokens`), app, access)
    const end = typeof endsAt === 'string' ? Date.parse(endsAt) : Number.NaN
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,1000}$/.test(token) || Number.isNaN(end)) throw unexpected(app)
    kept.set(key, { token, endsAt: end })
    for (const oldest of kept.keys()) if (kept.size > maxKept) kept.delete(oldest)
    return token
  }

  return {
    async tokenFor(app, repoURL, access) {
      // Without an installation that is named each owner may have another.
      const owner = app.githubAppInstallationID ? '' : pathOf(repoURL)
      const key = createHash('sha256')
        .update(
          JSON.stringify([app.githubAppID, app.githubAppInstallationID, app.githubAppEnterpriseBaseUrl, app.githubAppPrivateKey, owner]),
        )
        .digest('hex')
      const before = kept.get(key)
      if (before && before.endsAt - now() > renewBeforeMs) return before.token
      const running = asking.get(key) ?? make(app, repoURL, access, key).finally(() => asking.delete(key))
      asking.set(key, running)
      return running
    },
  }
}

/** GitHub, "Generating a JSON Web Token (JWT) for a GitHub App": ten minutes at most, a minute back for clocks that differ. */
function proofOf({ githubAppID, githubAppPrivateKey }: GithubApp, now: number): string {
  const at = Math.floor(now / 1000)
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: at - 60, exp: at + 9 * 60, iss: String(githubAppID) })}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), githubAppPrivateKey).toString('base64url')}`
}

function apiBase({ githubAppEnterpriseBaseUrl, githubAppID }: GithubApp, repoURL: string): string {
  if (githubAppEnterpriseBaseUrl !== '') return githubAppEnterpriseBaseUrl.replace(/\/+$/, '')
  const host = URL.canParse(repoURL) ? new URL(repoURL).hostname : ''
  if (host === 'github.com' || host === 'www.github.com') return 'https://api.github.com'
  throw new PlimsollError(
    'repository-unreachable',
    `GitHub App ${githubAppID}: ${host} is not github.com, and nobody says where its API is.`,
    {
      remedy: 'Set githubAppEnterpriseBaseUrl: https://HOST/api/v3.',
    },
  )
}

/** `owner/name`. */
function pathOf(repoURL: string): string {
  const parts = URL.canParse(repoURL)
    ? new URL(repoURL).pathname
        .replace(/\.git\/*$/, '')
        .split('/')
        .filter(Boolean)
    : []
  return parts.slice(-2).join('/')
}

function unexpected({ githubAppID }: GithubApp): PlimsollError {
  return new PlimsollError('repository-unreachable', `GitHub App ${githubAppID}: GitHub answers with something that is no token.`)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
