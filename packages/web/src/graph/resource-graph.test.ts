import type { Application, ApplicationTree } from '@plimsoll/api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layoutInColumns, nodeHeight } from './layout.ts'
import { buildGraph, idOf, rootId, shortName } from './resource-graph.ts'
import { showTree } from './shown-tree.ts'

const application = (resources: object[]): Application =>
  ({
    metadata: { name: 'demo', namespace: 'argocd' },
    spec: { destination: {} },
    status: { sync: { status: 'Synced' }, resources },
  }) as Application

const deployment = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'demo', name: 'api', status: 'Synced' }
const set = (name: string, revision: number) => ({
  group: 'apps', version: 'v1', kind: 'ReplicaSet', namespace: 'demo', name, uid: name,
  parentRefs: [{ group: 'apps', kind: 'Deployment', namespace: 'demo', name: 'api', uid: 'd' }],
  info: [{ name: 'Revision', value: `Rev:${revision}` }],
}) // prettier-ignore
const pod = (name: string, owner: string, status: 'Healthy' | 'Degraded' = 'Healthy') => ({
  version: 'v1', kind: 'Pod', namespace: 'demo', name, uid: name, health: { status },
  parentRefs: [{ group: 'apps', kind: 'ReplicaSet', namespace: 'demo', name: owner, uid: owner }],
}) // prettier-ignore
const all = { collapsed: new Set<string>(), unfolded: new Set<string>(), filter: { text: '', kinds: [], states: [] } }

const tree: ApplicationTree = {
  nodes: [{ ...deployment, uid: 'd' }, set('api-1', 1), set('api-2', 2), pod('api-2-a', 'api-2'), pod('api-2-b', 'api-2', 'Degraded')],
}

test('Owners stand above what they own, and count its pods', () => {
  const graph = buildGraph(application([deployment]), tree)

  const owner = graph.nodes.get(idOf(deployment))
  expect(owner).toMatchObject({ parent: rootId, depth: 1, pods: 2, readyPods: 1, sync: 'Synced' })
  expect(graph.nodes.get('/Pod/demo/api-2-a')).toMatchObject({ depth: 3, parent: 'apps/ReplicaSet/demo/api-2' })
})

test('What Git holds and the cluster does not is there, and said to be missing', () => {
  const graph = buildGraph(application([deployment, { kind: 'ConfigMap', namespace: 'demo', name: 'gone', status: 'OutOfSync' }]), tree)

  expect(graph.nodes.get('/ConfigMap/demo/gone')).toMatchObject({ isMissing: true, isManaged: true, parent: rootId })
})

test('Owners in a circle, and owners that are not there, hang under the application', () => {
  const circle: ApplicationTree = {
    nodes: [
      { kind: 'A', name: 'a', uid: 'a', parentRefs: [{ kind: 'B', name: 'b', uid: 'b' }] },
      { kind: 'B', name: 'b', uid: 'b', parentRefs: [{ kind: 'A', name: 'a', uid: 'a' }] },
      { kind: 'C', name: 'c', uid: 'c', parentRefs: [{ kind: 'X', name: 'x', uid: 'x' }] },
    ],
  }

  const graph = buildGraph(application([]), circle)

  expect(graph.order).toHaveLength(4)
  expect(new Set(graph.order)).toEqual(new Set([rootId, '/A//a', '/B//b', '/C//c']))
})

test('A name is cut by what its owner says already', () => {
  const graph = buildGraph(application([deployment]), tree)
  const node = graph.nodes.get('/Pod/demo/api-2-a')

  expect(node && shortName(node, graph)).toEqual({ isCut: true, text: 'a' })
})

test('Earlier revisions without pods are folded into one, the newest is not', () => {
  const shown = showTree(buildGraph(application([deployment]), tree), all)

  expect(shown.nodes.map((one) => one.id)).toContain('group:old:apps/Deployment/demo/api:ReplicaSet')
  expect(shown.nodes.map((one) => one.id)).toContain('apps/ReplicaSet/demo/api-2')
  expect(shown.nodes.map((one) => one.id)).not.toContain('apps/ReplicaSet/demo/api-1')
})

test('Of many pods the troubled ones are drawn', () => {
  const pods = Array.from({ length: 40 }, (_, index) => pod(`api-2-${index}`, 'api-2', index === 33 ? 'Degraded' : 'Healthy'))

  const shown = showTree(buildGraph(application([deployment]), { nodes: [{ ...deployment, uid: 'd' }, set('api-2', 2), ...pods] }), all)

  expect(shown.nodes.map((one) => one.id)).toContain('/Pod/demo/api-2-33')
  expect(shown.nodes.find((one) => one.folded)?.folded).toHaveLength(34)
})

test('A filter leaves what matches and all above it', () => {
  const shown = showTree(buildGraph(application([deployment]), tree), {
    ...all,
    filter: { text: '', kinds: ['Pod'], states: ['Degraded'] },
  })

  expect(shown.nodes.map((one) => one.node.name)).toEqual(['demo', 'api', 'api-2', 'api-2-b'])
})

test('Whatever the tree is, every node in sight gets a place, and none lies on another', () => {
  const nodes = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 40 })
  fc.assert(
    fc.property(nodes, (pairs) => {
      const any: ApplicationTree = {
        nodes: pairs.map(([own, owner]) => ({
          kind: 'K',
          name: `n${own}`,
          uid: `n${own}`,
          parentRefs: [{ kind: 'K', name: `n${owner}`, uid: `n${owner}` }],
        })),
      }

      const shown = showTree(buildGraph(application([]), any), all)
      const { places } = layoutInColumns(shown)

      expect(places.size).toBe(shown.nodes.length)
      const boxes = [...places.values()]
      for (const [index, a] of boxes.entries()) {
        for (const b of boxes.slice(index + 1)) {
          expect(a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + nodeHeight || b.y >= a.y + nodeHeight).toBe(true)
        }
      }
    }),
  )
})
