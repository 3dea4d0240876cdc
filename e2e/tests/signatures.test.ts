import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const hasGpg = spawnSync('gpg', ['--version']).error === undefined
const hasSsh = spawnSync('ssh-keygen', ['-?']).error === undefined
const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-signatures-'))
const env = {
  PATH: process.env.PATH ?? '',
  HOME: scratch,
  GNUPGHOME: join(scratch, 'gnupg'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
}
let plimsoll: Plimsoll
let cluster: Cluster
let gpgID = ''

interface Seen {
  status: {
    sync: { status: string; revision?: string }
    conditions?: { type: string; message: string }[]
    operationState?: { phase: string; message?: string }
  }
}

/** A clone whose commits and tags are signed, or not. */
function clone(name: string, signing: Record<string, string>) {
  const dir = join(scratch, name)
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', dir], { env })
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', dir, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  for (const [key, value] of Object.entries({ 'user.name': 'Mina', 'user.email': 'mina@example.com', ...signing }))
    git('config', key, value)
  const url = new URL(plimsoll.repositoryUrl(name))
  url.username = 'admin'
  url.password = plimsoll.token
  git('remote', 'add', 'origin', url.href)
  return {
    commit(value: string, isSigned: boolean): string {
      writeFileSync(join(dir, 'a.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { value: "${value}" }\n`)
      git('add', '--all')
      git('commit', '--quiet', ...(isSigned ? ['-S'] : ['--no-gpg-sign']), '-m', value)
      git('push', '--quiet', '--force', 'origin', 'HEAD:main')
      return git('rev-parse', 'HEAD').trim()
    },
    tag(tag: string, isSigned: boolean): void {
      git('tag', '--force', ...(isSigned ? ['-s'] : ['-a', '--no-sign']), '-m', tag, tag)
      git('push', '--quiet', '--force', 'origin', tag)
    },
  }
}

const gpg = (...args: string[]): string => execFileSync('gpg', ['--batch', '--quiet', ...args], { env, encoding: 'utf8' })
const see = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=normal`)
const valueOf = async (name: string): Promise<string | undefined> =>
  ((await cluster.get('v1/ConfigMap', name, 'a'))?.['data'] as { value?: string } | undefined)?.value

const permits = {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
}

async function project(name: string, signatureKeys: string[]): Promise<void> {
  const spec = { ...permits, signatureKeys: signatureKeys.map((keyID) => ({ keyID })) }
  await cluster.create({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name, namespace: 'argocd' }, spec } as never)
}

async function create(
  name: string,
  ofProject: string,
  over: { revision?: string; repository?: string; automated?: boolean } = {},
): Promise<void> {
  const manifest = applicationManifest(plimsoll, name, over) as { spec: Record<string, unknown> }
  manifest.spec.project = ofProject
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

async function refused(name: string, words: string): Promise<void> {
  await eventually(`${name} is refused: ${words}`, async () => {
    const { sync, conditions = [] } = (await see(name)).status
    const found = conditions.some(
      ({ type, message }) => (type === 'ComparisonError' || type === 'InvalidSpecError') && message.includes(words),
    )
    if (!found) throw new Error(JSON.stringify({ sync, conditions }))
    return sync.status === 'Unknown'
  })
}

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
}, 60_000)
afterAll(async () => {
  if (hasGpg) spawnSync('gpgconf', ['--kill', 'all'], { env })
  rmSync(scratch, { recursive: true, force: true })
  await cluster?.close()
  await plimsoll?.stop()
})

describe.skipIf(!hasGpg)('a project that asks for signatures of GPG', { timeout: 120_000 }, () => {
  let shop: ReturnType<typeof clone>

  it('syncs what is signed with a key of its own, and nothing else', async () => {
    execFileSync('mkdir', ['-m', '700', env.GNUPGHOME])
    gpg('--passphrase', '', '--quick-generate-key', 'mina@example.com', 'ed25519', 'sign', '1y')
    const file = join(scratch, 'mina.asc')
    writeFileSync(file, gpg('--armor', '--export', 'mina@example.com'))
    gpgID =
      gpg('--list-keys', '--with-colons', 'mina@example.com')
        .split('\n')
        .find((line) => line.startsWith('pub:'))
        ?.split(':')[4] ?? ''
    await project('signed', [gpgID])
    shop = clone('shop', { 'user.signingkey': gpgID })
    shop.commit('one', true)
    await create('shop', 'signed')
    await refused('shop', `is signed with key ${gpgID}, which is not known here`)
    expect(await valueOf('shop')).toBeUndefined()

    const added = await plimsoll.cli(['gpg', 'add', '--from', file])
    expect(added).toMatchObject({ code: 0, stdout: 'Created 1 key(s) from input file.\n' })
    await untilSynced(plimsoll, 'shop')
    expect(await valueOf('shop')).toBe('one')

    const unsigned = shop.commit('two', false)
    await refused('shop', 'Target revision main in Git is not signed, but a signature is required')
    expect(await valueOf('shop')).toBe('one')
    await create('manual', 'signed', { repository: 'shop', automated: false })
    const sync = await plimsoll.cli(['app', 'sync', 'manual', '--revision', unsigned])
    expect(sync.code).not.toBe(0)
    expect((await see('manual')).status.operationState).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining(`Target revision ${unsigned} in Git is not signed, but a signature is required`),
    })
    expect(await valueOf('manual')).toBeUndefined()

    shop.commit('three', true)
    await untilSynced(plimsoll, 'shop')
    expect(await valueOf('shop')).toBe('three')
  })

  it('takes no files that somebody sends, whichever way', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { value: sent }\n'
    const folder = mkdtempSync(join(scratch, 'local-'))
    writeFileSync(join(folder, 'a.yaml'), text)

    const sync = await plimsoll.cli(['app', 'sync', 'manual', '--local', folder])
    expect(sync.code).not.toBe(0)
    expect(sync.stdout + sync.stderr).toContain('asks for signatures')
    await cluster.patch('argoproj.io/v1alpha1/Application', 'argocd', 'manual', { operation: { sync: { manifests: [text] } } })
    await eventually('the operation has failed', async () => {
      const { phase, message = '' } = (await see('manual')).status.operationState ?? {}
      return phase === 'Error' && message.includes('asks for signatures')
    })
    expect(await valueOf('manual')).toBeUndefined()
  })

  it('judges a tag that is followed by its own signature', async () => {
    const tagged = clone('tagged', { 'user.signingkey': gpgID })
    tagged.commit('unsigned below', false)
    tagged.tag('v1', true)
    await create('tagged', 'signed', { revision: 'v1' })
    await untilSynced(plimsoll, 'tagged')
    expect(await valueOf('tagged')).toBe('unsigned below')

    tagged.commit('signed below', true)
    tagged.tag('v1', false)
    await refused('tagged', 'Target revision v1 in Git is not signed, but a signature is required')
  })

  it('asks it of each of several sources', async () => {
    const values = clone('values', { 'user.signingkey': gpgID })
    values.commit('unsigned', false)
    const manifest = applicationManifest(plimsoll, 'many') as { spec: Record<string, unknown> }
    const sourceOf = (repository: string): object => ({ repoURL: plimsoll.repositoryUrl(repository), path: '.', targetRevision: 'main' })
    const { source: _source, ...spec } = manifest.spec
    await plimsoll.api('POST', '/api/v1/applications', {
      ...manifest,
      spec: { ...spec, project: 'signed', sources: [sourceOf('shop'), sourceOf('values')] },
    })

    await refused('many', 'spec.sources[1]: Target revision main in Git is not signed')
    expect(await valueOf('many')).toBeUndefined()
    values.commit('signed', true)
    await untilSynced(plimsoll, 'many')
  })

  it('stops as soon as the key is forgotten, and another project goes on', async () => {
    await create('free', 'default', { repository: 'shop' })
    await untilSynced(plimsoll, 'free')
    const list = await plimsoll.cli(['gpg', 'list'])
    const get = await plimsoll.cli(['gpg', 'get', gpgID])
    const removed = await plimsoll.cli(['gpg', 'rm', gpgID])

    expect(list.stdout).toMatch(new RegExp(`KEYID +TYPE +IDENTITY\\n${gpgID} +ED25519 +mina@example.com`))
    expect(get.stdout).toContain('-----BEGIN PGP PUBLIC KEY BLOCK-----')
    expect(removed.stdout).toBe(`Deleted key with key ID ${gpgID}\n`)
    await refused('shop', 'which is not known here')
    expect((await see('free')).status.sync.status).toBe('Synced')
  })
})

describe.skipIf(!hasSsh)('a project that asks for signatures of SSH', { timeout: 120_000 }, () => {
  it('syncs what one of its signers has signed, and not what another one has', async () => {
    const [mina, eve] = ['mina', 'eve'].map((name) => {
      const file = join(scratch, `ssh-${name}`)
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
      const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')[1] ?? ''
      return { file, fingerprint, line: `${name}@example.com ${readFileSync(`${file}.pub`, 'utf8').trim()}` }
    }) as [{ file: string; fingerprint: string; line: string }, { file: string; fingerprint: string; line: string }]
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'plimsoll-ssh-signers', namespace: 'argocd' },
      data: { allowed_signers: `# who may\n${mina.line}\n${eve.line}\n` },
    } as never)
    await project('by-ssh', [mina.fingerprint])
    const byMina = clone('keyed', { 'gpg.format': 'ssh', 'user.signingkey': mina.file })
    byMina.commit('by mina', true)
    await create('keyed', 'by-ssh')
    await untilSynced(plimsoll, 'keyed')
    expect(await valueOf('keyed')).toBe('by mina')

    execFileSync('git', ['-C', join(scratch, 'keyed'), 'config', 'user.signingkey', eve.file], { env })
    byMina.commit('by eve', true)
    await refused('keyed', 'but this key is not allowed in AppProject')
    expect(await valueOf('keyed')).toBe('by mina')
  })
})

describe('a project whose rule is not known here', { timeout: 120_000 }, () => {
  it.each([
    ['newer', { sourceIntegrity: { git: { policies: [] } } }, 'spec.sourceIntegrity, which is not known here'],
    ['misspelt', { signatureKeys: [{ keyId: '4AEE18F83AFDEB23' }] }, 'it cannot be read, and nothing is permitted'],
    ['short', { signatureKeys: [{ keyID: '3AFDEB23' }] }, 'is not signed, but a signature is required'],
  ])('(%s) lets nothing through', async (name, spec, words) => {
    await cluster.create({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name, namespace: 'argocd' },
      spec: { ...permits, ...spec },
    } as never)
    await plimsoll.push(name, { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' })
    const manifest = applicationManifest(plimsoll, name) as { spec: Record<string, unknown> }
    // As kubectl would: the API refuses it at once.
    await cluster.create({ ...manifest, spec: { ...manifest.spec, project: name } } as never)

    await refused(name, words)
  })
})
