import { annotations, type Application, type ApplicationSet } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { applicationApiVersion } from '../../application-object.ts'
import type { IgnoreRules } from '../../ignore/ignore-rules.ts'
import type { JqThread } from '../../ignore/jq-thread.ts'
import { isDeepEqual, isObject } from '../../json.ts'
import { withIgnored } from './ignored-differences.ts'
import { ownerReference } from './set-object.ts'

/** Written by others on every Application, whatever its set says (argo-cd `applicationset/controllers/applicationset_controller.go`), and by us. */
const keptAnnotations = [
  'notified.notifications.argoproj.io',
  annotations.refresh,
  'argocd.argoproj.io/hydrate',
  annotations.hold,
  annotations.argocdState,
  annotations.handedOver,
  annotations.randomRotation,
]
const keptFinalizers = ['pre-delete-finalizer.argocd.argoproj.io', 'post-delete-finalizer.argocd.argoproj.io']

/** An Application that is not there yet. */
export function newObject(wanted: Application, set: KubeObject): KubeObject {
  return {
    apiVersion: applicationApiVersion,
    kind: 'Application',
    metadata: { ...metadataOf(wanted), ownerReferences: [ownerReference(set)] },
    spec: specOf(wanted),
    ...(wanted.operation && { operation: wanted.operation }),
  }
}

/** What of an Application is the set's to say, and what it leaves alone. */
export interface Ownership {
  spec: ApplicationSet['spec']
  ignored: IgnoreRules | undefined
  jq: JqThread
}

/**
 * The live object as the set wants it: spec, labels, annotations and finalizers are the set's, but for what others keep there. The same object where nothing
 * differs. Rejects with `PlimsollError` where a rule of the set cannot be followed.
 */
export async function changedObject(live: KubeObject, wanted: Application, set: KubeObject, ownership: Ownership): Promise<KubeObject> {
  const { spec, ignored, jq } = ownership
  const metadata = metadataOf(wanted)
  const kept = {
    labels: keep(metadata.labels, live.metadata.labels, spec.preservedFields?.labels ?? []),
    annotations: keep(metadata.annotations, live.metadata.annotations, [...keptAnnotations, ...(spec.preservedFields?.annotations ?? [])]),
    finalizers: [
      ...(metadata.finalizers ?? []),
      ...(live.metadata.finalizers ?? []).filter(
        (name) => keptFinalizers.some((one) => name.startsWith(one)) && !(metadata.finalizers ?? []).includes(name),
      ),
    ],
  }
  const before = comparable(live, live.metadata, withoutNulls(live.spec))
  const after = await withIgnored(comparable(live, kept, specOf(wanted)), before, ignored, jq)
  const others = (live.metadata.ownerReferences ?? []).filter(({ controller }) => controller !== true)
  const owners = [...others, ownerReference(set)]
  const isSame = isDeepEqual(after, before) && isDeepEqual(live.metadata.ownerReferences ?? [], owners) && !wanted.operation
  if (isSame) return live
  const { labels: _labels, annotations: _annotations, finalizers: _finalizers, ...rest } = live.metadata
  const { labels = {}, annotations: notes = {}, finalizers = [] } = after.metadata
  return {
    ...live,
    metadata: {
      ...rest,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(notes).length > 0 && { annotations: notes }),
      ...(finalizers.length > 0 && { finalizers }),
      ownerReferences: owners,
    },
    spec: after.spec,
    ...(wanted.operation && { operation: wanted.operation }),
  }
}

/** Whether the spec would be written anew: what is ignored is no difference. */
export async function hasSameSpec(live: KubeObject, wanted: Application, { ignored, jq }: Omit<Ownership, 'spec'>): Promise<boolean> {
  const before = comparable(live, live.metadata, withoutNulls(live.spec))
  const after = await withIgnored(comparable(live, live.metadata, specOf(wanted)), before, ignored, jq)
  return isDeepEqual(after.spec, before.spec)
}

/** One side of a comparison: which object it is, and what a set may say of it. */
function comparable(
  { apiVersion, kind, metadata: { name, namespace } }: KubeObject,
  { labels = {}, annotations: notes = {}, finalizers = [] }: Pick<KubeObject['metadata'], 'labels' | 'annotations' | 'finalizers'>,
  spec: unknown,
): KubeObject {
  const identity = { name, ...(namespace !== undefined && { namespace }) }
  return { apiVersion, kind, metadata: { ...identity, labels, annotations: notes, finalizers }, spec } as KubeObject
}

function metadataOf({ metadata }: Application): KubeObject['metadata'] {
  const { name, namespace, labels, annotations: notes, finalizers } = metadata
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(notes && { annotations: notes }),
    ...(finalizers && { finalizers }),
  }
}

function specOf({ spec }: Application): Record<string, unknown> {
  const plain = withoutNulls(spec) as Record<string, unknown>
  return { ...plain, project: plain['project'] || 'default' }
}

function keep(
  wanted: Readonly<Record<string, string>> | undefined,
  live: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Record<string, string> {
  const kept = names.flatMap((name): [string, string][] => {
    const value = live !== undefined && Object.hasOwn(live, name) ? live[name] : undefined
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries([...Object.entries(wanted ?? {}), ...kept])
}

/** A field that is null is none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([name, item]) => [name, withoutNulls(item)]),
  )
}
