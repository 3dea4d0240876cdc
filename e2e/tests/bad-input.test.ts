import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

interface Seen {
  spec?: unknown
  status?: {
    sync?: { status?: string; revision?: string }
    health?: { status?: string }
    conditions?: { type: string; message: string }[]
    operationState?: { phase?: string; message?: string }
  }
}

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n`
const good = { 'settings.yaml': configMap('settings', 'one') }
const outside = mkdtempSync(join(tmpdir(), 'plimsoll-outside-'))
const leak = 'canary-outside-4be1'

interface BadPush {
  /** What the push adds to what was good. */
  files: Record<string, string | { linkTo: string }>
  /** Part of what a condition says: what, where, what to do. */
  says: RegExp[]
  recurse?: boolean
}

const aliasBomb = [
  'apiVersion: v1',
  'kind: ConfigMap',
  'metadata: { name: bomb }',
  'a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`),
].join('\n')

const badPushes: Record<string, BadPush> = {
  'a YAML file that is broken': {
    files: { 'web/broken.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data: [\n' },
    recurse: true,
    says: [/web\/broken\.yaml:5/, /Correct the YAML/],
  },
  'an object without a name': {
    files: { 'nameless.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n' },
    says: [/nameless\.yaml:3/, /metadata\.name is missing/, /Give the object a name/],
  },
  'a kind that nobody serves': {
    files: { 'unknown.yaml': '# a comment\napiVersion: example.com/v1\nkind: Gizmo\nmetadata:\n  name: a\n' },
    says: [/unknown\.yaml:2/, /Gizmo/, /CustomResourceDefinition/],
  },
  'a name in upper case': {
    files: { 'upper.yaml': configMap('Settings', 'x') },
    says: [/upper\.yaml:4/, /'Settings'/, /lower-case/],
  },
  'a name of 5,000 characters': {
    files: { 'long.yaml': configMap('a'.repeat(5000), 'x') },
    says: [/long\.yaml:4/, /at most 253/],
  },
  'a name that is __proto__': {
    files: { 'proto.yaml': configMap('__proto__', 'x') },
    says: [/proto\.yaml:4/, /'__proto__'/, /lower-case/],
  },
  'a number beyond 2^53': {
    files: { 'big.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: big\nspec:\n  replicas: 9007199254740993\n' },
    says: [/big\.yaml:6/, /9007199254740993/, /quotes/],
  },
  'a bomb of aliases': { files: { 'bomb.yaml': aliasBomb }, says: [/bomb\.yaml/, /aliases/, /exclude/] },
  'a file of 50 MB': {
    files: { 'huge.yaml': `${configMap('huge', 'x')}# ${'x'.repeat(50_000_000)}\n` },
    says: [/huge\.yaml/, /\d{8} bytes/, /exclude/],
  },
  'a field of the wrong type': {
    files: { 'wrong.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: wrong\nspec:\n  ports: eighty\n' },
    says: [/wrong\.yaml:1/, /ports/],
  },
  'a field that no schema knows': {
    files: { 'field.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: field\nspec:\n  port: 80\n  ports: [{ port: 80 }]\n' },
    says: [/field\.yaml:1/, /spec\.port\b/],
  },
  'a value that the cluster does not allow': {
    files: { 'port.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: port\nspec:\n  ports: [{ port: 99999 }]\n' },
    says: [/port\.yaml:1/, /spec\.ports\[0\]\.port/, /99999/],
  },
  'a document that is a list': { files: { 'list.yaml': '- apiVersion: v1\n  kind: ConfigMap\n' }, says: [/list\.yaml:1/, /is a list/] },
  'a tab where YAML allows none': {
    files: { 'tab.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n' },
    says: [/tab\.yaml:4/, /tab/],
  },
  'JSON that is none': { files: { 'broken.json': '{"apiVersion": "v1",\n "kind": }' }, says: [/broken\.json:2/, /JSON/] },
  'bytes that are no text': { files: { 'bytes.yaml': '\u0000\u0001' }, says: [/bytes\.yaml/] },
  'a link out of the repository': {
    files: { 'out.yaml': { linkTo: join(outside, 'secret.yaml') } },
    says: [/out\.yaml/, /leads out of the repository/],
  },
  'a link that climbs out of the repository': {
    files: { 'deep/up.yaml': { linkTo: '../../../secret.yaml' } },
    recurse: true,
    says: [/deep\/up\.yaml/, /leads out of the repository/],
  },
  'a chain of links that ends outside': {
    files: { 'a.yaml': { linkTo: 'b.yaml' }, 'b.yaml': { linkTo: 'links/c.yaml' }, 'links/c.yaml': { linkTo: '../../x.yaml' } },
    says: [/a\.yaml/, /leads out of the repository/],
  },
  'a link to a folder outside': { files: { folder: { linkTo: outside } }, says: [/folder/, /leads out of the repository/] },
  'a link through a folder that leads outside': {
    files: { folder: { linkTo: '../' }, 'through.yaml': { linkTo: 'folder/secret.yaml' } },
    says: [/through\.yaml|folder/, /leads out of the repository/],
  },
}

let plimsoll: Plimsoll
let cluster: Cluster
let workDir: string

beforeAll(async () => {
  writeFileSync(join(outside, 'secret.yaml'), configMap('stolen', leak))
  workDir = mkdtempSync(join(tmpdir(), 'plimsoll-bad-'))
  plimsoll = await startPlimsoll({ args: ['--allow-git-host', '127.0.0.0/8'] })
  cluster = await openCluster(plimsoll)
})
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  rmSync(outside, { recursive: true, force: true })
  rmSync(workDir, { recursive: true, force: true })
})

const seen = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)

/** What an application complains about: its conditions, and why its last operation did not succeed. */
async function complaint(name: string): Promise<string> {
  const { status } = await seen(name)
  const failed = status?.operationState?.phase === 'Succeeded' ? undefined : status?.operationState?.message
  // Each of these pushes is a history of its own, and that is told too.
  const conditions = (status?.conditions ?? []).filter(({ type }) => type !== 'HistoryRewrittenWarning')
  return [...conditions.map((item) => `${item.type}: ${item.message}`), failed].filter(Boolean).join('\n')
}

async function untilItSays(name: string, says: readonly RegExp[]): Promise<string> {
  let last = ''
  return eventually(
    `${name} says what is wrong`,
    async () => {
      last = await complaint(name)
      return says.every((pattern) => pattern.test(last)) && last
    },
    20_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says: ${last === '' ? 'nothing' : last.slice(0, 2000)}`)
  })
}

/** A push that can hold links, which the harness's cannot. */
async function pushTree(repository: string, files: BadPush['files'] | typeof good, message: string): Promise<string> {
  const dir = join(workDir, repository)
  const url = new URL(plimsoll.repositoryUrl(repository))
  url.username = 'admin'
  url.password = plimsoll.token
  const git = (...args: string[]): Promise<string> =>
    mustRun('git', ['-C', dir, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args])
  rmSync(dir, { recursive: true, force: true })
  await mustRun('git', ['init', '--quiet', '--initial-branch=main', dir])
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    if (typeof content === 'string') writeFileSync(join(dir, path), content)
    else symlinkSync(content.linkTo, join(dir, path))
  }
  await git('add', '--all')
  await git('commit', '--quiet', '-m', message)
  await git('push', '--quiet', '--force', url.href, 'HEAD:main')
  return (await git('rev-parse', 'HEAD')).trim()
}

const nameOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50)
    .replace(/-$/, '')
const value = async (namespace: string, name = 'settings'): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, name))?.data as Record<string, unknown> | undefined)?.value

async function createApp(name: string, change: (spec: Record<string, Record<string, unknown>>) => void = () => undefined): Promise<void> {
  const manifest = applicationManifest(plimsoll, name)
  change(manifest.spec as Record<string, Record<string, unknown>>)
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

describe('a push that is bad', { timeout: 60_000 }, () => {
  for (const [title, bad] of Object.entries(badPushes)) {
    it.concurrent(`because of ${title} is told with its place and what to do, and the last good state keeps running`, async () => {
      const name = nameOf(title)
      await pushTree(name, good, 'Good')
      await createApp(name, (spec) => Object.assign(spec.source ?? {}, bad.recurse && { directory: { recurse: true } }))
      await untilSynced(plimsoll, name)

      await pushTree(name, { ...good, ...bad.files }, 'Bad')

      const said = await untilItSays(name, bad.says)
      expect(await value(name)).toBe('one')
      expect(said).not.toContain(leak)
      expect((await seen(name)).status?.sync?.status).not.toBe('Synced')
    })
  }

  it('concerns no other application', async () => {
    await plimsoll.push('healthy', good)
    await createApp('healthy')
    await untilSynced(plimsoll, 'healthy')
    const revision = await plimsoll.push('healthy', { 'settings.yaml': configMap('settings', 'two') })

    await untilSynced(plimsoll, 'healthy', { revision })

    expect(await value('healthy')).toBe('two')
    expect((await seen('healthy')).status?.conditions ?? []).toEqual([])
  })

  for (const title of Object.keys(badPushes)) {
    it.concurrent(`because of ${title} is over with the push that puts it right`, async () => {
      const name = nameOf(title)

      const revision = await pushTree(name, { 'settings.yaml': configMap('settings', 'two') }, 'Put it right')

      await untilSynced(plimsoll, name, { revision })
      expect(await value(name)).toBe('two')
      await eventually('it complains no more', async () => (await complaint(name)) === '')
    })
  }
})

describe('what is odd but right', { timeout: 60_000 }, () => {
  const odd: Record<string, { files: Record<string, string>; makes: Record<string, string> }> = {
    'a List': {
      files: {
        'all.yaml': `apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { value: x } }\n- { apiVersion: v1, kind: ConfigMap, metadata: { name: b }, data: { value: "y1" } }\n`,
      },
      makes: { a: 'x', b: 'y1' },
    },
    'null documents': { files: { 'all.yaml': `---\n---\nnull\n---\n${configMap('a', 'x')}---\n# nothing\n---\n~\n` }, makes: { a: 'x' } },
    'a byte order mark': { files: { 'all.yaml': `\ufeff${configMap('a', 'x')}` }, makes: { a: 'x' } },
    'the line ends of Windows': {
      files: { 'all.yaml': `${configMap('a', 'x')}---\n${configMap('b', 'z')}`.replaceAll('\n', '\r\n') },
      makes: { a: 'x', b: 'z' },
    },
    'objects called constructor and to-string': {
      files: { 'all.yaml': `${configMap('constructor', 'x')}---\n${configMap('hasownproperty', 'z')}` },
      makes: { constructor: 'x', hasownproperty: 'z' },
    },
  }
  for (const [title, { files, makes }] of Object.entries(odd)) {
    it.concurrent(`is taken as it is meant: ${title}`, async () => {
      const name = nameOf(title)
      await plimsoll.push(name, files)
      await createApp(name)

      await untilSynced(plimsoll, name)

      for (const [object, wanted] of Object.entries(makes)) expect(await value(name, object)).toBe(wanted)
      expect((await seen(name)).status?.conditions ?? []).toEqual([])
    })
  }

  it.concurrent('data keys such as __proto__ and constructor arrive as they are written', async () => {
    const keys = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { __proto__: a, constructor: b, toString: c }\n'
    await plimsoll.push('odd-keys', { 'all.yaml': keys })
    await createApp('odd-keys')

    await untilSynced(plimsoll, 'odd-keys')

    const data = (await cluster.get('v1/ConfigMap', 'odd-keys', 'settings'))?.data
    expect(
      Object.entries(data as object)
        .map(String)
        .toSorted(),
    ).toEqual(['__proto__,a', 'constructor,b', 'toString,c'])
  })

  it.concurrent('an object that is defined twice counts once, with a warning that names both places', async () => {
    await plimsoll.push('twice', { 'a.yaml': configMap('settings', 'first'), 'b.yaml': `# here\n${configMap('settings', 'second')}` })
    await createApp('twice')

    await untilSynced(plimsoll, 'twice')

    expect(await value('twice')).toBe('second')
    expect(await complaint('twice')).toMatch(
      /RepeatedResourceWarning: ConfigMap twice\/settings is defined twice: a\.yaml:1(:1)? and b\.yaml:2(:1)?\..*Keep one/,
    )
  })
})

describe('a kind that is not known yet', { timeout: 60_000 }, () => {
  it('syncs by itself once its definition appears', async () => {
    await plimsoll.push('early', {
      'gadget.yaml': 'apiVersion: example.org/v1\nkind: Gadget\nmetadata: { name: one }\nspec: { size: 3 }\n',
      ...good,
    })
    await createApp('early')
    await untilItSays('early', [/gadget\.yaml:1/, /Gadget/])

    await cluster.create(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.org }
spec:
  group: example.org
  scope: Namespaced
  names: { kind: Gadget, plural: gadgets, singular: gadget, listKind: GadgetList }
  versions:
  - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
`)

    await untilSynced(plimsoll, 'early')
    await cluster.client.types({ refresh: true })
    expect((await cluster.get('example.org/v1/Gadget', 'early', 'one'))?.spec).toEqual({ size: 3 })
  })
})

describe('an empty folder', { timeout: 60_000 }, () => {
  it('never takes everything away by itself, unless allowEmpty says so', async () => {
    await plimsoll.push('emptied', { 'app/settings.yaml': configMap('settings', 'one'), 'README.md': 'x' })
    await createApp('emptied', (spec) => Object.assign(spec.source ?? {}, { path: 'app' }))
    await untilSynced(plimsoll, 'emptied')

    const empty = await plimsoll.push('emptied', { 'app/settings.yaml': null, 'app/README.md': 'nothing here' })

    await untilItSays('emptied', [/auto-sync will wipe out all resources/, /allowEmpty/])
    expect((await seen('emptied')).status?.sync).toMatchObject({ status: 'OutOfSync', revision: empty })
    expect(await value('emptied')).toBe('one')

    await plimsoll.api('PATCH', '/api/v1/applications/emptied', {
      patchType: 'merge',
      patch: JSON.stringify({ spec: { syncPolicy: { automated: { allowEmpty: true } } } }),
    })
    await untilSynced(plimsoll, 'emptied')
    expect(await value('emptied')).toBeUndefined()
  })
})

describe('repositories that do not answer', { timeout: 60_000 }, () => {
  it('cost only their own applications, however many they are, and are taken up when they answer', async () => {
    const sockets = new Set<Socket>()
    let answers = false
    const hole = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      if (answers) socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    })
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = hole.address() as AddressInfo
      for (let index = 0; index < 20; index++) {
        await createApp(`silent-${index}`, (spec) => Object.assign(spec.source ?? {}, { repoURL: `http://127.0.0.1:${port}/${index}.git` }))
      }
      await eventually('somebody waits for them', async () => sockets.size > 0)

      // Longer than this they take to be given up.
      await plimsoll.push('beside-silent', good)
      await createApp('beside-silent')
      await untilSynced(plimsoll, 'beside-silent', {}, 15_000)

      answers = true
      for (const socket of sockets) socket.destroy()
      await untilItSays('silent-0', [/ComparisonError/, /0\.git/, /403|refuse|denied|credentials/i])
    } finally {
      hole.close()
      for (const socket of sockets) socket.destroy()
      for (let index = 0; index < 20; index++) await cluster.remove('argoproj.io/v1alpha1/Application', 'argocd', `silent-${index}`)
    }
  })
})

describe('an application that points nowhere', { timeout: 60_000 }, () => {
  const nowhere: Record<string, { change: (spec: Record<string, Record<string, unknown>>) => void; says: RegExp[]; type: string }> = {
    'a revision that does not exist': {
      change: ({ source }) => Object.assign(source ?? {}, { targetRevision: 'v9' }),
      says: [/'v9'/, /targetRevision/],
      type: 'ComparisonError',
    },
    'a revision that is an option of git': {
      change: ({ source }) => Object.assign(source ?? {}, { targetRevision: '--upload-pack=touch' }),
      says: [/--upload-pack/],
      type: 'ComparisonError',
    },
    'a path that does not exist': {
      change: ({ source }) => Object.assign(source ?? {}, { path: 'no/such' }),
      says: [/no\/such/, /folder/],
      type: 'ComparisonError',
    },
    'a path out of the repository': {
      change: ({ source }) => Object.assign(source ?? {}, { path: '../x' }),
      says: [/\.\.\/x/, /out of the repository/],
      type: 'ComparisonError',
    },
    'a path that comes back in': {
      change: ({ source }) => Object.assign(source ?? {}, { path: 'a/../../b' }),
      says: [/out of the repository/],
      type: 'ComparisonError',
    },
    'an absolute path': {
      change: ({ source }) => Object.assign(source ?? {}, { path: '/etc' }),
      says: [/\/etc/, /out of the repository/],
      type: 'ComparisonError',
    },
    'an encoded path': {
      change: ({ source }) => Object.assign(source ?? {}, { path: '%2e%2e%2fetc' }),
      says: [/%2e%2e%2fetc/],
      type: 'ComparisonError',
    },
    'a path that is a link outside': {
      change: ({ source }) => Object.assign(source ?? {}, { path: 'away' }),
      says: [/away/, /repository/],
      type: 'ComparisonError',
    },
    'a repository that is not hosted here': {
      change: ({ source }) => Object.assign(source ?? {}, { repoURL: plimsoll.repositoryUrl('never-pushed') }),
      says: [/never-pushed/, /[Pp]ush/],
      type: 'ComparisonError',
    },
    'a repository that refuses': {
      change: ({ source }) => Object.assign(source ?? {}, { repoURL: 'http://127.0.0.1:1/x.git' }),
      says: [/127\.0\.0\.1:1/, /Check the address/],
      type: 'ComparisonError',
    },
    'a transport that runs programs': {
      change: ({ source }) => Object.assign(source ?? {}, { repoURL: 'ext::sh -c touch% /tmp/x' }),
      says: [/ext::|repoURL/],
      type: 'ComparisonError',
    },
    'no destination': { change: (spec) => void delete spec.destination, says: [/spec\.destination/], type: 'InvalidSpecError' },
    'both a server and a name': {
      change: ({ destination }) => Object.assign(destination ?? {}, { name: 'in-cluster' }),
      says: [/spec\.destination: .*both|has both/, /Set one/],
      type: 'InvalidSpecError',
    },
    'neither a server nor a name': {
      change: ({ destination }) => void delete destination?.server,
      says: [/spec\.destination/, /kubernetes\.default\.svc/],
      type: 'InvalidSpecError',
    },
    'a cluster that nobody knows': {
      change: ({ destination }) => Object.assign(destination ?? {}, { server: 'https://nowhere.example' }),
      says: [/nowhere\.example/, /in-cluster/],
      type: 'InvalidSpecError',
    },
    'no source': { change: (spec) => void delete spec.source, says: [/spec\.source/], type: 'InvalidSpecError' },
    'a namespace that is no name': {
      change: ({ destination }) => Object.assign(destination ?? {}, { namespace: '../kube-system' }),
      says: [/namespace/, /is not a name/],
      type: 'InvalidSpecError',
    },
    'a list where a text belongs': {
      change: ({ source }) => Object.assign(source ?? {}, { path: ['a'] }),
      says: [/spec\.source\.path/],
      type: 'InvalidSpecError',
    },
  }

  for (const [title, { change, says, type }] of Object.entries(nowhere)) {
    it.concurrent(`with ${title}, as kubectl can write it, says so, and recovers when it is put right`, async () => {
      const name = `x-${nameOf(title)}`
      await pushTree(name, { ...good, away: { linkTo: '../../etc' } }, 'Good').catch(() => undefined)
      await pushTree(`${name}-good`, good, 'Good')
      const manifest = applicationManifest(plimsoll, name)
      change(manifest.spec as Record<string, Record<string, unknown>>)
      await cluster.create(manifest as never)

      const said = await untilItSays(name, says)

      expect(said).toMatch(new RegExp(`^${type}: `, 'm'))
      const right = applicationManifest(plimsoll, name, { repository: `${name}-good` })
      await cluster.patch('argoproj.io/v1alpha1/Application', 'argocd', name, [{ op: 'replace', path: '/spec', value: right.spec }])
      await untilSynced(plimsoll, name)
      await eventually('it complains no more', async () => (await complaint(name)) === '')
      expect(await value(name)).toBe('one')
    })
  }
})
