import { createHmac, randomUUID } from 'node:crypto'
import type { WebhookProvider } from '../webhooks/webhook-signature.ts'

export interface RecordedWebhook {
  event: string
  headers: Record<string, string>
  body: Record<string, unknown>
}

export interface AboutWebhook {
  /** `http://127.0.0.1:1234/acme/shop` */
  address: string
  number: number
  commit: string
}

/** Deliveries as the three providers document them, about one pull request and its head. What nobody reads is left short. */
export function recordedWebhooks(provider: WebhookProvider, about: AboutWebhook): RecordedWebhook[] {
  return { github, gitlab, gitea }[provider](about)
}

/** As it would arrive: bytes, and headers that prove them. */
export function sign(
  provider: WebhookProvider,
  { headers, body }: RecordedWebhook,
  secret: string,
): { headers: Record<string, string>; body: string } {
  const text = JSON.stringify(body)
  const hex = createHmac('sha256', secret).update(text).digest('hex')
  const delivery = randomUUID()
  const proof: Record<string, string> = {
    github: { 'x-hub-signature-256': `sha256=${hex}`, 'x-github-delivery': delivery },
    gitlab: { 'x-gitlab-token': secret, 'idempotency-key': delivery, 'x-gitlab-event-uuid': delivery },
    gitea: {
      'x-gitea-signature': hex,
      'x-hub-signature-256': `sha256=${hex}`,
      'x-gitea-delivery': delivery,
      'x-github-delivery': delivery,
    },
  }[provider]
  return { headers: { 'content-type': 'application/json', ...headers, ...proof }, body: text }
}

const zero = '0'.repeat(40)

function github({ address, number, commit }: AboutWebhook): RecordedWebhook[] {
  const { host, path } = parts(address)
  const repository = {
    id: 1296269,
    full_name: path,
    private: false,
    html_url: address,
    url: `${host}/api/v3/repos/${path}`,
    git_url: `git://${new URL(host).host}/${path}.git`,
    ssh_url: `git@${new URL(host).hostname}:${path}.git`,
    clone_url: `${address}.git`,
    default_branch: 'main',
    pushed_at: 1767225600,
  }
  const sender = { login: 'ada', id: 1, type: 'User' }
  const pull_request = {
    number,
    state: 'open',
    title: 'Add salt',
    body: null,
    draft: false,
    user: sender,
    head: { ref: 'salt', sha: commit, repo: repository },
    base: { ref: 'main', sha: zero, repo: repository },
    merged: false,
  }
  const issue = { number, title: 'Add salt', state: 'open', pull_request: { url: `${host}/api/v3/repos/${path}/pulls/${number}` } }
  const event = (name: string, body: Record<string, unknown>): RecordedWebhook => ({
    event: name,
    headers: { 'user-agent': 'GitHub-Hookshot/044aadd', 'x-github-event': name, 'x-github-hook-id': '292430182' },
    body: { ...body, repository, sender },
  })
  return [
    event('push', { ref: 'refs/heads/salt', before: zero, after: commit, created: true, deleted: false, forced: false, commits: [] }),
    event('pull_request', { action: 'synchronize', number, before: zero, after: commit, pull_request }),
    event('pull_request_review', {
      action: 'submitted',
      review: { id: 80, state: 'approved', commit_id: commit, user: sender },
      pull_request,
    }),
    event('pull_request_review_comment', {
      action: 'created',
      comment: { id: 5, body: 'Here', path: 'a.txt', line: 1, user: sender },
      pull_request,
    }),
    event('issue_comment', { action: 'created', issue, comment: { id: 6, body: 'Why?', user: sender } }),
    event('status', { id: 7, sha: commit, name: path, context: 'test', state: 'success', description: null, branches: [] }),
    event('check_run', {
      action: 'completed',
      check_run: { id: 8, head_sha: commit, name: 'test', status: 'completed', conclusion: 'success', pull_requests: [] },
    }),
  ]
}

function gitlab({ address, number, commit }: AboutWebhook): RecordedWebhook[] {
  const { host, path } = parts(address)
  const project = {
    id: 15,
    name: 'Shop',
    web_url: address,
    git_ssh_url: `git@${new URL(host).hostname}:${path}.git`,
    git_http_url: `${address}.git`,
    path_with_namespace: path,
    default_branch: 'main',
    homepage: address,
    url: `git@${new URL(host).hostname}:${path}.git`,
  }
  const user = { id: 1, name: 'Ada', username: 'ada', email: '[REDACTED]' }
  const merge_request = { id: 99, iid: number, source_branch: 'salt', target_branch: 'main', state: 'opened', title: 'Add salt' }
  const event = (name: string, kind: string, body: Record<string, unknown>): RecordedWebhook => ({
    event: name,
    headers: {
      'user-agent': 'GitLab/17.4.0',
      'x-gitlab-event': name,
      'x-gitlab-instance': host,
      'x-gitlab-webhook-uuid': '02affd2d-2cba-4033-917d-ec22d5dc4b38',
    },
    body: { object_kind: kind, event_type: kind, ...body, project },
  })
  return [
    event('Push Hook', 'push', {
      before: zero,
      after: commit,
      ref: 'refs/heads/salt',
      user_username: 'ada',
      project_id: 15,
      commits: [],
      total_commits_count: 0,
    }),
    event('Merge Request Hook', 'merge_request', {
      user,
      object_attributes: { ...merge_request, action: 'update', oldrev: zero, last_commit: { id: commit } },
      changes: {},
    }),
    event('Note Hook', 'note', { user, object_attributes: { id: 1244, note: 'Why?', noteable_type: 'MergeRequest' }, merge_request }),
    event('Pipeline Hook', 'pipeline', { user, object_attributes: { id: 31, sha: commit, status: 'success', ref: 'salt' }, merge_request }),
    event('Job Hook', 'build', { user, sha: commit, build_id: 1977, build_name: 'test', build_status: 'success' }),
  ]
}

function gitea({ address, number, commit }: AboutWebhook): RecordedWebhook[] {
  const { host, path } = parts(address)
  const sender = { id: 1, login: 'ada', username: 'ada' }
  const repository = {
    id: 140,
    full_name: path,
    html_url: address,
    ssh_url: `git@${new URL(host).hostname}:${path}.git`,
    clone_url: `${address}.git`,
    default_branch: 'main',
    updated_at: '2026-01-01T00:00:00Z',
  }
  const pull_request = {
    id: 2,
    number,
    state: 'open',
    title: 'Add salt',
    head: { ref: 'salt', sha: commit },
    base: { ref: 'main', sha: zero },
  }
  const issue = { id: 2, number, title: 'Add salt', pull_request: { merged: false, merged_at: null } }
  const event = (name: string, type: string, body: Record<string, unknown>): RecordedWebhook => ({
    event: type,
    headers: {
      'x-gitea-event': name,
      'x-gitea-event-type': type,
      'x-gogs-event': name,
      'x-github-event': name,
      'x-github-event-type': type,
    },
    body: { ...body, repository, sender },
  })
  return [
    event('push', 'push', { ref: 'refs/heads/salt', before: zero, after: commit, commits: [], pusher: sender }),
    event('pull_request', 'pull_request_sync', { action: 'synchronized', number, pull_request }),
    event('pull_request_approved', 'pull_request_review_approved', {
      action: 'reviewed',
      number,
      pull_request,
      review: { type: 'pull_request_review_approved', content: '' },
    }),
    event('issue_comment', 'pull_request_comment', { action: 'created', issue, comment: { id: 6, body: 'Why?' }, is_pull: true }),
    event('status', 'status', { sha: commit, context: 'test', state: 'success', commit: { id: commit } }),
  ]
}

function parts(address: string): { host: string; path: string } {
  const url = new URL(address)
  return { host: url.origin, path: url.pathname.slice(1) }
}
