import type { KubeObject } from '@plimsoll/kube'
import yaml from 'js-yaml'
import type { AdmissionContext } from '../api-server/kind-registry.ts'
import { createKindRegistry } from './create-kind-registry.ts'
import type { Kind } from './kind.ts'
import { fieldsOrEmpty, type Fields } from './reading.ts'

/** What the tests of this folder share: a registry, and what a cluster would do with a manifest, without the cluster. */
export const registry = createKindRegistry()

export const emptyCluster: AdmissionContext = { now: Date.parse('2026-01-01T00:00:00Z'), find: () => undefined, list: () => [] }

export function kindOf(object: { apiVersion: string; kind: string }): Kind {
  const found = registry
    .builtIns()
    .find(({ type }) => `${type.group === '' ? '' : `${type.group}/`}${type.version}` === object.apiVersion && type.kind === object.kind)
  if (found === undefined) throw new Error(`there is no ${object.apiVersion} ${object.kind}`)
  return found as Kind
}

export function parse(text: string): KubeObject {
  return yaml.load(text) as KubeObject
}

/** Decoded, defaulted and prepared as a create would: in namespace `default`, with a UID. */
export function created(text: string, context: AdmissionContext = emptyCluster): KubeObject {
  const object = parse(text)
  const kind = kindOf(object)
  if (kind.type.namespaced) object.metadata.namespace ??= 'default'
  object.metadata.uid = '00000000-0000-0000-0000-000000000001'
  kind.prune(object)
  kind.applyDefaults(object)
  kind.prepareForCreate?.(object, context)
  return object
}

/** `field: message` for all that is wrong. */
export function problemsOf(object: KubeObject, old?: KubeObject): string[] {
  return kindOf(object)
    .validate(object, old, '')
    .map((problem) => `${problem.field}: ${problem.message}`)
}

/** A copy with one thing changed. */
export function changed(object: KubeObject, change: (fields: KubeObject) => void): KubeObject {
  const copy = structuredClone(object)
  change(copy)
  return copy
}

export function at(object: unknown, ...path: (string | number)[]): unknown {
  let value: unknown = object
  for (const step of path) value = typeof step === 'number' ? (value as unknown[] | undefined)?.[step] : fieldsOrEmpty(value)[step]
  return value
}

export function specOf(object: KubeObject): Fields {
  return object['spec'] as Fields
}

export const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: nginx:1.27
          ports: [{ containerPort: 80 }]
`

export const pod = `
apiVersion: v1
kind: Pod
metadata: { name: one }
spec:
  containers: [{ name: main, image: busybox }]
`

export const service = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`
