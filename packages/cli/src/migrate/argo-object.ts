import type { KubeObject } from '@plimsoll/kube'
import { settingsMaps } from './settings-keys.ts'

/** An object of an Argo CD installation, and where it was read. */
export interface ArgoObject {
  object: KubeObject
  /** What it is to Argo CD; `other` is none of its own. */
  part: Part
  /** Of one from a file. */
  file?: string
  line?: number
}

export type Part = 'application' | 'project' | 'set' | 'settings' | 'secret' | 'other'

export interface ReadingProblem {
  /** `FILE:LINE`, or what could not be listed. */
  at: string
  message: string
}

/** What was read of an installation: what cannot be read is told, and costs nothing else. */
export interface Installation {
  objects: ArgoObject[]
  problems: ReadingProblem[]
}

export const typeLabel = 'argocd.argoproj.io/secret-type'
const ownSecrets = new Set(['argocd-secret', 'argocd-notifications-secret'])
const group = 'argoproj.io/v1alpha1'

export function partOf({ apiVersion, kind, metadata }: KubeObject): Part {
  if (apiVersion === group && kind === 'Application') return 'application'
  if (apiVersion === group && kind === 'AppProject') return 'project'
  if (apiVersion === group && kind === 'ApplicationSet') return 'set'
  if (apiVersion !== 'v1') return 'other'
  if (kind === 'ConfigMap' && settingsMaps.has(metadata.name)) return 'settings'
  if (kind === 'Secret' && (ownSecrets.has(metadata.name) || secretType(metadata) !== undefined)) return 'secret'
  return 'other'
}

/** `cluster`, `repository`, `repo-creds` and others. */
export function secretType({ labels }: Pick<KubeObject['metadata'], 'labels'>): string | undefined {
  return isMap(labels) && Object.hasOwn(labels, typeLabel) ? labels[typeLabel] : undefined
}

/** In which order they are written, and told: what others need comes first. */
export const partOrder: readonly Part[] = ['settings', 'secret', 'project', 'application', 'set', 'other']

export function inOrder(a: ArgoObject, b: ArgoObject): number {
  const byPart = partOrder.indexOf(a.part) - partOrder.indexOf(b.part)
  return byPart !== 0 ? byPart : titleOf(a.object) < titleOf(b.object) ? -1 : 1
}

/** `Application argocd/shop`. */
export function titleOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`
}

/** What is wrong with an object that a file holds; undefined when it can be worked with. */
export function objectProblem(value: unknown): string | undefined {
  if (!isMap(value)) return 'it is no object of Kubernetes, but a list or a single value'
  const { apiVersion, kind, metadata } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return 'it is no object of Kubernetes: apiVersion or kind is missing'
  if (!isMap(metadata) || typeof metadata['name'] !== 'string') return `${kind}: metadata.name is missing`
  const { name, namespace } = metadata
  // What is not Argo CD's is only counted.
  if (partOf(value as unknown as KubeObject) === 'other') return undefined
  if (!isName(name as string)) return `${kind}: metadata.name "${String(name).slice(0, 80)}" is not a name of Kubernetes`
  if (namespace !== undefined && (typeof namespace !== 'string' || !isName(namespace)))
    return `${kind} ${String(name)}: metadata.namespace is not a name of Kubernetes`
  for (const field of ['labels', 'annotations']) {
    const texts = metadata[field]
    if (texts !== undefined && texts !== null && !(isMap(texts) && Object.values(texts).every((text) => typeof text === 'string')))
      return `${kind} ${String(name)}: metadata.${field} is not a map of texts (numbers and booleans need quotes)`
  }
  return undefined
}

/** Names become paths of the API and of files: nothing else may pass. */
function isName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The texts of a map; what is none is left out. */
export function textsOf(value: unknown): Record<string, string> {
  if (!isMap(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
