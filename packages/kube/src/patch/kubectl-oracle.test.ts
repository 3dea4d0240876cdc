import { describe, expect, it } from 'vitest'
import type { JsonPatchOperation } from '../client/kube-client.ts'
import { typeSchemaFor } from '../schema/built-in-schema.ts'
import { applyJsonPatch } from './json-patch.ts'
import { findKubectl, patchLocally } from './kubectl-for-tests.ts'
import { applyMergePatch } from './merge-patch.ts'
import { PatchError } from './patch-error.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

const kubectl = findKubectl()
const schema = typeSchemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })

const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, finalizers: ['x/a', 'x/b'] },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            image: 'one',
            args: ['1', '2'],
            ports: [{ containerPort: 80 }, { containerPort: 81, protocol: 'UDP' }],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
              { name: 'C', value: '3' },
            ],
            resources: { limits: { cpu: '1' } },
          },
          { name: 'side', image: 'two' },
        ],
      },
    },
  },
}

const inPod = (spec: unknown): unknown => ({ spec: { template: { spec } } })
const inMain = (fields: Record<string, unknown>): unknown => inPod({ containers: [{ name: 'main', ...fields }] })

const strategic: unknown[] = [
  { spec: { replicas: null }, metadata: { labels: { b: 'c', app: null } } },
  inPod({ containers: [{ name: 'new', image: 'z' }] }),
  inPod({ containers: [{ name: 'main', $patch: 'delete' }] }),
  inPod({ containers: [{ $patch: 'replace' }, { name: 'q', image: 'i' }] }),
  inPod({
    '$setElementOrder/containers': [{ name: 'side' }, { name: 'new' }, { name: 'main' }],
    containers: [{ name: 'new', image: 'z' }],
  }),
  { metadata: { '$deleteFromPrimitiveList/finalizers': ['x/a'] } },
  { metadata: { '$setElementOrder/finalizers': ['x/b', 'x/c', 'x/a'], finalizers: ['x/c'] } },
  inPod({ volumes: [{ name: 'data', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }] }),
  { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
  { spec: { strategy: { $patch: 'replace', type: 'Recreate' } } },
  { spec: { strategy: { $patch: 'merge' } } },
  { spec: { $retainKeys: ['replicas'], paused: true } },
  inMain({
    env: [
      { name: 'B', $patch: 'delete' },
      { name: 'Z', value: '9' },
    ],
    args: ['3'],
  }),
  inMain({ env: [{ name: 'D', value: '4' }], '$setElementOrder/env': [{ name: 'D' }, { name: 'C' }, { name: 'B' }, { name: 'A' }] }),
  inMain({ env: [{ name: 'D', value: '4' }], '$setElementOrder/env': [{ name: 'C' }] }),
  inMain({ ports: [{ containerPort: 81, name: 'x' }] }),
  inPod({ containers: [{ image: 'nobody' }] }),
  inPod({ tolerations: [{ key: 'a' }], nodeSelector: { a: 'b' }, imagePullSecrets: [{ name: 'p' }] }),
]

const merge: unknown[] = [
  { spec: { replicas: null } },
  inPod({ containers: [{ name: 'only', image: 'z' }] }),
  { metadata: { labels: { app: null, z: '1' }, finalizers: null } },
]

const json: unknown[] = [
  [{ op: 'replace', path: '/spec/replicas', value: 9 }],
  [{ op: 'add', path: '/spec/template/spec/containers/0', value: { name: 'first', image: 'z' } }],
  [{ op: 'remove', path: '/spec/nothing' }],
  [{ op: 'test', path: '/spec/replicas', value: 3 }],
  [
    { op: 'move', from: '/spec/template/spec/containers/0', path: '/spec/template/spec/containers/1' },
    { op: 'copy', from: '/metadata/labels/app', path: '/metadata/labels/a~1b' },
  ],
]

const reason = 'missing' in kubectl ? ` (skipped: ${kubectl.missing})` : ''

describe.skipIf('missing' in kubectl)(`kubectl patch --local agrees${reason}`, () => {
  const path = 'path' in kubectl ? kubectl.path : ''

  it.each(strategic.map((patch) => [JSON.stringify(patch), patch]))('on the strategic merge patch %s', (_text, patch) => {
    expectAgreement(patchLocally(path, object, patch, 'strategic'), () =>
      applyStrategicMergePatch(object, patch as Record<string, unknown>, schema),
    )
  })

  it.each(merge.map((patch) => [JSON.stringify(patch), patch]))('on the merge patch %s', (_text, patch) => {
    expectAgreement(patchLocally(path, object, patch, 'merge'), () => applyMergePatch(object, patch))
  })

  it.each(json.map((patch) => [JSON.stringify(patch), patch]))('on the JSON patch %s', (_text, patch) => {
    expectAgreement(patchLocally(path, object, patch, 'json'), () => applyJsonPatch(object, patch as JsonPatchOperation[]))
  })
})

function expectAgreement(theirs: unknown, ours: () => unknown): void {
  if (typeof theirs === 'object' && theirs !== null && 'refused' in theirs) expect(ours).toThrow(PatchError)
  else expect(normalise(ours())).toEqual(normalise(theirs))
}

/** kubectl writes structs that are empty and times that are null. */
function normalise(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      member === null || (['status', 'strategy', 'resources'].includes(key) && JSON.stringify(member) === '{}') ? undefined : member,
    ),
  )
}
