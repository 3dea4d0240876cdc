import type { PullRequest } from '@plimsoll/api'

/** `github.event`, as far as GitHub's own payloads are known to be read: "Webhook events and payloads". */
export interface PayloadFacts {
  repository: string
  defaultBranch: string
  serverUrl: string
  cloneUrl: string
  sender: string
}

export function pushPayload(
  facts: PayloadFacts,
  push: { ref: string; from?: string | undefined; to: string; commit: { message: string; author: string; email: string; date: string } },
): Record<string, unknown> {
  const head = {
    id: push.to,
    message: push.commit.message,
    timestamp: push.commit.date,
    author: { name: push.commit.author, email: push.commit.email },
    committer: { name: push.commit.author, email: push.commit.email },
  }
  return {
    ref: push.ref,
    before: push.from ?? '0'.repeat(40),
    after: push.to,
    created: push.from === undefined,
    deleted: false,
    forced: false,
    head_commit: head,
    commits: [head],
    pusher: { name: facts.sender },
    ...shared(facts),
  }
}

export function pullPayload(facts: PayloadFacts, pull: PullRequest, action: string, merge: string | undefined): Record<string, unknown> {
  const repository = repositoryOf(facts)
  return {
    action,
    number: pull.number,
    pull_request: {
      number: pull.number,
      id: pull.number,
      title: pull.title,
      body: pull.body,
      state: pull.state === 'open' ? 'open' : 'closed',
      draft: pull.isDraft,
      merged: pull.state === 'merged',
      merge_commit_sha: merge ?? pull.merged?.commit ?? null,
      html_url: `${facts.serverUrl}/repositories/${encodeURIComponent(facts.repository)}/pulls/${pull.number}`,
      user: { login: pull.author },
      labels: [],
      head: {
        ref: pull.head.branch ?? `refs/pull/${pull.number}/head`,
        sha: pull.head.commit,
        repo: { ...repository, fork: pull.isOutside },
      },
      base: { ref: pull.base.branch, sha: pull.base.commit, repo: repository },
      created_at: pull.createdAt,
      updated_at: pull.updatedAt,
    },
    ...shared(facts),
  }
}

export function shared(facts: PayloadFacts): Record<string, unknown> {
  return { repository: repositoryOf(facts), sender: { login: facts.sender } }
}

function repositoryOf(facts: PayloadFacts): Record<string, unknown> {
  const [owner = '', name] = facts.repository.split('/')
  return {
    id: facts.repository,
    name: name ?? owner,
    full_name: facts.repository,
    owner: { login: owner },
    default_branch: facts.defaultBranch,
    clone_url: facts.cloneUrl,
    html_url: `${facts.serverUrl}/repositories/${encodeURIComponent(facts.repository)}`,
  }
}
