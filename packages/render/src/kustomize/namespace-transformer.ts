import { RenderError } from '../engine/tree.ts'
import { during } from './build-error.ts'
import { visitField, type FieldPlace, type FieldSpec } from './field-spec.ts'
import { fieldOf, isObject, scalarText, type JsonObject } from './json.ts'
import { describeId, idKey, type ResourceId } from './resource-id.ts'
import type { ResourceList } from './resource-list.ts'
import type { Resource } from './resource.ts'
import { scalarOf } from './transformers.ts'

/** Which subjects of role bindings get the namespace: those called `default`, every service account, or none. */
export const subjectModes = ['defaultOnly', 'none', 'allServiceAccounts'] as const
export type SubjectMode = (typeof subjectModes)[number]

interface NamespaceOptions {
  namespace: string
  specs: readonly FieldSpec[]
  /** Only where there is none yet. */
  unsetOnly?: boolean
  subjects?: SubjectMode
}

const ownNamespace: FieldSpec = { path: 'metadata/namespace', create: true }

/** Puts everything that can be in a namespace into one. Throws when two objects become the same by it. */
export function setNamespace(resources: ResourceList, options: NamespaceOptions): void {
  if (options.namespace === '') return
  const counts = new Map<string, number>()
  const count = (id: ResourceId, change: 1 | -1): number => {
    const key = idKey(id)
    const now = (counts.get(key) ?? 0) + change
    counts.set(key, now)
    return now
  }
  for (const resource of resources) count(resource.currentId, 1)
  for (const resource of resources) {
    if (resource.isEmpty) continue
    count(resource.currentId, -1)
    resource.rememberId()
    placeResource(resource, options)
    const id = resource.currentId
    if (count(id, 1) === 1) continue
    const ids = resources.byCurrentId(id).map((match) => describeId(match.currentId))
    throw new RenderError(`namespace transformation produces ID conflict: [${ids.join(' ')}]`, {
      remedy: 'Two resources of one name were in different namespaces, and are now in the same: rename one of them.',
    })
  }
}

export function placeResource(
  resource: Resource,
  { namespace, specs, unsetOnly = false, subjects = 'defaultOnly' }: NamespaceOptions,
): void {
  const set = (place: FieldPlace): void => {
    const old = scalarOf(place.value)
    if (!unsetOnly || old === '') place.set(namespace)
  }
  const isRoleBinding = resource.kind === 'RoleBinding' || resource.kind === 'ClusterRoleBinding'
  const { apiVersion } = resource
  if (!resource.currentId.clusterScoped) visitField(resource, ownNamespace, 'text', set)
  if (isRoleBinding) setSubjects(resource, subjects, set)
  for (const spec of specs) {
    if (spec.path === 'metadata/namespace' || (apiVersion !== 'v1' && spec.path === 'metadata/name')) continue
    if (isRoleBinding && (spec.kind === 'RoleBinding' || spec.kind === 'ClusterRoleBinding') && spec.path === 'subjects/namespace') continue
    during('namespace transformation failed', () => visitField(resource, spec, 'text', set))
  }
}

function setSubjects(resource: Resource, mode: SubjectMode, set: (place: FieldPlace) => void): void {
  const subjects = fieldOf(resource.object, 'subjects')
  if (mode === 'none' || subjects === undefined || subjects === null) return
  if (!Array.isArray(subjects))
    throw new RenderError('setting namespace on (cluster)role binding subjects: wrong node kind: expected SequenceNode')
  for (const subject of subjects) {
    if (!isObject(subject)) continue
    const isMeant =
      mode === 'defaultOnly'
        ? scalarText(fieldOf(subject, 'name')) === 'default'
        : scalarText(fieldOf(subject, 'kind')) === 'ServiceAccount'
    if (isMeant) set(subjectPlace(subject))
  }
}

function subjectPlace(subject: JsonObject): FieldPlace {
  return {
    value: fieldOf(subject, 'namespace') ?? '',
    set(value) {
      subject['namespace'] = value
    },
  }
}
