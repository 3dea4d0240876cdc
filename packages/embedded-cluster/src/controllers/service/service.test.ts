import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClusterForTests } from '../testing/cluster-for-tests.ts'

let cluster: ClusterForTests

beforeEach(async () => {
  cluster = await ClusterForTests.start()
})

afterEach(() => cluster.stop())

const pod = (name: string, port: number): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec: { containers: [{ name: web, image: web, ports: [{ name: http, containerPort: ${port} }] }] }
`

const service = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }] }
`

interface Slice {
  endpoints?: { addresses: string[]; conditions: Record<string, boolean>; targetRef: { name: string } }[]
  ports?: { name: string; port: number }[]
}

const slices = async (): Promise<Slice[]> =>
  (await cluster.list('discovery.k8s.io/v1', 'EndpointSlice')).filter(
    (one) => one.metadata.labels?.['kubernetes.io/service-name'] === 'web',
  ) as unknown as Slice[]

test('endpoints follow the pods: their readiness, their end, and the number behind a named port', async () => {
  cluster.kubelet.lifeOf = (one) => (one.metadata.name === 'b' ? 'unready' : 'ready')
  await cluster.create(service + '---' + pod('a', 8080) + '---' + pod('b', 9090))

  await vi.waitFor(async () => {
    const found = (await slices()).map((slice) => ({
      port: slice.ports?.[0]?.port,
      ready: slice.endpoints?.map((one) => [one.targetRef.name, one.conditions['ready']]),
    }))
    expect(found.sort((x, y) => (x.port ?? 0) - (y.port ?? 0))).toEqual([
      { port: 8080, ready: [['a', true]] },
      { port: 9090, ready: [['b', false]] },
    ])
  })
  await vi.waitFor(async () => {
    const [subset] = ((await cluster.get('v1', 'Endpoints', 'web'))?.['subsets'] ?? []) as { addresses?: unknown[] }[]
    expect(subset?.addresses).toHaveLength(1)
  })
  await cluster.delete('v1', 'Pod', 'a')
  await cluster.delete('v1', 'Pod', 'b')
  await vi.waitFor(async () => expect((await slices()).flatMap((slice) => slice.endpoints ?? [])).toEqual([]))
})

test('a load balancer and an ingress tell the gateway as their address; an ingress of another class does not', async () => {
  await cluster.create(`
apiVersion: v1
kind: Service
metadata: { name: lb }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: foreign }
spec: { ingressClassName: nginx, defaultBackend: { service: { name: web, port: { number: 80 } } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ours }
spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
`)

  await vi.waitFor(async () => {
    expect((await cluster.get('v1', 'Service', 'lb'))?.['status']).toMatchObject({ loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } })
    expect((await cluster.get('networking.k8s.io/v1', 'Ingress', 'ours'))?.['status']).toMatchObject({
      loadBalancer: { ingress: [{ ip: '127.0.0.1' }] },
    })
  })
  expect((await cluster.get('networking.k8s.io/v1', 'Ingress', 'foreign'))?.['status'] ?? {}).not.toHaveProperty('loadBalancer.ingress')
})
