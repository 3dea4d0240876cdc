import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, run } from '../harness/run.ts'

interface Seen {
  status: { sync: { status: string }; conditions?: { type: string; message: string }[] }
}

const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: "${value}" }\n`
const secrets = { github: 'a-secret-of-github', gitlab: 'a-secret-of-gitlab', gitea: 'a-secret-of-gitea' }

/** Two of them: one deploys, the other is the Git server somewhere else. */
let plimsoll: Plimsoll
let forge: Plimsoll
let cluster: Cluster

beforeAll(async () => {
  ;[plimsoll, forge] = await Promise.all([startPlimsoll({ args: ['--allow-git-host', '127.0.0.0/8'] }), startPlimsoll()])
  cluster = await openCluster(plimsoll)
  for (const [provider, input] of Object.entries(secrets)) {
    await run(process.execPath, [cliProgram, 'admin', 'webhook-secret', provider, '--data-dir', plimsoll.dataDir, '--secret-stdin'], {
      input,
    })
  }
}, 60_000)
afterAll(async () => {
  await cluster?.close()
  await Promise.all([plimsoll?.stop(), forge?.stop()])
})

const value = async (namespace: string): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, 'settings'))?.data as Record<string, unknown> | undefined)?.value

function addressOf(name: string): string {
  const url = new URL(forge.repositoryUrl(name))
  url.username = 'robot'
  url.password = forge.token
  return url.href
}

async function deploy(name: string): Promise<void> {
  await forge.push(name, { 'settings.yaml': configMap('one') })
  const manifest = applicationManifest(plimsoll, name)
  ;(manifest['spec'] as { source: { repoURL: string } }).source.repoURL = addressOf(name)
  await plimsoll.api('POST', '/api/v1/applications', manifest)
  await untilSynced(plimsoll, name)
}

const hmac = (secret: string, body: string): string => createHmac('sha256', secret).update(body).digest('hex')

describe('a repository elsewhere', { timeout: 60_000 }, () => {
  const providers: Record<string, (name: string) => { headers: Record<string, string>; body: string }> = {
    github: (name) => {
      const body = JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: forge.repositoryUrl(name) } })
      return { headers: { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(secrets.github, body)}` }, body }
    },
    gitlab: (name) => {
      const body = JSON.stringify({ object_kind: 'push', ref: 'refs/heads/main', project: { git_http_url: forge.repositoryUrl(name) } })
      return { headers: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secrets.gitlab }, body }
    },
    gitea: (name) => {
      const body = JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: forge.repositoryUrl(name) } })
      return { headers: { 'x-gitea-event': 'push', 'x-gitea-signature': hmac(secrets.gitea, body) }, body }
    },
  }
  for (const [provider, make] of Object.entries(providers)) {
    it(`is looked at at once when ${provider} says that somebody has pushed`, async () => {
      await deploy(provider)
      const revision = await forge.push(provider, { 'settings.yaml': configMap('two') })
      const { headers, body } = make(provider)

      const answer = await fetch(new URL('/api/webhook', plimsoll.url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      })

      expect(answer.status).toBe(200)
      // Well before the next poll.
      await untilSynced(plimsoll, provider, { revision }, 20_000)
      expect(await value(provider)).toBe('two')
    })
  }

  it('is looked at at once when somebody asks for it', async () => {
    await deploy('asked')
    const revision = await forge.push('asked', { 'settings.yaml': configMap('two') })

    await plimsoll.api('GET', '/api/v1/applications/asked?refresh=normal')

    await untilSynced(plimsoll, 'asked', { revision }, 20_000)
    expect(await value('asked')).toBe('two')
  })

  it('that wants a password says so, without showing the wrong one', async () => {
    const manifest = applicationManifest(plimsoll, 'locked')
    ;(manifest['spec'] as { source: { repoURL: string } }).source.repoURL = addressOf('asked').replace(forge.token, 'hunter2-wrong')
    await plimsoll.api('POST', '/api/v1/applications', manifest)

    const said = await eventually(
      'it says so',
      async () => (await plimsoll.api<Seen>('GET', '/api/v1/applications/locked')).status?.conditions?.[0],
    )

    expect(said).toMatchObject({
      type: 'ComparisonError',
      message: expect.stringMatching(/password|credentials|refuse|authenticat/i) as string,
    })
    expect(said.message).not.toContain('hunter2')
  })

  it('that goes away leaves what it has brought, and is followed again when it is back', async () => {
    await deploy('away')
    await forge.kill()
    await plimsoll.api('GET', '/api/v1/applications/away?refresh=normal')

    const gone = await eventually('it says so', async () => {
      const seen = await plimsoll.api<Seen>('GET', '/api/v1/applications/away')
      return seen.status.conditions?.some((item) => item.type === 'ComparisonError') && seen
    })
    expect(JSON.stringify(gone.status.conditions)).not.toContain(forge.token)
    expect(await value('away')).toBe('one')

    await forge.restart()
    const revision = await forge.push('away', { 'settings.yaml': configMap('two') })
    await plimsoll.api('GET', '/api/v1/applications/away?refresh=normal')
    await untilSynced(plimsoll, 'away', { revision })
    expect(await value('away')).toBe('two')
    expect((await plimsoll.api<Seen>('GET', '/api/v1/applications/away')).status.conditions ?? []).toEqual([])
  })
})
