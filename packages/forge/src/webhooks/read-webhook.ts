import { PlimsollError } from '@plimsoll/api'
import { commitIn, fieldsOf, type Fields, inner, integer, own, text } from '../remote/json-reading.ts'
import type { WebhookHeaders, WebhookProvider } from './webhook-signature.ts'

/** What a webhook is about: where to look, and nothing that would be taken from it. */
export interface WebhookHint {
  kind: 'push' | 'pullRequest' | 'review' | 'comment' | 'check'
  /** Every address under which the service names the repository. */
  addresses: string[]
  /** Of a pull request or merge request. */
  number?: number
  /** That a check is about. */
  commit?: string
}

const longestAddress = 2048
const addressFields = [
  'clone_url',
  'ssh_url',
  'html_url',
  'git_url',
  'git_http_url',
  'git_ssh_url',
  'web_url',
  'http_url',
  'url',
  'homepage',
]

/** The events that mean something here, by the provider's own names. All others are answered, and change nothing. */
const kinds: Record<WebhookProvider, Record<string, WebhookHint['kind']>> = {
  // GitHub, "Webhook events and payloads".
  github: {
    push: 'push',
    create: 'push',
    delete: 'push',
    pull_request: 'pullRequest',
    pull_request_review: 'review',
    pull_request_review_comment: 'comment',
    pull_request_review_thread: 'comment',
    issue_comment: 'comment',
    check_run: 'check',
    check_suite: 'check',
    status: 'check',
  },
  // GitLab, "Webhook events".
  gitlab: {
    'Push Hook': 'push',
    'Tag Push Hook': 'push',
    'Merge Request Hook': 'pullRequest',
    'Note Hook': 'comment',
    'Pipeline Hook': 'check',
    'Job Hook': 'check',
  },
  // Gitea, modules/webhook (1.24).
  gitea: {
    push: 'push',
    create: 'push',
    delete: 'push',
    pull_request: 'pullRequest',
    pull_request_assign: 'pullRequest',
    pull_request_label: 'pullRequest',
    pull_request_sync: 'pullRequest',
    pull_request_review_request: 'pullRequest',
    pull_request_comment: 'comment',
    issue_comment: 'comment',
    pull_request_approved: 'review',
    pull_request_rejected: 'review',
    pull_request_review_approved: 'review',
    pull_request_review_rejected: 'review',
    pull_request_review_comment: 'review',
    status: 'check',
  },
}

/** Undefined for an event that means nothing here. Throws `invalid-request` for a body that is no JSON. Only for what is signed. */
export function readWebhook(provider: WebhookProvider, headers: WebhookHeaders, body: Buffer): WebhookHint | undefined {
  const event = headers[provider === 'gitlab' ? 'x-gitlab-event' : provider === 'gitea' ? 'x-gitea-event' : 'x-github-event']
  if (typeof event !== 'string' || !Object.hasOwn(kinds[provider], event)) return undefined
  const kind = kinds[provider][event]
  let payload: Fields
  try {
    payload = fieldsOf(JSON.parse(body.toString('utf8')))
  } catch {
    throw new PlimsollError('invalid-request', 'The body of this webhook is no JSON.', {
      remedy: 'Let the Git server send application/json.',
    })
  }
  if (kind === undefined) return undefined
  const addresses = addressesIn(payload)
  if (kind === 'push') return { kind, addresses }
  const number = numberIn(provider, payload)
  const commit = kind === 'check' ? commitOf(payload) : ''
  // A comment on an issue is none of a pull request.
  if (number === 0 && commit === '') return undefined
  return { kind, addresses, ...(number > 0 && { number }), ...(commit !== '' && { commit }) }
}

function numberIn(provider: WebhookProvider, payload: Fields): number {
  if (provider === 'gitlab') {
    const attributes = inner(payload, 'object_attributes')
    return text(payload, 'object_kind') === 'merge_request' ? integer(attributes, 'iid') : integer(inner(payload, 'merge_request'), 'iid')
  }
  const direct = integer(inner(payload, 'pull_request'), 'number') || (own(payload, 'pull_request') ? integer(payload, 'number') : 0)
  if (direct > 0) return direct
  const issue = inner(payload, 'issue')
  const isPull = Object.keys(inner(issue, 'pull_request')).length > 0 || own(payload, 'is_pull') === true
  return isPull ? integer(issue, 'number') : 0
}

function commitOf(payload: Fields): string {
  return (
    commitIn(inner(payload, 'check_run'), 'head_sha') ||
    commitIn(inner(payload, 'check_suite'), 'head_sha') ||
    commitIn(payload, 'sha') ||
    commitIn(inner(payload, 'object_attributes'), 'sha') ||
    commitIn(inner(payload, 'commit'), 'id')
  )
}

function addressesIn(payload: Fields): string[] {
  return [inner(payload, 'repository'), inner(payload, 'project')].flatMap((one) =>
    addressFields.map((field) => text(one, field)).filter((value) => value !== '' && value.length < longestAddress),
  )
}
