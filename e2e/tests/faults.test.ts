import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  operation?: unknown
  status: {
    operationState?: { phase: string; syncResult?: { revision: string; resources: { name: string }[] } }
    history?: { revision: string }[]
  }
}

const seed = Number(process.env['PLIMSOLL_SEED'] ?? 7)
const rounds = Number(process.env['PLIMSOLL_ROUNDS'] ?? 4)
const waves = [-1, 0, 1]
const perWave = 8

/** mulberry32: the same kills for the same seed. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const marks = mkdtempSync(join(tmpdir(), 'plimsoll-marks-'))
const names = waves.flatMap((wave) => Array.from({ length: perWave }, (_, index) => ({ name: `w${wave + 1}-${index}`, wave })))

/** About thirty objects in three waves: what may be written often, what counts its changes, and a process that must go on. */
function manifests(version: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (const { name, wave } of names) {
    const metadata = `{ name: ${name}, annotations: { argocd.argoproj.io/sync-wave: "${wave}" } }`
    files[`${name}.yaml`] = `apiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\ndata: { version: "${version}" }\n`
  }
  for (const wave of waves) {
    files[`none-${wave + 1}.yaml`] =
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: none-${wave + 1}, annotations: { argocd.argoproj.io/sync-wave: "${wave}" } }\n` +
      `spec:\n  replicas: 0\n  selector: { matchLabels: { app: none-${wave + 1} } }\n  template:\n    metadata: { labels: { app: none-${wave + 1} }, annotations: { version: "${version}" } }\n    spec: { containers: [{ name: a, image: none }] }\n`
  }
  files['runs.yaml'] =
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: runs, annotations: { argocd.argoproj.io/sync-wave: "0" } }\n` +
    `spec:\n  selector: { matchLabels: { app: runs } }\n  template:\n    metadata: { labels: { app: runs } }\n    spec:\n      containers:\n      - name: a\n        image: none\n        env: [{ name: MARK, value: "${join(marks, 'started')}" }]\n        command: [sh, -c, 'echo $$$$ >> "$MARK"; exec sleep 100000']\n`
  return files
}

let plimsoll: Plimsoll
let cluster: Cluster

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  await plimsoll.push('faults', manifests(0))
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'faults'))
  await untilSynced(plimsoll, 'faults', { health: 'Healthy' })
}, 60_000)
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  rmSync(marks, { recursive: true, force: true })
})

function clusterPid(): number {
  const record = JSON.parse(readFileSync(join(plimsoll.dataDir, 'cluster', 'cluster.json'), 'utf8')) as { identity: { pid: number } }
  return record.identity.pid
}

const starts = (): string[] => (existsSync(join(marks, 'started')) ? readFileSync(join(marks, 'started'), 'utf8').trim().split('\n') : [])

/** Every state that an object was in, as somebody sees it who watches all the while. */
async function watchWrites(signal: AbortSignal): Promise<Map<string, Set<string>>> {
  const writes = new Map<string, Set<string>>()
  const type = await cluster.client.typeOf('v1', 'ConfigMap')
  if (!type) throw new Error('ConfigMaps are not served')
  const { metadata } = await cluster.client.list(type, { namespace: 'faults' })
  const follow = async (): Promise<void> => {
    for await (const event of cluster.client.watch(type, {
      namespace: 'faults',
      signal,
      ...(metadata.resourceVersion && { resourceVersion: metadata.resourceVersion }),
    })) {
      if (event.type === 'BOOKMARK') continue
      const { name, resourceVersion = '' } = event.object.metadata
      const seen = writes.get(name) ?? new Set()
      writes.set(name, seen.add(resourceVersion))
    }
  }
  follow().catch(() => undefined)
  return writes
}

/** What must be true at the end of a push, however many died on the way. */
async function expectEnd(revision: string, version: number, run: string): Promise<void> {
  await untilSynced(plimsoll, 'faults', { revision, health: 'Healthy' }, 60_000)
  const app = await eventually(`${run}: no operation is left`, async () => {
    const seen = await plimsoll.api<Seen>('GET', '/api/v1/applications/faults')
    return seen.operation === undefined && seen.status.operationState?.phase === 'Succeeded' && seen
  })
  expect(app.status.operationState?.syncResult?.revision, run).toBe(revision)
  expect(app.status.operationState?.syncResult?.resources.length, run).toBe(names.length + waves.length + 1)
  for (const object of await cluster.list('v1/ConfigMap', 'faults')) {
    if (object.metadata.name.startsWith('w')) expect(object.data, `${run}: ${object.metadata.name}`).toEqual({ version: String(version) })
  }
  for (const wave of waves) {
    const none = await cluster.get('apps/v1/Deployment', 'faults', `none-${wave + 1}`)
    // One change of the spec for each push, and one to begin with.
    expect(none?.metadata['generation'], `${run}: none-${wave + 1}`).toBe(version + 1)
  }
  const { items } = await plimsoll.api<{ items: { revision: string; phase: string }[] }>(
    'GET',
    '/api/v1/applications/faults/deployments?limit=1000',
  )
  expect(
    items.filter((item) => item.revision === revision).map((item) => item.phase),
    run,
  ).toEqual(['Succeeded'])
  expect(
    app.status.history?.filter((entry) => entry.revision === revision),
    run,
  ).toHaveLength(1)
  expect(starts(), `${run}: the container was started once`).toHaveLength(1)
  process.kill(Number(starts()[0]), 0)
}

describe('kill -9', { timeout: 300_000 }, () => {
  let version = 0

  it(`of the server at any moment of a sync changes nothing about its end (PLIMSOLL_SEED=${seed})`, async () => {
    const random = randomFrom(seed)
    for (let round = 0; round < rounds; round++) {
      version++
      const stopWatching = new AbortController()
      const writes = await watchWrites(stopWatching.signal)
      const revision = await plimsoll.push('faults', manifests(version))
      const afterMs = Math.floor(random() * (round % 2 === 0 ? 150 : 600))
      await new Promise((resolve) => setTimeout(resolve, afterMs))

      await plimsoll.kill()
      await plimsoll.restart()

      const run = `round ${round}, killed ${afterMs} ms after the push`
      await expectEnd(revision, version, run)
      await eventually('every write is seen', async () => writes.size >= names.length)
      stopWatching.abort()
      expect(Object.fromEntries([...writes].filter(([, versions]) => versions.size > 1)), `${run}: written twice`).toEqual({})
    }
  })

  it('of the server while it starts changes nothing either', async () => {
    version++
    const revision = await plimsoll.push('faults', manifests(version))
    const random = randomFrom(seed + 1)
    for (let round = 0; round < 3; round++) {
      await plimsoll.kill()
      await plimsoll.restart()
      await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 60)))
    }

    await expectEnd(revision, version, 'killed three times')
  })

  it('of the cluster is got over by a server that goes on', async () => {
    const random = randomFrom(seed + 2)
    for (let round = 0; round < 2; round++) {
      version++
      const before = clusterPid()
      const revision = await plimsoll.push('faults', manifests(version))
      await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 300)))

      process.kill(before, 'SIGKILL')

      await eventually(
        'another cluster process answers',
        async () => clusterPid() !== before && (await cluster.list('v1/Namespace', '')).length > 0,
        60_000,
      )
      await expectEnd(revision, version, `cluster killed, round ${round}`)
    }
  })

  it('of both is got over by the next start', async () => {
    version++
    const revision = await plimsoll.push('faults', manifests(version))
    await new Promise((resolve) => setTimeout(resolve, Math.floor(randomFrom(seed + 3)() * 200)))

    process.kill(clusterPid(), 'SIGKILL')
    await plimsoll.kill()
    await plimsoll.restart()

    await expectEnd(revision, version, 'both killed')
  })
})
