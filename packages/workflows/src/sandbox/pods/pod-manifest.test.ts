import { describe, expect, it } from 'vitest'
import type { AskedContainer } from '../../job/asked-containers.ts'
import type { SandboxRequest } from '../probe.ts'
import { podOf, type PodSettings } from './pod-manifest.ts'
import { refuse, servicesOf } from './pod-services.ts'

const settings: PodSettings = {
  namespace: 'ci',
  image: 'tools:1',
  server: 'here',
  start: 'now',
  memoryBytes: 2 ** 30,
  diskBytes: 2 ** 34,
  startMs: 60_000,
  scripts: 'packed',
}
const request: SandboxRequest = {
  jobId: '12-1-3',
  runId: '12',
  repository: 'demo',
  isOutside: true,
  folder: '/nowhere',
  layout: 'machine',
  longestMs: 600_000,
  signal: new AbortController().signal,
  say: () => undefined,
  services: new Map(),
}
const image: AskedContainer = { image: 'postgres:16', env: new Map(), ports: [], volumes: [], options: '', hasCredentials: false, entrypoint: '', command: '' } // prettier-ignore

interface PodSpec {
  containers: Record<string, unknown>[]
  [field: string]: unknown
}

describe("a job's pod", () => {
  it('has no rights: in the cluster, on its node, over its own root', () => {
    const pod = podOf('job-1', request, [], settings)

    const spec = pod['spec'] as PodSpec
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 660,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(spec.containers[0]).toMatchObject({
      image: 'tools:1',
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1001,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { limits: { memory: String(2 ** 30), 'ephemeral-storage': String(2 ** 34) } },
    })
    expect(pod.metadata.labels).toMatchObject({ 'plimsoll.dev/run': '12', 'plimsoll.dev/job': '12-1-3', 'plimsoll.dev/trust': 'outside' })
  })

  it("runs in the job's own image with Node.js brought along, and keeps what it sets as it is written", () => {
    const container = { ...image, image: 'python:3.12', env: new Map([['PRICE', '$(HOME) costs $5']]) }

    const spec = podOf('job-1', { ...request, container }, [], settings)['spec'] as PodSpec

    expect(spec['initContainers']).toMatchObject([{ image: 'tools:1' }])
    expect(spec.containers[0]).toMatchObject({ image: 'python:3.12' })
    expect(spec.containers[0]?.['env']).toContainEqual({ name: 'PRICE', value: '$$(HOME) costs $$5' })
  })

  it("is what the operator's template makes of it, and is still found again", () => {
    const template = {
      metadata: { labels: { team: 'ml', 'plimsoll.dev/server': 'mine' }, name: 'other' },
      spec: { nodeSelector: { gpu: 'yes' }, containers: [{ name: 'job', resources: { limits: { 'nvidia.com/gpu': '1' } } }] },
    }

    const pod = podOf('job-1', request, [], { ...settings, template })

    expect(pod.metadata).toMatchObject({ name: 'job-1', labels: { team: 'ml', 'plimsoll.dev/server': 'here' } })
    expect(pod['spec']).toMatchObject({
      nodeSelector: { gpu: 'yes' },
      containers: [{ image: 'tools:1', resources: { limits: { 'nvidia.com/gpu': '1', memory: String(2 ** 30) } } }],
    })
  })
})

describe('services of a job', () => {
  it('are containers of its pod, with their health checks', () => {
    const told: string[] = []
    const options = `--health-cmd "pg_isready -U 'me'" --health-interval=10s --health-timeout 5s --health-retries 5 --cpus 1`
    const services = new Map([['my_db', { ...image, ports: ['5432:5432', '53/udp'], options, env: new Map([['A', 'b']]) }]])

    const [service] = servicesOf(services, '1Gi', (text) => told.push(text))

    expect(service).toMatchObject({
      host: 'my-db',
      container: {
        image: 'postgres:16',
        env: [{ name: 'A', value: 'b' }],
        ports: [{ containerPort: 5432, protocol: 'TCP' }, { containerPort: 53, protocol: 'UDP' }], // prettier-ignore
        readinessProbe: {
          exec: { command: ['/bin/sh', '-c', "pg_isready -U 'me'"] },
          periodSeconds: 5,
          timeoutSeconds: 5,
          failureThreshold: 5,
        },
        securityContext: { allowPrivilegeEscalation: false },
      },
    })
    expect(told).toEqual(["Options of service 'my_db' that a pod does not have are left out: --cpus 1"])
  })

  it.each([
    [{ ports: ['8080:80'] }, "maps its port 80 to 8080"],
    [{ ports: ['127.0.0.1:80:80'] }, "is no port of service 'db'"],
    [{ volumes: ['/data'] }, 'asks for volumes'],
    [{ hasCredentials: true }, 'brings credentials'],
  ])('that a pod cannot have are refused with a sentence: %j', (more, words) => {
    expect(() => servicesOf(new Map([['db', { ...image, ...more }]]), '1Gi', () => undefined)).toThrow(words)
    if (!('ports' in more)) expect(() => refuse('The container', { ...image, ...more })).toThrow(words)
  }) // prettier-ignore
})
