/** `github.rest` of scripts, as far as it has an equal here. What has none says so. */
interface Given {
  owner?: string
  repo?: string
  [name: string]: string | number | boolean | undefined
}

const server = process.env['GITHUB_API_URL'] ?? ''
const token = process.env['PLIMSOLL_TOKEN'] ?? ''
delete process.env['PLIMSOLL_TOKEN']

class RequestError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly response: unknown
  constructor(status: number, message: string, response: unknown) {
    super(message)
    this.status = status
    this.response = response
  }
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error',
  })
  const text = await response.text()
  const data = text === '' ? {} : (JSON.parse(text) as { message?: string; remedy?: string })
  if (!response.ok) throw new RequestError(response.status, `${data.message ?? response.statusText} ${data.remedy ?? ''}`.trim(), { data })
  return data
}

interface Answer {
  status: number
  data: unknown
}

const here = process.env['GITHUB_REPOSITORY'] ?? ''

function repositoryOf({ owner, repo }: Given): string {
  const name = repo === undefined ? here : owner !== undefined && owner !== '' && here !== repo ? `${owner}/${repo}` : repo
  return `/repositories/${encodeURIComponent(name)}`
}

interface OurComment {
  id: string
  author: string
  body: string
  createdAt: string
  updatedAt: string
}
interface OurPull {
  number: number
  title: string
  body: string
  state: string
  isDraft: boolean
  author: string
  head: { branch?: string; commit: string }
  base: { branch: string; commit: string }
  createdAt: string
  updatedAt: string
  merged?: { commit: string; at: string }
}

const commentOf = (one: OurComment) => ({
  id: one.id,
  body: one.body,
  user: { login: one.author, type: one.author === 'github-actions[bot]' ? 'Bot' : 'User' },
  created_at: one.createdAt,
  updated_at: one.updatedAt,
})

const pullOf = (one: OurPull) => ({
  number: one.number,
  title: one.title,
  body: one.body,
  state: one.state === 'open' ? 'open' : 'closed',
  draft: one.isDraft,
  merged: one.state === 'merged',
  merge_commit_sha: one.merged?.commit ?? null,
  user: { login: one.author },
  head: { ref: one.head.branch ?? `refs/pull/${one.number}/head`, sha: one.head.commit },
  base: { ref: one.base.branch, sha: one.base.commit },
  labels: [],
  created_at: one.createdAt,
  updated_at: one.updatedAt,
})

const answer = (data: unknown, status = 200): Answer => ({ status, data })
const items = async <T,>(path: string): Promise<T[]> => ((await ask('GET', path)) as { items?: T[] }).items ?? []
const states: Record<string, [string, string | undefined]> = {
  pending: ['inProgress', undefined],
  success: ['completed', 'success'],
  failure: ['completed', 'failure'],
  error: ['completed', 'failure'],
}
const conclusions: Record<string, string> = { timed_out: 'timedOut', action_required: 'actionRequired' }

const known: Record<string, Record<string, (given: Given) => Promise<Answer>>> = {
  issues: {
    createComment: async (given) =>
      answer(
        commentOf(
          (await ask('POST', `${repositoryOf(given)}/pulls/${given['issue_number']}/comments`, { body: given['body'] })) as OurComment,
        ),
        201,
      ),
    listComments: async (given) =>
      answer((await items<OurComment>(`${repositoryOf(given)}/pulls/${given['issue_number']}/comments`)).map(commentOf)),
    updateComment: async (given) => {
      const number = String(given['issue_number'] ?? pullNumber())
      return answer(
        commentOf(
          (await ask('PATCH', `${repositoryOf(given)}/pulls/${number}/comments/${encodeURIComponent(String(given['comment_id']))}`, {
            body: given['body'],
          })) as OurComment,
        ),
      )
    },
    get: async (given) => answer(pullOf((await ask('GET', `${repositoryOf(given)}/pulls/${given['issue_number']}`)) as OurPull)),
  },
  pulls: {
    get: async (given) => answer(pullOf((await ask('GET', `${repositoryOf(given)}/pulls/${given['pull_number']}`)) as OurPull)),
    list: async (given) => {
      const state = given['state'] === 'closed' || given['state'] === 'all' ? `?state=${String(given['state'])}` : ''
      const found = (await items<OurPull>(`${repositoryOf(given)}/pulls${state}`)).map(pullOf)
      const head = typeof given['head'] === 'string' ? given['head'].replace(/^[^:]*:/, '') : undefined
      return answer(
        found.filter(
          (pull) => (head === undefined || pull.head.ref === head) && (given['base'] === undefined || pull.base.ref === given['base']),
        ),
      )
    },
    listFiles: async (given) => {
      const { files } = (await ask('GET', `${repositoryOf(given)}/pulls/${given['pull_number']}/files`)) as { files: { path: string; status: string; additions: number; deletions: number }[] } // prettier-ignore
      return answer(
        files.map((file) => ({ filename: file.path, status: file.status, additions: file.additions, deletions: file.deletions })),
      )
    },
    create: async (given) =>
      answer(
        pullOf((await ask('POST', `${repositoryOf(given)}/pulls`, { title: given['title'], body: given['body'] ?? '', head: given['head'], base: given['base'] })) as OurPull), // prettier-ignore
        201,
      ),
  },
  repos: {
    get: async (given) => {
      const found = (await ask('GET', repositoryOf(given))) as { name?: string; defaultBranch?: string }
      return answer({ name: found.name ?? here, full_name: found.name ?? here, default_branch: found.defaultBranch ?? 'main' })
    },
    getContent: async (given) => {
      const query = new URLSearchParams({
        path: String(given['path']),
        ...(given['ref'] !== undefined && { revision: String(given['ref']) }),
      })
      const found = (await ask('GET', `${repositoryOf(given)}/file?${query.toString()}`)) as { text?: string; size?: number }
      return answer({
        type: 'file',
        path: given['path'],
        size: found.size,
        encoding: 'base64',
        content: Buffer.from(found.text ?? '').toString('base64'),
      })
    },
    createCommitStatus: async (given) => {
      const [status, conclusion] = states[String(given['state'])] ?? ['completed', 'failure']
      return answer(
        await ask('POST', `${repositoryOf(given)}/commits/${String(given['sha'])}/checks`, {
          name: given['context'] ?? 'default',
          status,
          ...(conclusion !== undefined && { conclusion }),
          title: given['description'] ?? '',
        }),
        201,
      )
    },
  },
  checks: {
    create: async (given) => {
      const output = (given['output'] ?? {}) as unknown as { title?: string; summary?: string }
      const conclusion = given['conclusion'] === undefined ? undefined : String(given['conclusion'])
      const status = conclusion !== undefined ? 'completed' : given['status'] === 'queued' ? 'queued' : 'inProgress'
      return answer(
        await ask('POST', `${repositoryOf(given)}/commits/${String(given['head_sha'])}/checks`, {
          name: given['name'],
          status,
          ...(conclusion !== undefined && { conclusion: conclusions[conclusion] ?? conclusion }),
          title: output.title ?? '',
          ...(output.summary !== undefined && { summary: output.summary }),
        }),
        201,
      )
    },
  },
}

function pullNumber(): string | undefined {
  return /^refs\/pull\/(\d+)\//.exec(process.env['GITHUB_REF'] ?? '')?.[1]
}

function rest(): unknown {
  return new Proxy(
    {},
    {
      get: (_all, room) =>
        new Proxy(
          {},
          {
            get: (_one, name) => {
              const call = Object.hasOwn(known, String(room)) && Object.hasOwn(known[String(room)] ?? {}, String(name)) ? known[String(room)]?.[String(name)] : undefined // prettier-ignore
              return (
                call ??
                (() =>
                  Promise.reject(
                    new Error(`github.rest.${String(room)}.${String(name)} has no equal here: see the manual for those that have.`),
                  ))
              )
            },
          },
        ),
    },
  )
}

/** A list is given whole here: there are no pages to turn. */
async function paginate(call: (given: Given) => Promise<Answer>, given: Given): Promise<unknown> {
  return (await call(given)).data
}

export const github = {
  rest: rest(),
  paginate,
  request: () => Promise.reject(new Error('github.request has no equal here: use github.rest.')),
  graphql: () => Promise.reject(new Error('github.graphql has no equal here: use github.rest.')),
}
