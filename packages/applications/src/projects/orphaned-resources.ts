import type { Application, ApplicationCondition, AppProject, OrphanedResources } from '@plimsoll/api'
import { type ClusterCache, type KubeObject, keyString, type ObjectKey, objectKey } from '@plimsoll/kube'
import { compileGlob } from '@plimsoll/render'
import { condition } from '../conditions.ts'
import { isObject, listAt, textAt } from '../json.ts'
import { instanceOf } from '../tracking.ts'

export interface OrphanSearch {
  project: AppProject | undefined
  application: Application
  cache: ClusterCache
  /** What the application has, as Git wants it or as the cluster has it. */
  managed: readonly { key: ObjectKey }[]
  /** Whether there is an Application of this instance. */
  isKnown: (instance: string) => boolean
}

/**
 * What lies about in the namespace of an application and belongs to none (argo-cd docs/user-guide/orphaned-resources.md): objects without an owner, and
 * without an application. Undefined where the project does not ask for it.
 */
export function orphansOf({ project, application, cache, managed, isKnown }: OrphanSearch): KubeObject[] | undefined {
  const asked = project?.spec.orphanedResources
  const { namespace } = application.spec.destination
  if (!asked || !namespace) return undefined
  const own = new Set(managed.map(({ key }) => keyString(key)))
  const isIgnored = ignoring(asked)
  const seen = new Set<string>()
  return cache.types().flatMap((type) => {
    const kind = `${type.group}/${type.kind}`
    if (!type.namespaced || seen.has(kind)) return []
    seen.add(kind)
    return cache.ofKind(type, namespace).filter((object) => {
      const key = objectKey(object)
      const instance = instanceOf(object)
      return (
        (object.metadata.ownerReferences ?? []).length === 0 &&
        !own.has(keyString(key)) &&
        !(instance !== undefined && isKnown(instance)) &&
        !isOfTheCluster(object, key, cache) &&
        !isIgnored(key)
      )
    })
  })
}

/** Nothing is said when the project does not want to be warned. */
export function orphanWarnings(orphans: readonly KubeObject[] | undefined, project: AppProject | undefined): ApplicationCondition[] {
  if (!orphans || orphans.length === 0 || project?.spec.orphanedResources?.warn === false) return []
  const named = orphans
    .slice(0, 5)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .join(', ')
  const more = orphans.length > 5 ? ` and ${orphans.length - 5} more` : ''
  return [condition('OrphanedResourceWarning', `Application has ${orphans.length} orphaned resources: ${named}${more}`)]
}

function ignoring({ ignore }: OrphanedResources): (key: ObjectKey) => boolean {
  const rules = (ignore ?? []).map(({ group, kind, name }) => ({
    group: compileGlob(group ?? ''),
    kind: kind ? compileGlob(kind) : undefined,
    name: name ? compileGlob(name) : undefined,
    hasKind: Boolean(kind),
    hasName: Boolean(name),
  }))
  return (key) =>
    rules.some(
      (rule) =>
        rule.group?.matches(key.group) === true &&
        (!rule.hasKind || rule.kind?.matches(key.kind) === true) &&
        (!rule.hasName || rule.name?.matches(key.name) === true),
    )
}

/** What the cluster makes by itself, and what it makes for something else without saying so by an owner. */
function isOfTheCluster(object: KubeObject, { group, kind, namespace, name }: ObjectKey, cache: ClusterCache): boolean {
  if (group !== '') return false
  switch (kind) {
    case 'ServiceAccount':
      return name === 'default'
    case 'ConfigMap':
      return name === 'kube-root-ca.crt'
    case 'Service':
      return name === 'kubernetes' && namespace === 'default'
    case 'Endpoints':
      return cache.get({ group: '', kind: 'Service', namespace, name }) !== undefined
    case 'Secret':
      return textAt(object, 'type') === 'kubernetes.io/service-account-token'
    case 'PersistentVolumeClaim':
      return cache.ofKind({ group: 'apps', kind: 'StatefulSet' }, namespace).some((set) => isClaimOf(set, name))
    default:
      return false
  }
}

/** `TEMPLATE-SET-NUMBER`, as the StatefulSet controller calls them. */
function isClaimOf(set: KubeObject, claim: string): boolean {
  return listAt(set, 'spec', 'volumeClaimTemplates')
    .filter(isObject)
    .some((template) => {
      const prefix = `${textAt(template, 'metadata', 'name') ?? ''}-${set.metadata.name}-`
      return claim.startsWith(prefix) && /^\d+$/.test(claim.slice(prefix.length))
    })
}
