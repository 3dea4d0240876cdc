import type { KubeClient } from '@plimsoll/kube'
import { applicationManifest, type Plimsoll, untilSynced } from '../harness/plimsoll.ts'
import { followSync, type Listed } from './follow-sync.ts'
import { processesOf, report, summarize, usageOf } from './measure.ts'

const second = 1000

function settings(name: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`
}

/**
 * Many applications of one ConfigMap each, from one repository, on one cluster; one commit that touches all of them; a list of them, page by page;
 * syncs that wait for their hooks beside others. Argo CD's published best for such a commit is 11 minutes.
 */
export async function measureMany(plimsoll: Plimsoll, client: KubeClient, size: number): Promise<boolean[]> {
  const names = Array.from({ length: size }, (_, index) => `many-${String(index).padStart(5, '0')}`)
  const filesOf = (value: string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`apps/${name}/settings.yaml`, settings(name, value)]))
  const usage = (): { cpuMs: number; rssMb: number } => usageOf(processesOf(plimsoll.dataDir))
  const share = size / 10_000
  const met: boolean[] = []

  await plimsoll.push('many', filesOf('first'))
  const follower = await followSync(plimsoll)
  const begunAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        const options = { repository: 'many', path: `apps/${name}`, namespace: 'many' }
        await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, options))
      }
    }),
  )
  await follower.untilSynced(names)
  report(`${size} applications of one ConfigMap, first create to last Synced`, (performance.now() - begunAt) / second, 's')
  report('memory of server and cluster then', usage().rssMb, 'MB')

  const before = usage()
  let pushedAt = 0
  const commit = await plimsoll.push('many', filesOf('second'), 'Touch all', () => {
    pushedAt = performance.now()
  })
  const pages = followPages(plimsoll)
  await follower.untilSynced(names, commit)
  const seconds = (performance.now() - pushedAt) / second
  const busy = await pages.stop()
  const after = usage()
  met.push(
    report(`one commit that touches all ${size}, start of git push to last Synced`, seconds, 's', {
      atMost: 60 * share,
      peer: { name: 'Argo CD at its best (published)', value: 660 * share },
    }),
  )
  report('… processor time of server and cluster', (after.cpuMs - before.cpuMs) / second, 's')
  met.push(report('memory of server and cluster after it', after.rssMb, 'MB', { atMost: 1500 }))
  const idle = followPages(plimsoll)
  await new Promise((resolve) => setTimeout(resolve, 5 * second))
  const quiet = await idle.stop()
  met.push(report('a page of 50 of the list, 99 of 100', quiet.p99, 'ms', { atMost: 50 }))
  report('… while that commit was rolled out, median', busy.median, 'ms')
  report('… while that commit was rolled out, 99 of 100', busy.p99, 'ms')
  follower.stop()
  met.push(await measureWaitingHooks(plimsoll, client))
  return met
}

/** Asks for one page after the other, ten a second, as somebody who scrolls. */
function followPages(plimsoll: Plimsoll): { stop(): Promise<{ median: number; p99: number }> } {
  const times: number[] = []
  let isStopped = false
  const asking = (async () => {
    for (let page = ''; !isStopped;) {
      const at = performance.now()
      const { metadata } = await plimsoll.api<Listed & { metadata: { continue?: string } }>(
        'GET',
        `/api/v1/applications?limit=50${page && `&continue=${encodeURIComponent(page)}`}`,
      )
      times.push(performance.now() - at)
      page = metadata.continue ?? ''
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    async stop() {
      isStopped = true
      await asking
      const sorted = times.toSorted((a, b) => a - b)
      return { median: summarize(times).median, p99: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN }
    },
  }
}

const waitingHook = `apiVersion: batch/v1
kind: Job
metadata: { name: waits, annotations: { argocd.argoproj.io/hook: PreSync } }
spec: { suspend: true, template: { spec: { restartPolicy: Never, containers: [{ name: waits, image: waits, command: ["true"] }] } } }
`

/** How long a push takes to the object in the cluster, alone and beside a hundred syncs whose hooks do not end. */
async function measureWaitingHooks(plimsoll: Plimsoll, client: KubeClient): Promise<boolean> {
  await plimsoll.push('beside', { 'settings.yaml': settings('beside', 'start') })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'beside'))
  await untilSynced(plimsoll, 'beside')
  const type = await client.typeOf('v1', 'ConfigMap')
  if (!type) throw new Error('ConfigMap is not served')
  let round = 0
  const pushes = async (): Promise<number> => {
    const times: number[] = []
    for (let count = 0; count < 15; count++) {
      const value = `round ${++round}`
      let at = 0
      await plimsoll.push('beside', { 'settings.yaml': settings('beside', value) }, 'Change', () => {
        at = performance.now()
      })
      for (;;) {
        const live = await client.get(type, { namespace: 'beside', name: 'beside' })
        if ((live?.data as { value?: string } | undefined)?.value === value) break
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      times.push(performance.now() - at)
    }
    return summarize(times).median
  }
  // The first ones are slower by themselves, whatever stands beside them.
  await pushes()
  const alone = await pushes()
  await plimsoll.push('waiting', { 'hook.yaml': waitingHook, 'settings.yaml': settings('after', 'hook') })
  const names = Array.from({ length: 100 }, (_, index) => `waiting-${index}`)
  for (const name of names)
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { repository: 'waiting', namespace: name }))
  for (const name of names) await untilWaiting(plimsoll, name)
  // That they came is over then; what is asked is what their waiting costs.
  await new Promise((resolve) => setTimeout(resolve, 2 * second))
  const beside = await pushes()
  report('a push to its object, alone (median of 15)', alone, 'ms')
  return report('… beside 100 syncs that wait for their hooks', beside, 'ms', { atMost: alone * 1.25 })
}

async function untilWaiting(plimsoll: Plimsoll, name: string): Promise<void> {
  const deadline = Date.now() + 60 * second
  for (;;) {
    const { status } = await plimsoll.api<{ status?: { operationState?: { phase?: string; message?: string } } }>(
      'GET',
      `/api/v1/applications/${name}`,
    )
    if (status?.operationState?.phase === 'Running' && status.operationState.message?.includes('hook')) return
    if (Date.now() > deadline) throw new Error(`${name} does not wait for its hook: ${JSON.stringify(status?.operationState)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
