import { annotations, type SourcePosition } from '@plimsoll/api'
import { type KubeObject, type ObjectKey, type ResourceType, splitApiVersion } from '@plimsoll/kube'
import type { RenderedManifest } from '@plimsoll/render'
import { isObject, stringsAt } from '../json.ts'
import { trackingId } from '../tracking.ts'

/** One object that Git says should exist, ready to be compared and applied. */
export interface Target {
  key: ObjectKey
  object: KubeObject
  /** Undefined: the cluster does not serve this kind. */
  type: ResourceType | undefined
  at: SourcePosition
  wave: number
}

/**
 * What is applied for a rendered manifest: in the destination's namespace where it names none, tracked, and without what only a server
 * writes (`status`, uid, resource version …).
 */
export function targetOf(
  manifest: RenderedManifest,
  type: ResourceType | undefined,
  context: { instance: string; namespace: string },
): Target {
  const source = manifest.object
  const { group } = splitApiVersion(source.apiVersion)
  // An unknown kind may be of either scope: its manifest's own word counts.
  const namespace = type?.namespaced === false ? '' : (source.metadata.namespace ?? (type ? context.namespace : ''))
  const key: ObjectKey = { group, kind: source.kind, namespace, name: source.metadata.name }

  const { status: _status, metadata, ...rest } = source
  const object: KubeObject = {
    ...withEncodedStrings(rest as KubeObject),
    metadata: {
      name: metadata.name,
      ...(namespace !== '' && { namespace }),
      ...(isObject(metadata.labels) && { labels: metadata.labels }),
      annotations: { ...stringsAt(metadata, 'annotations'), [annotations.trackingId]: trackingId(context.instance, key) },
      ...(Array.isArray(metadata.finalizers) && { finalizers: metadata.finalizers }),
      ...(Array.isArray(metadata.ownerReferences) && { ownerReferences: metadata.ownerReferences }),
    },
  }
  return { key, object, type, at: manifest.at, wave: waveOf(source) }
}

/** `argocd.argoproj.io/sync-wave`; what is not an integer is wave 0, as in Argo CD. */
export function waveOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[annotations.syncWave]
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0
}

/** The names of an annotation that holds a list, such as `Prune=false,Replace=true`. */
export function hasOption(object: KubeObject | undefined, annotation: string, option: string): boolean {
  return (object?.metadata.annotations?.[annotation] ?? '').split(',').some((item) => item.trim() === option)
}

/** A server moves `stringData` into `data`: done here too, or each Secret would differ for ever. */
function withEncodedStrings(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !isObject(object.stringData)) return object
  const { stringData, ...rest } = object
  const data: Record<string, unknown> = { ...(isObject(object.data) ? object.data : {}) }
  for (const [name, value] of Object.entries(stringData as Record<string, unknown>)) {
    Object.defineProperty(data, name, {
      value: Buffer.from(String(value)).toString('base64'),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return { ...rest, data } as KubeObject
}
