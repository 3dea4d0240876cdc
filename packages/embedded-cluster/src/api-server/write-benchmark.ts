import { Agent, request } from 'node:https'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClusterCache, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { createApiServer, type ApiServer, type ListeningApi } from './create-api-server.ts'

/**
 * Writes per second with 32 in flight, in process and over HTTPS. Run it after a build: `node packages/embedded-cluster/dist/api-server/write-benchmark.js`.
 * The API server, its disk and the client share this process, so that the figures over HTTPS hold the client's work too.
 */
const inFlight = 32
const objects = Number(process.argv[2] ?? 3_000)

function deployment(index: number): KubeObject {
  const name = `app-${index}`
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'benchmark' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'default',
      labels,
      annotations: { 'argocd.argoproj.io/tracking-id': `${name}:apps/Deployment:default/${name}` },
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'server',
              image: 'registry.example/model-server:1.2.3',
              ports: [{ name: 'http', containerPort: 8080 }],
              env: Array.from({ length: 6 }, (_, at) => ({ name: `SETTING_${at}`, value: `value ${at}` })),
              resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
              readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
            },
          ],
        },
      },
    },
  }
}

async function measure(what: string, count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) await run(next++)
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  const cpuMs = (used.user + used.system) / 1000 / count
  console.log(
    `${what.padEnd(44)} ${Math.round(count / seconds)
      .toString()
      .padStart(7)} /s   ${cpuMs.toFixed(3)} ms of CPU each`,
  )
}

function send(listening: ListeningApi, agent: Agent, method: string, path: string, type: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${listening.token}`, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }
    const asked = request(`${listening.url}${path}`, { method, agent, ca: listening.ca, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if ((response.statusCode ?? 500) < 400) resolve()
        else reject(new Error(`${method} ${path}: ${response.statusCode}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function benchmark(api: ApiServer): Promise<void> {
  const type = (await api.client.typeOf('apps/v1', 'Deployment')) as ResourceType
  const listening = await api.listen({ port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const apply = 'application/apply-patch+yaml'
  const manager = 'fieldManager=argocd-controller&force=true'
  const changed = (index: number): KubeObject => {
    const object = deployment(index)
    return { ...object, spec: { ...(object['spec'] as object), replicas: 1 } }
  }
  const texts = Array.from({ length: objects }, (_, index) => JSON.stringify(deployment(index + objects)))
  const changedTexts = Array.from({ length: objects }, (_, index) => JSON.stringify(changed(index + objects)))
  const options = { fieldManager: 'argocd-controller', force: true }

  await measure('create, in process', objects, (index) => api.client.create(type, deployment(index)))
  await measure('apply that takes over, in process', objects, (index) => api.client.apply(type, deployment(index), options))
  await measure('apply that changes a field, in process', objects, (index) => api.client.apply(type, changed(index), options))
  await measure('apply that changes nothing, in process', objects, (index) => api.client.apply(type, changed(index), options))
  await measure('status update, in process', objects, async (index) => {
    const object = (await api.client.get(type, { namespace: 'default', name: `app-${index}` })) as KubeObject
    await api.client.update(type, { ...object, status: { replicas: 1, observedGeneration: 2 } }, { subresource: 'status' })
  })
  await measure('create by apply, over HTTPS', objects, (index) =>
    send(listening, agent, 'PATCH', `${path}/app-${index + objects}?${manager}`, apply, texts[index] ?? ''),
  )
  await measure('apply that changes a field, over HTTPS', objects, (index) =>
    send(listening, agent, 'PATCH', `${path}/app-${index + objects}?${manager}`, apply, changedTexts[index] ?? ''),
  )
  await measure('apply that changes nothing, over HTTPS', objects, (index) =>
    send(listening, agent, 'PATCH', `${path}/app-${index + objects}?${manager}`, apply, changedTexts[index] ?? ''),
  )
  await measure('get, over HTTPS', objects, (index) => send(listening, agent, 'GET', `${path}/app-${index}`, 'application/json', ''))
  await measure(`list of ${2 * objects}, over HTTPS`, 32, () => send(listening, agent, 'GET', path, 'application/json', ''))
  const cache = createClusterCache(api.client)
  await cache.start()
  await measure('create with a watch cache, in process', objects, (index) => api.client.create(type, deployment(index + 2 * objects)))
  await cache.stop()
  agent.destroy()
}

const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-benchmark-'))
const api = await createApiServer({ dataDir })
try {
  await benchmark(api)
} finally {
  await api.close()
  await rm(dataDir, { recursive: true })
}
