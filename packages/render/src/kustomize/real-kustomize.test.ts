import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { RenderError } from '../engine/tree.ts'
import { findKubectl } from './patch/kustomize-for-tests.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

const kubectl = findKubectl('1.34')

const name = fc.constantFrom('a', 'b', 'c')
const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 })
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y', '1'), { maxKeys: 2 })
const metadata = fc.record(
  { name, namespace: fc.constantFrom('one', 'two', 'default'), labels, annotations: fc.dictionary(name, fc.constantFrom('x', 1, true)) },
  { requiredKeys: ['name'] },
)
const podSpec = fc.record(
  {
    serviceAccountName: name,
    containers: fc.uniqueArray(
      fc.record({
        name,
        image: fc.constantFrom('nginx', 'nginx:1', 'host:5000/redis@sha256:aa'),
        envFrom: fc.array(fc.oneof(fc.record({ configMapRef: fc.record({ name }) }), fc.record({ secretRef: fc.record({ name }) }))),
      }),
      { selector: (container) => container.name, maxLength: 2 },
    ),
    volumes: fc.uniqueArray(fc.record({ name, secret: fc.record({ secretName: name }) }), {
      selector: (volume) => volume.name,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
)
const template = fc.record({ metadata: fc.record({ labels }), spec: podSpec }, { requiredKeys: ['spec'] })
const rbac = 'rbac.authorization.k8s.io'
const subject = fc.record(
  { kind: fc.constantFrom('ServiceAccount', 'User'), name: fc.constantFrom('a', 'b', 'default'), namespace: fc.constantFrom('one', 'two') },
  { requiredKeys: ['kind', 'name'] },
)

interface Generated {
  kind: string
  metadata: { name: string }
}

function kind(apiVersion: string, kindName: string, fields: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<Generated> {
  return fc.record({ apiVersion: fc.constant(apiVersion), kind: fc.constant(kindName), metadata, ...fields })
}

const resource = fc.oneof(
  kind('v1', 'ConfigMap', { data: fc.dictionary(name, fc.constantFrom('1', 'yes', 'x\ny\n')) }),
  kind('v1', 'Secret'),
  kind('v1', 'ServiceAccount'),
  kind('v1', 'Service', { spec: fc.record({ selector: labels }) }),
  kind('v1', 'Pod', { spec: podSpec }),
  kind('apps/v1', 'Deployment', { spec: fc.record({ template }) }),
  kind('batch/v1', 'CronJob', { spec: fc.record({ jobTemplate: fc.record({ spec: fc.record({ template }) }) }) }),
  kind(`${rbac}/v1`, 'Role', { rules: fc.array(fc.record({ resourceNames: fc.array(name) }), { maxLength: 1 }) }),
  kind(`${rbac}/v1`, 'RoleBinding', {
    roleRef: fc.record({ apiGroup: fc.constant(rbac), kind: fc.constantFrom('Role', 'ClusterRole'), name }),
    subjects: fc.array(subject, { maxLength: 3 }),
  }),
  kind('example.org/v1', 'Custom', { spec: fc.record({ containers: fc.array(fc.record({ image: fc.constantFrom('nginx', 'x') })) }) }),
)

const generator = fc.record(
  { name: fc.constantFrom('a', 'made'), literals: fc.constantFrom(['k=v'], ['k="v"', 'l=1']), options: fc.record({ labels }) },
  { requiredKeys: ['name', 'literals'] },
)

const kustomization = fc.record({
  namePrefix: rarely(fc.constantFrom('p-', 'q-')),
  nameSuffix: rarely(fc.constantFrom('-s')),
  namespace: rarely(fc.constantFrom('one', 'three')),
  commonLabels: rarely(labels),
  commonAnnotations: rarely(fc.constant({ note: 'x' })),
  labels: rarely(fc.array(fc.record({ pairs: labels, includeSelectors: fc.boolean(), includeTemplates: fc.boolean() }), { maxLength: 2 })),
  images: rarely(fc.constantFrom([{ name: 'nginx', newTag: 'new' }], [{ name: 'host:5000/redis', newName: 'redis', digest: 'sha256:bb' }])),
  configMapGenerator: rarely(fc.array(generator, { maxLength: 1 })),
  secretGenerator: rarely(fc.array(generator, { maxLength: 1 })),
  buildMetadata: rarely(fc.subarray(['originAnnotations', 'transformerAnnotations', 'managedByLabel'])),
  sortOptions: rarely(fc.record({ order: fc.constantFrom('legacy', 'fifo') })),
})

const resources = fc.uniqueArray(resource, { minLength: 1, maxLength: 5, selector: (one) => `${one.kind} ${one.metadata.name}` })

describe.skipIf(kubectl === undefined)('builds of anything, beside kubectl 1.34.5', () => {
  test('an overlay over a base comes out the same, or fails in both', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(kustomization, resources, kustomization, resources, (base, below, top, above) => {
        const files = {
          'base/kustomization.yaml': yaml({ resources: ['all.yaml'], ...base }),
          'base/all.yaml': below.map(yaml).join('---\n'),
          'top/kustomization.yaml': yaml({ resources: ['../base', 'all.yaml'], ...top }),
          'top/all.yaml': above.map(yaml).join('---\n'),
        }

        expect(ours(files)).toBe(theirs(files))
      }),
      { numRuns: 20 },
    )
  })
})

const failed = 'it fails'

function ours(files: Readonly<Record<string, string>>): string {
  try {
    return kustomize(files, { path: 'top' })
  } catch (error) {
    if (error instanceof RenderError) return failed
    throw error
  }
}

function theirs(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-kustomize-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    // The suite is skipped where there is no kubectl.
    const run = spawnSync(kubectl ?? '', ['kustomize', join(folder, 'top')], { encoding: 'utf8', env: { HOME: folder } })
    return run.status === 0 ? run.stdout : failed
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function yaml(value: object): string {
  return dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1, noRefs: true })
}
