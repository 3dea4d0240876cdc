import { annotations, type SourcePosition } from '@plimsoll/api'
import { type KubeObject, type ObjectKey, type ResourceType, splitApiVersion, type TypeSchema, typeSchemaFor } from '@plimsoll/kube'
import type { RenderedManifest } from '@plimsoll/render'
import { isObject, stringsAt } from '../json.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import { trackingId } from '../tracking.ts'
import { type DeletionPhase, deletionPhasesOf, isSkipped, type SyncPhase, syncPhasesOf, waveOf } from './hook.ts'

/** One object that Git says should exist, ready to be compared and applied. */
export interface Target {
  key: ObjectKey
  object: KubeObject
  /** Undefined: the cluster does not serve this kind. */
  type: ResourceType | undefined
  at: SourcePosition
  wave: number
  /** `argocd.argoproj.io/hook: Skip`: shown, never applied, no difference. */
  isSkipped?: boolean
}

/** An object that a sync makes for its own sake. Its key has no name where only `generateName` is given. */
export interface HookTarget extends Target {
  phases: readonly SyncPhase[]
  generateName?: string
}

/** An object that is made when the application is deleted. */
export interface DeletionHook extends Target {
  deletionPhases: readonly DeletionPhase[]
  generateName?: string
}

/**
 * What is applied for a rendered manifest: in the destination's namespace where it names none, tracked, and without what only a server
 * writes (uid, resource version, and `status` unless the operator wants it otherwise).
 */
export function targetOf(
  manifest: RenderedManifest,
  type: ResourceType | undefined,
  context: { instance: string; namespace: string; clusterScoped: ReadonlySet<string>; ignoresStatusOf: DiffSettings['ignoresStatusOf'] },
): Target {
  const source = manifest.object
  const { group } = splitApiVersion(source.apiVersion)
  // Of a kind that is not served yet, its definition in the same source knows the scope; most kinds are namespaced.
  const isNamespaced = type?.namespaced ?? !context.clusterScoped.has(`${group}/${source.kind}`)
  const namespace = isNamespaced ? source.metadata.namespace || context.namespace : ''
  const name: string | undefined = source.metadata.name
  const key: ObjectKey = { group, kind: source.kind, namespace, name: name ?? '' }

  const { status, metadata, ...rest } = source
  const hasStatus = context.ignoresStatusOf === 'none' || (context.ignoresStatusOf === 'crd' && source.kind !== 'CustomResourceDefinition')
  const object: KubeObject = {
    ...asStored(rest as KubeObject),
    ...(hasStatus && status !== undefined && { status }),
    metadata: {
      name: key.name,
      ...(namespace !== '' && { namespace }),
      ...(isObject(metadata.labels) && { labels: metadata.labels }),
      annotations: { ...stringsAt(metadata, 'annotations'), [annotations.trackingId]: trackingId(context.instance, key) },
      ...(Array.isArray(metadata.finalizers) && { finalizers: metadata.finalizers }),
      ...(Array.isArray(metadata.ownerReferences) && { ownerReferences: metadata.ownerReferences }),
    },
  }
  return { key, object, type, at: manifest.at, wave: waveOf(source), ...(isSkipped(source) && { isSkipped: true }) }
}

/** A hook in both its parts: what a sync runs of it, and what a deletion does. */
export function hookTargetOf({ object }: RenderedManifest, target: Target): HookTarget & DeletionHook {
  const generateName: unknown = object.metadata.generateName
  return {
    ...target,
    phases: syncPhasesOf(object),
    deletionPhases: deletionPhasesOf(object),
    ...(typeof generateName === 'string' && { generateName }),
  }
}

/** The names of an annotation that holds a list, such as `Prune=false,Replace=true`. */
export function hasOption(object: KubeObject | undefined, annotation: string, option: string): boolean {
  return (object?.metadata.annotations?.[annotation] ?? '').split(',').some((item) => item.trim() === option)
}

/** What a server makes of an object when it stores it, done here too, or the two would differ for ever. */
function asStored(source: KubeObject): KubeObject {
  const schema = typeSchemaFor({ ...splitApiVersion(source.apiVersion), kind: source.kind })
  const object = schema ? (withoutNulls(source, schema) as KubeObject) : source
  if (object.kind === 'Secret' && object.apiVersion === 'v1') return withEncodedStrings(object)
  if (object.kind === 'ClusterRole' && isObject(object.aggregationRule)) {
    // A controller writes the rules of an aggregated role (k8s.io/api rbac/v1, ClusterRole.AggregationRule): what Git says of them is overwritten.
    const { rules: _rules, ...rest } = object
    return rest as KubeObject
  }
  return object
}

/**
 * In a kind of the platform a null is a field that is not written. Applied, it would be owned and defaulted, and look like one that Git has dropped.
 * What nulls mean in other kinds is theirs to say (`nullable`).
 */
function withoutNulls(value: unknown, schema: TypeSchema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, schema?.list?.element))
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([name, item]) => item !== null || !schema?.map?.fields.has(name))
  return Object.fromEntries(
    entries.map(([name, item]) => [name, withoutNulls(item, schema?.map?.fields.get(name)?.type ?? schema?.map?.element)]),
  )
}

/** `stringData` moves into `data`, over what is there; line ends in Base64 mean nothing (Go's `encoding/base64`). */
function withEncodedStrings(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object
  if (!isObject(object.data) && !isObject(stringData)) return object
  const data: Record<string, unknown> = {}
  const put = (name: string, value: unknown): void => {
    // A key may be called `__proto__`: it is defined, never assigned.
    Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true })
  }
  for (const [name, value] of Object.entries(isObject(object.data) ? object.data : {})) {
    put(name, typeof value === 'string' ? value.replaceAll(/[\r\n]/g, '') : value)
  }
  for (const [name, value] of Object.entries(isObject(stringData) ? stringData : {})) {
    put(name, typeof value === 'string' ? Buffer.from(value).toString('base64') : value)
  }
  return { ...rest, data } as KubeObject
}
