import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSameProcess, identify } from '@plimsoll/processes'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askCluster } from './ask-cluster.ts'
import { launchCluster, type LaunchedCluster } from './launch.ts'

let dataDir: string
let clusters: LaunchedCluster[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-launch-'))
  clusters = []
})

afterEach(async () => {
  for (const cluster of clusters) await cluster.stop()
  await rm(dataDir, { recursive: true })
})

async function launch(): Promise<LaunchedCluster> {
  const cluster = await launchCluster({ dataDir })
  clusters.push(cluster)
  return cluster
}

test('a cluster that runs is adopted, not started again, also by two at once', async () => {
  const [one, two] = await Promise.all([launch(), launch()])

  expect(two.pid).toBe(one.pid)
  expect([one.isAdopted, two.isAdopted].filter((isAdopted) => !isAdopted)).toHaveLength(1)
  expect(await askCluster(one.kubeconfig, 3_000)).toEqual({ state: 'ready' })
})

test('after a kill -9 it is started again where it was, at the same addresses and with the same token', async () => {
  const first = await launch()
  const kubeconfig = await readFile(first.kubeconfig, 'utf8')
  process.kill(first.pid, 'SIGKILL')

  const second = await launch()

  expect(second.pid).not.toBe(first.pid)
  expect(second).toMatchObject({ isAdopted: false, apiUrl: first.apiUrl, gatewayUrl: first.gatewayUrl })
  expect(await readFile(second.kubeconfig, 'utf8')).toBe(kubeconfig)
})

test('stop ends the process and leaves nothing that answers', async () => {
  const cluster = await launch()
  const identity = identify(cluster.pid)

  await cluster.stop()

  expect(identity !== undefined && isSameProcess(identity)).toBe(false)
  expect(await askCluster(cluster.kubeconfig, 1_000)).toMatchObject({ state: 'silent' })
})

test('secrets are readable for their owner only', async () => {
  const cluster = await launch()

  for (const path of [
    cluster.kubeconfig,
    ...['ca.key', 'server.key', 'admin.token', 'service-account.key'].map((name) => join(dataDir, 'keys', name)),
  ]) {
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  }
})

test('a cluster that cannot start says why, with the end of its log', async () => {
  await writeFile(join(dataDir, 'cluster.db'), 'no database '.repeat(1_000))

  await expect(launch()).rejects.toThrow(/exit code 1 before it was ready.*cluster\.log:.*is damaged/s)
})
