import { generateKeyPairSync, verify } from 'node:crypto'
import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import type { SecretEntry } from '../generate/generator.ts'
import { createForgeReader, type ForgeReaderContext } from './create-forge-reader.ts'
import type { ForgeAnswer } from './rest.ts'

interface Seen {
  line: string
  headers: Readonly<Record<string, string>>
}

/** Answers by `PATH?QUERY`, as far as the query is named there. */
function world(answers: Record<string, unknown>, over: Partial<ForgeReaderContext> = {}) {
  const seen: Seen[] = []
  const secrets: Record<string, SecretEntry> = {
    plain: { labels: new Map(), data: new Map([['token', 'hunter2']]) },
    creds: { labels: new Map([['argocd.argoproj.io/secret-type', 'scm-creds']]), data: new Map([['token', 'hunter2\n']]) },
  }
  const forges = createForgeReader({
    isEnabled: true,
    allowedProviders: [],
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    secret: async (name) => secrets[name],
    configMap: async (name) => (name === 'authorities' ? new Map([['ca.crt', 'PEM']]) : undefined),
    ownPullRequests: undefined,
    ownRepositories: () => ({ list: async () => [], branches: async () => [], hasPath: async () => false }),
    async ask(url, { headers, method }): Promise<ForgeAnswer> {
      const asked = `${url.host}${decodeURIComponent(url.pathname)}`
      seen.push({ line: `${method ?? 'GET'} ${asked}${decodeURIComponent(url.search)}`, headers })
      const found = Object.entries(answers).find(([pattern]) => {
        const [path, query = ''] = pattern.split('?')
        return path === asked && [...new URLSearchParams(query)].every(([key, value]) => url.searchParams.get(key) === value)
      })
      if (!found) return { status: 404, headers: {}, body: '{"message": "Not Found"}' }
      const [, answer] = found
      if (typeof answer === 'object' && answer !== null && 'status' in answer) return answer as ForgeAnswer
      return { status: 200, headers: {}, body: JSON.stringify(answer) }
    },
    ...over,
  })
  return {
    seen,
    forges,
    pulls: (spec: PullRequestGenerator) => forges.pullRequests(spec, 'spec'),
    repositories: (spec: ScmProviderGenerator) => forges.repositories(spec, 'spec'),
  }
}

const sha = '0123456789abcdef0123456789abcdef01234567'
const tokenRef = { secretName: 'plain', key: 'token' }

describe('pull requests', () => {
  const githubPull = (number: number, labels: string[] = []) => ({
    number,
    title: `Change ${number}`,
    head: { ref: 'feat', sha },
    base: { ref: 'main' },
    user: { login: 'ada' },
    labels: labels.map((name) => ({ name })),
  })
  const entry = { number: 1, title: 'Change 1', branch: 'feat', targetBranch: 'main', headSha: sha, author: 'ada', labels: [] as string[] }

  it.each<[string, PullRequestGenerator, Record<string, unknown>, string, Record<string, string>]>([
    [
      'GitHub',
      { github: { owner: 'shop', repo: 'web', tokenRef } },
      { 'api.github.com/repos/shop/web/pulls': [githubPull(1)] },
      'api.github.com',
      { authorization: 'Bearer hunter2' },
    ],
    [
      'GitLab',
      { gitlab: { project: 'shop/web', tokenRef, pullRequestState: 'opened' } },
      {
        'gitlab.com/api/v4/projects/shop/web/merge_requests?state=opened': [
          { iid: 1, title: 'Change 1', source_branch: 'feat', target_branch: 'main', sha, author: { username: 'ada' }, labels: [] },
        ],
      },
      'gitlab.com',
      { 'private-token': 'hunter2' },
    ],
    [
      'Gitea',
      { gitea: { owner: 'shop', repo: 'web', api: 'https://gitea.example.org/', tokenRef: { secretName: 'creds', key: 'token' } } },
      { 'gitea.example.org/api/v1/repos/shop/web/pulls?state=open': [githubPull(1)] },
      'gitea.example.org',
      { authorization: 'token hunter2' },
    ],
    [
      'Bitbucket',
      { bitbucket: { owner: 'shop', repo: 'web', basicAuth: { username: 'ada', passwordRef: tokenRef } } },
      {
        'api.bitbucket.org/2.0/repositories/shop/web/pullrequests': {
          values: [
            {
              id: 1,
              title: 'Change 1',
              source: { branch: { name: 'feat' }, commit: { hash: sha } },
              destination: { branch: { name: 'main' } },
              author: { nickname: 'ada' },
            },
          ],
        },
      },
      'api.bitbucket.org',
      { authorization: `Basic ${Buffer.from('ada:hunter2').toString('base64')}` },
    ],
    [
      'Bitbucket Server',
      {
        bitbucketServer: {
          project: 'SHOP',
          repo: 'web',
          api: 'https://bb.example.org/rest',
          bearerToken: { tokenRef: { secretName: 'creds', key: 'token' } },
        },
      },
      {
        'bb.example.org/rest/api/1.0/projects/SHOP/repos/web/pull-requests': {
          isLastPage: true,
          values: [
            {
              id: 1,
              title: 'Change 1',
              fromRef: { displayId: 'feat', latestCommit: sha },
              toRef: { displayId: 'main' },
              author: { user: { name: 'ada' } },
            },
          ],
        },
      },
      'bb.example.org',
      { authorization: 'Bearer hunter2' },
    ],
    [
      'Azure DevOps',
      { azuredevops: { organization: 'shop', project: 'ml', repo: 'web', tokenRef } },
      {
        'dev.azure.com/shop/ml/_apis/git/pullrequests': {
          value: [
            {
              pullRequestId: 1,
              title: 'Change 1',
              repository: { name: 'web' },
              sourceRefName: 'refs/heads/feat',
              targetRefName: 'refs/heads/main',
              lastMergeSourceCommit: { commitId: sha },
              createdBy: { uniqueName: 'ada@example.org' },
            },
            { pullRequestId: 2, repository: { name: 'other' } },
          ],
        },
      },
      'dev.azure.com',
      { authorization: `Basic ${Buffer.from(':hunter2').toString('base64')}` },
    ],
  ])('of %s are read, with its token', async (_name, spec, answers, host, headers) => {
    const { pulls, seen } = world(answers)

    expect(await pulls(spec)).toEqual([entry])
    expect(seen).toEqual([{ line: expect.stringContaining(`GET ${host}`) as string, headers: expect.objectContaining(headers) as object }])
  })

  it('are read to the last page', async () => {
    const next = { link: '<https://elsewhere.example.org/steal?page=2>; rel="next"' }
    const { pulls, seen } = world({
      'api.github.com/repos/shop/web/pulls?page=2': [githubPull(2)],
      'api.github.com/repos/shop/web/pulls': { status: 200, headers: next, body: JSON.stringify([githubPull(1)]) },
    })

    expect((await pulls({ github: { owner: 'shop', repo: 'web' } })).map(({ number }) => number)).toEqual([1, 2])
    expect(seen.map(({ line }) => line.split('/')[0])).toEqual(['GET api.github.com', 'GET api.github.com'])
  })

  it('have every label that is asked for', async () => {
    const { pulls } = world({ 'api.github.com/repos/shop/web/pulls': [githubPull(1, ['a']), githubPull(2, ['a', 'b'])] })

    expect((await pulls({ github: { owner: 'shop', repo: 'web', labels: ['a', 'b'] } })).map(({ number }) => number)).toEqual([2])
  })

  it('are none at all where a page does not come', async () => {
    const next = { link: '<https://api.github.com/x?page=2>; rel="next"' }
    const { pulls } = world({
      'api.github.com/repos/shop/web/pulls?page=2': { status: 502, headers: {}, body: 'Bad Gateway' },
      'api.github.com/repos/shop/web/pulls': { status: 200, headers: next, body: JSON.stringify([githubPull(1)]) },
    })

    await expect(pulls({ github: { owner: 'shop', repo: 'web' } })).rejects.toMatchObject({ code: 'generator-failed' })
  })

  it.each<[string, unknown, string, string]>([
    [
      'a repository that is not there',
      { status: 404, headers: {}, body: '{}' },
      'not-found',
      'api.github.com/repos/shop/web/pulls: (404).',
    ],
    [
      'a token that is not taken',
      { status: 401, headers: {}, body: '{"message": "Bad credentials"}' },
      'generator-failed',
      'Bad credentials (401)',
    ],
    ['a page for people', { status: 200, headers: {}, body: '<html>' }, 'generator-failed', 'something that is no JSON'],
    ['no list', { message: 'hello' }, 'generator-failed', 'something that is no list'],
    ['an entry without a branch', [{ number: 1 }], 'generator-failed', 'A pull request of GitHub has no head.ref'],
  ])('fail in words: %s', async (_what, answer, code, message) => {
    const { pulls } = world({ 'api.github.com/repos/shop/web/pulls': answer })

    await expect(pulls({ github: { owner: 'shop', repo: 'web' } })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    })
  })

  it('need a provider', async () => {
    await expect(world({}).pulls({})).rejects.toThrow('spec: names no provider (github, gitlab')
  })
})

describe('a token', () => {
  const spec = (over: object): PullRequestGenerator => ({ github: { owner: 'shop', repo: 'web', tokenRef, ...over } })

  it('goes to an address of a set only where its Secret or the operator says so', async () => {
    const closed = world({})
    await expect(closed.pulls(spec({ api: 'https://git.example.org' }))).rejects.toThrow(
      "Secret 'plain' may not be sent to https://git.example.org",
    )
    expect(closed.seen).toEqual([])

    const labelled = world({ 'git.example.org/api/v3/repos/shop/web/pulls': [] })
    expect(await labelled.pulls(spec({ api: 'https://git.example.org', tokenRef: { secretName: 'creds', key: 'token' } }))).toEqual([])

    const listed = world({ 'git.example.org/api/v3/repos/shop/web/pulls': [] }, { allowedProviders: ['https://git.example.org'] })
    expect(await listed.pulls(spec({ api: 'https://git.example.org' }))).toEqual([])
  })

  it('goes nowhere that the operator has not listed, once there is a list', async () => {
    const { pulls, seen } = world({}, { allowedProviders: ['https://git.example.org'] })

    await expect(pulls(spec({ api: 'https://evil.example.org' }))).rejects.toThrow('is not allowed (allowed: https://git.example.org)')
    expect(seen).toEqual([])
  })

  it.each([
    [{ tokenRef: { secretName: 'none', key: 'token' } }, "there is no Secret 'none'"],
    [{ tokenRef: { secretName: 'plain', key: 'none' } }, "Secret 'plain' has no key 'none'"],
    [{ appSecretName: 'plain' }, "'plain' is no Secret with label argocd.argoproj.io/secret-type: repo-creds"],
  ])('that is not there fails: %j', async (over, message) => {
    await expect(world({}).pulls(spec(over))).rejects.toThrow(message)
  })

  it('is asked for by a GitHub App with a signature of its key, and at no strange address', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const app: SecretEntry = {
      labels: new Map([['argocd.argoproj.io/secret-type', 'repo-creds']]),
      data: new Map([
        ['githubAppID', '7'],
        ['githubAppInstallationID', '42'],
        ['githubAppPrivateKey', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
      ]),
    }
    const answers = {
      'api.github.com/app/installations/42/access_tokens': { status: 201, headers: {}, body: '{"token": "ghs_1"}' },
      'api.github.com/repos/shop/web/pulls': [],
    }
    const { pulls, seen } = world(answers, { secret: async () => app })

    await pulls(spec({ appSecretName: 'app' }))

    const [head = '', claims = '', signature = ''] = seen[0]?.headers['authorization']?.replace('Bearer ', '').split('.') ?? []
    expect(verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ iat: 1767225540, exp: 1767226140, iss: '7' })
    expect(seen[1]?.headers['authorization']).toBe('Bearer ghs_1')
    await expect(pulls(spec({ appSecretName: 'app', api: 'https://evil.example.org' }))).rejects.toThrow(
      'may not be used at https://evil.example.org',
    )
    expect(seen).toHaveLength(2)
  })

  it('is never sent without a check of the certificate', async () => {
    const gitea = { owner: 'shop', repo: 'web', api: 'https://gitea.example.org' }

    await expect(world({}).pulls({ gitea: { ...gitea, insecure: true } })).rejects.toThrow('certificates are always checked here')
    await expect(world({}).pulls({ gitea: { ...gitea, caRef: { configMapName: 'none', key: 'a' } } })).rejects.toThrow(
      "no key 'a' in a ConfigMap 'none'",
    )
  })

  it('is of no use where the operator has turned providers off', async () => {
    await expect(world({}, { isEnabled: false }).pulls(spec({}))).rejects.toThrow('the operator lets no ApplicationSet ask providers')
  })
})

describe('repositories', () => {
  const github = {
    'api.github.com/orgs/shop/repos': [
      {
        id: 1,
        name: 'web',
        owner: { login: 'shop' },
        default_branch: 'main',
        ssh_url: 'git@x:web',
        clone_url: 'https://x/web',
        topics: ['ml'],
        archived: false,
      },
      {
        id: 2,
        name: 'old',
        owner: { login: 'shop' },
        default_branch: 'main',
        ssh_url: 'git@x:old',
        clone_url: 'https://x/old',
        archived: true,
      },
    ],
    'api.github.com/repos/shop/web/branches/main': { name: 'main', commit: { sha } },
    'api.github.com/repos/shop/web/branches': [
      { name: 'main', commit: { sha } },
      { name: 'feat', commit: { sha } },
    ],
    'api.github.com/repos/shop/web/contents/k8s?ref=main': [],
  }
  const web = { organization: 'shop', repository: 'web', url: 'git@x:web', branch: 'main', sha: '', labels: ['ml'], id: 1 }

  it('of GitHub are read with their branches and paths', async () => {
    const { repositories } = world(github)
    const lister = await repositories({ github: { organization: 'shop', excludeArchivedRepos: true } })

    expect(await lister.list()).toEqual([web])
    expect(await lister.branches(web)).toEqual([{ ...web, sha }])
    expect(await lister.branches({ ...web, branch: 'none' })).toEqual([])
    expect([await lister.hasPath(web, 'k8s'), await lister.hasPath(web, 'helm')]).toEqual([true, false])
  })

  it('are read once for each branch where all of them are wanted, by https where that is wanted', async () => {
    const { repositories } = world(github)
    const lister = await repositories({ github: { organization: 'shop', allBranches: true }, cloneProtocol: 'https' })

    expect((await lister.list()).map(({ url }) => url)).toEqual(['https://x/web', 'https://x/old'])
    expect((await lister.branches(web)).map(({ branch }) => branch)).toEqual(['main', 'feat'])
  })

  it('of GitLab, Gitea, Bitbucket, Bitbucket Server and Azure DevOps are read', async () => {
    const { repositories } = world({
      'gitlab.com/api/v4/groups/shop/projects?with_shared=true': [
        {
          id: 1,
          path: 'web',
          namespace: { full_path: 'shop' },
          default_branch: 'main',
          ssh_url_to_repo: 'git@x:web',
          topics: [],
          tag_list: ['ml'],
        },
      ],
      'gitlab.com/api/v4/projects/1/repository/branches/main': { name: 'main', commit: { id: sha } },
      'gitlab.com/api/v4/projects/1/repository/tree?path=k8s': [{}],
      'gitea.example.org/api/v1/orgs/shop/repos': [{ id: 1, name: 'web', default_branch: 'main', ssh_url: 'git@x:web' }],
      'gitea.example.org/api/v1/repos/shop/web/labels': [{ name: 'ml' }],
      'gitea.example.org/api/v1/repos/shop/web/branches/main': { name: 'main', commit: { id: sha } },
      'api.bitbucket.org/2.0/repositories/shop': {
        values: [{ slug: 'web', uuid: '{1}', mainbranch: { name: 'main' }, links: { clone: [{ name: 'ssh', href: 'git@x:web' }] } }],
      },
      'api.bitbucket.org/2.0/repositories/shop/web/refs/branches/main': { name: 'main', target: { hash: sha } },
      'bb.example.org/rest/api/1.0/projects/SHOP/repos': {
        isLastPage: true,
        values: [
          { id: 1, name: 'web', project: { key: 'shop' }, links: { clone: [{ name: 'ssh', href: 'git@x:web' }] } },
          { id: 2, name: 'empty', project: { key: 'shop' }, links: { clone: [] } },
        ],
      },
      'bb.example.org/rest/api/1.0/projects/SHOP/repos/web/branches/default': { displayId: 'main', latestCommit: sha },
      'dev.azure.com/shop/ml/_apis/git/repositories': {
        value: [
          { id: 'u', name: 'web', remoteUrl: 'git@x:web', defaultBranch: 'refs/heads/main' },
          { id: 'e', name: 'empty' },
        ],
      },
      'dev.azure.com/shop/ml/_apis/git/repositories/web/refs?filter=heads/main': {
        value: [
          { name: 'refs/heads/main', objectId: sha },
          { name: 'refs/heads/main-2', objectId: sha },
        ],
      },
    })
    const specs: ScmProviderGenerator[] = [
      { gitlab: { group: 'shop' } },
      { gitea: { owner: 'shop', api: 'https://gitea.example.org' } },
      { bitbucket: { owner: 'shop', user: 'ada', appPasswordRef: tokenRef } },
      { bitbucketServer: { project: 'SHOP', api: 'https://bb.example.org' } },
      { azureDevOps: { organization: 'shop', teamProject: 'ml', accessTokenRef: tokenRef } },
    ]
    for (const spec of specs) {
      const lister = await repositories(spec)
      const [first, ...others] = await lister.list()
      expect(others).toEqual([])
      expect(first).toMatchObject({ organization: 'shop', repository: 'web', url: 'git@x:web', branch: 'main' })
      // The list has one.
      expect(await lister.branches(first!)).toEqual([{ ...first, sha }])
    }
    const gitlab = await repositories({ gitlab: { group: 'shop' } })
    expect([await gitlab.hasPath({ ...web, id: 1 }, 'k8s'), await gitlab.hasPath({ ...web, id: 1 }, 'none')]).toEqual([true, false])
  })

  it.each<[ScmProviderGenerator, string]>([
    [{ github: { organization: 'shop' }, cloneProtocol: 'ftp' }, "'ftp' is neither ssh nor https"],
    [{ awsCodeCommit: {} }, 'AWS CodeCommit is not asked by this version'],
    [{}, 'names no provider'],
  ])('fail in words: %j', async (spec, message) => {
    await expect(
      world(github)
        .repositories(spec)
        .then((lister) => lister.list()),
    ).rejects.toThrow(message)
  })
})
