import { createSign } from 'node:crypto'
import { fetchOutside, type OutsideAnswer } from '@plimsoll/network'
import { fullNameOf } from '@plimsoll/render'
import type { GitHubMessage, GitHubOptions } from '../settings/fields.ts'
import {
  excerpt,
  maxAnswerBytes,
  type Message,
  requestTimeoutMs,
  retryAfterMs,
  type Send,
  SendError,
  type ServiceContext,
} from './contract.ts'

const longestDescription = 140
const longestComment = 65_536

interface Request {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  body?: Record<string, unknown>
}

/** Commit statuses, deployments, comments, checks and dispatches (notifications-engine `pkg/services/github.go`; api.github.com, 2022-11-28). */
export function githubService(options: GitHubOptions, context: ServiceContext): Send {
  const api = options.enterpriseBaseURL === undefined ? 'https://api.github.com' : enterprise(options.enterpriseBaseURL)
  let kept: { token: string; until: number } | undefined

  async function call(request: Request, authorization: string): Promise<OutsideAnswer> {
    return fetchOutside(new URL(api + request.path), {
      policy: context.policy,
      method: request.method,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        authorization,
        ...(request.body && { 'content-type': 'application/json' }),
      },
      ...(request.body && { body: JSON.stringify(request.body) }),
      maxBytes: maxAnswerBytes,
      timeoutMs: requestTimeoutMs,
    })
  }

  async function token(): Promise<string> {
    if (options.token !== undefined) return options.token
    if (kept !== undefined && kept.until > context.now()) return kept.token
    const { appID = '', installationID = '', privateKey = '' } = options
    const path = `/app/installations/${encodeURIComponent(installationID)}/access_tokens`
    const answer = await call({ method: 'POST', path }, `Bearer ${appToken(appID, privateKey, context.now())}`)
    const said = read<{ token?: string }>(answer, 'a token of the app')
    if (said.token === undefined) throw new SendError('GitHub gives the app no token')
    // It holds for an hour.
    kept = { token: said.token, until: context.now() + 50 * 60_000 }
    return said.token
  }

  async function ask<T>(request: Request): Promise<T> {
    return read<T>(await call(request, `Bearer ${await token()}`), `${request.method} ${request.path}`)
  }

  function read<T>(answer: OutsideAnswer, what: string): T {
    if (answer.status >= 200 && answer.status < 300) {
      const text = answer.body.toString('utf8')
      return (text === '' ? {} : JSON.parse(text)) as T
    }
    throw new GitHubError(
      answer.status,
      `GitHub answers ${answer.status} to ${what}: ${excerpt(answer.body)}`,
      retryAfterMs(answer.headers['retry-after'], context.now()),
    )
  }

  return async (message) => {
    const { github } = message.content
    if (!github) throw new SendError('the template has no part `github`')
    const repoURL = github.repoURLPath || message.about.repoURL
    const revision = github.revisionPath || message.about.revision
    const name = fullNameOf(repoURL)
    if (!/^[\w.-]+\/[\w.-]+$/.test(name)) throw new SendError(`'${name.slice(0, 100)}' is no repository of GitHub: OWNER/NAME is one`)
    const work = { ask, repository: `/repos/${name}`, revision, message, github }
    if (github.status) await setStatus(work)
    if (github.deployment) await setDeployment(work)
    if (github.pullRequestComment) await comment(work)
    if (github.checkRun) await addCheckRun(work)
    if (github.repositoryDispatch) await dispatch(work)
  }
}

class GitHubError extends SendError {
  readonly status: number

  constructor(status: number, message: string, wait: number | undefined) {
    super(message, wait)
    this.status = status
  }
}

interface Work {
  ask: <T>(request: Request) => Promise<T>
  repository: string
  revision: string
  message: Message
  github: GitHubMessage
}

async function setStatus({ ask, repository, revision, message, github }: Work): Promise<void> {
  const { state = '', label = '', targetURL = '' } = github.status ?? {}
  const body = { state, context: label, target_url: targetURL, description: shortened(message.content.message ?? '', longestDescription) }
  try {
    await ask({ method: 'POST', path: `${repository}/statuses/${encodeURIComponent(revision)}`, body })
  } catch (error) {
    // Too many statuses for the commit: none will be taken any more, and nothing is gained by asking again.
    if (error instanceof GitHubError && error.status === 422 && /statuses/i.test(error.message)) return
    throw error
  }
}

async function setDeployment({ ask, repository, revision, message, github }: Work): Promise<void> {
  const {
    state = '',
    environment = '',
    environmentURL,
    logURL,
    reference,
    requiredContexts,
    autoMerge,
    transientEnvironment,
  } = github.deployment ?? {}
  const query = new URLSearchParams({ ref: revision, environment })
  const [known] = await ask<{ id: number }[]>({ method: 'GET', path: `${repository}/deployments?${query.toString()}` })
  const deployment =
    known ??
    (await ask<{ id: number }>({
      method: 'POST',
      path: `${repository}/deployments`,
      body: {
        ref: reference || revision,
        environment,
        required_contexts: requiredContexts ?? [],
        auto_merge: autoMerge ?? true,
        transient_environment: transientEnvironment ?? false,
      },
    }))
  await ask({
    method: 'POST',
    path: `${repository}/deployments/${deployment.id}/statuses`,
    body: {
      state,
      environment,
      description: shortened(message.content.message ?? '', longestDescription),
      ...(logURL && { log_url: logURL }),
      ...(environmentURL && { environment_url: environmentURL }),
    },
  })
}

/** On every pull request that the commit is in; with a tag, always the same comment of it. */
async function comment({ ask, repository, revision, github }: Work): Promise<void> {
  const { content = '', commentTag = '' } = github.pullRequestComment ?? {}
  const mark = commentTag === '' ? '' : `<!-- argocd-notifications ${commentTag} -->`
  const body = shortened(content, longestComment - mark.length - 1) + (mark === '' ? '' : `\n${mark}`)
  const pulls = await ask<{ number: number }[]>({ method: 'GET', path: `${repository}/commits/${encodeURIComponent(revision)}/pulls` })
  for (const { number } of pulls) {
    const issue = `${repository}/issues/${number}/comments`
    const comments = mark === '' ? [] : await ask<{ id: number; body?: string }[]>({ method: 'GET', path: `${issue}?per_page=100` })
    const own = comments.find((one) => one.body?.includes(mark))
    if (own) await ask({ method: 'PATCH', path: `${repository}/issues/comments/${own.id}`, body: { body } })
    else await ask({ method: 'POST', path: issue, body: { body } })
  }
}

async function addCheckRun({ ask, repository, revision, github }: Work): Promise<void> {
  const { name = '', details_url, status, conclusion, started_at, completed_at, output } = github.checkRun ?? {}
  const given = { details_url, status: status || (conclusion ? 'completed' : ''), conclusion, started_at, completed_at }
  if (given.status === 'completed' && !conclusion) throw new SendError('github.checkRun: a completed check has a conclusion')
  await ask({
    method: 'POST',
    path: `${repository}/check-runs`,
    body: {
      name,
      head_sha: revision,
      external_id: 'argocd-notifications',
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
      ...(output && { output: { title: output.title ?? '', summary: output.summary ?? '', text: output.text ?? '' } }),
    },
  })
}

async function dispatch({ ask, repository, github }: Work): Promise<void> {
  const { event_type = '', client_payload = '' } = github.repositoryDispatch ?? {}
  let payload: unknown
  try {
    payload = client_payload.trim() === '' ? {} : JSON.parse(client_payload)
  } catch {
    throw new SendError('github.repositoryDispatch.client_payload is no JSON once it is filled in')
  }
  await ask({ method: 'POST', path: `${repository}/dispatches`, body: { event_type, client_payload: payload } })
}

/** GitHub Enterprise serves its API below `/api/v3`. */
function enterprise(url: string): string {
  const base = url.replace(/\/+$/, '')
  return base.endsWith('/api/v3') ? base : `${base}/api/v3`
}

/** A JSON Web Token by which the app proves itself, for nine minutes (ten are the most), and a minute back for clocks that differ. */
function appToken(appID: string, privateKey: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: appID })}`
  try {
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
  } catch {
    throw new SendError('privateKey of the GitHub app is no private key (PEM)')
  }
}

function shortened(text: string, most: number): string {
  const characters = Array.from(text)
  return characters.length > most ? `${characters.slice(0, most - 3).join('')}...` : text
}
