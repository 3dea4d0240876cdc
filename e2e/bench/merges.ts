import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PullRequest } from '@plimsoll/api'
import { applicationManifest, askGateway, type Plimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'
import { report, summarize } from './measure.ts'

const name = 'merges'
const program = 'require("http").createServer((_, answer) => answer.end(process.env.VERSION)).listen(process.env.PORT)'

const kustomization = (version: string): string =>
  `resources: [app.yaml]\nconfigMapGenerator:\n  - name: model\n    literals: [VERSION=${version}]\n`

const app = `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: node
          command: [node, -e, '${program}']
          envFrom: [{ configMapRef: { name: model } }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: http }] }
`

/** From the request to merge a pull request until the first stage of its Delivery serves what it says, the start of its pod included. */
export async function measureMerges(plimsoll: Plimsoll, repetitions: number): Promise<boolean> {
  await plimsoll.push(name, { 'staging/kustomization.yaml': kustomization('start'), 'staging/app.yaml': app })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { path: 'staging' }))
  await plimsoll.api('POST', '/api/v1/deliveries', {
    apiVersion: 'plimsoll.dev/v1alpha1',
    kind: 'Delivery',
    metadata: { name },
    spec: {
      source: { repoURL: plimsoll.repositoryUrl(name), branch: 'main' },
      fields: [{ file: 'kustomization.yaml', configMap: { name: 'model', key: 'VERSION' } }],
      stages: [{ name: 'staging', application: name }],
    },
  })
  await untilSynced(plimsoll, name, { health: 'Healthy' })
  const clone = mkdtempSync(join(tmpdir(), 'merges-'))
  const times: number[] = []
  try {
    const url = new URL(plimsoll.repositoryUrl(name))
    url.username = 'admin'
    url.password = plimsoll.token
    await mustRun('git', ['clone', '--quiet', url.href, clone])
    const git = (...args: string[]): Promise<string> =>
      mustRun('git', ['-C', clone, '-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', ...args])
    for (let count = 0; count < repetitions; count++) times.push(await mergeOnce(plimsoll, clone, git, `merge-${count}`))
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
  return report('a merge, to the answer of the stage that follows it (median)', summarize(times).median, 'ms', { atMost: 3000 })
}

async function mergeOnce(plimsoll: Plimsoll, clone: string, git: (...args: string[]) => Promise<string>, version: string): Promise<number> {
  await git('fetch', '--quiet', 'origin')
  await git('checkout', '--quiet', '-B', version, 'origin/main')
  writeFileSync(join(clone, 'staging', 'kustomization.yaml'), kustomization(version))
  await git('commit', '--quiet', '-am', version)
  await git('push', '--quiet', 'origin', version)
  const path = `/api/v1/repositories/${name}/pulls`
  const pull = await plimsoll.api<PullRequest>('POST', path, { title: version, body: '', head: version, base: 'main' })
  const startedAt = performance.now()
  await plimsoll.api('POST', `${path}/${pull.number}/merge`, { method: 'squash', head: pull.head.commit })
  await eventually(`the stage serves ${version}`, async () => {
    const { status, body } = await askGateway(plimsoll, `${name}.${name}.localhost`)
    return status === 200 && body === version
  })
  return performance.now() - startedAt
}
