import type { AppProject } from '@plimsoll/api'
import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import { stringsAt } from '../json.ts'

/** Repositories and clusters whose Secret names a project (argo-cd docs/user-guide/projects.md, project scoped repositories and clusters). */
export interface ScopedToProject {
  repositories: readonly string[]
  clusters: readonly { server: string; name: string }[]
}

const nothing: ScopedToProject = { repositories: [], clusters: [] }
const secretType = 'argocd.argoproj.io/secret-type'
const indexes = new WeakMap<ClusterCache, Map<string, ReadonlyMap<string, ScopedToProject>>>()

/** The same object as long as no such Secret changes. */
export function scopedToProject(cache: ClusterCache, namespace: string, project: string): ScopedToProject {
  let byNamespace = indexes.get(cache)
  if (!byNamespace) {
    const made = new Map<string, ReadonlyMap<string, ScopedToProject>>()
    byNamespace = made
    indexes.set(cache, made)
    cache.subscribe((change) => {
      if (isScoping(change.previous) || isScoping(change.current)) made.clear()
    })
  }
  let index = byNamespace.get(namespace)
  if (!index) {
    index = indexOf(cache.ofKind({ group: '', kind: 'Secret' }, namespace))
    byNamespace.set(namespace, index)
  }
  return index.get(project) ?? nothing
}

/** Whether an object may say what is scoped to a project. */
export function isScoping(object: KubeObject | undefined): boolean {
  const type = object?.kind === 'Secret' ? object.metadata.labels?.[secretType] : undefined
  return type === 'repository' || type === 'cluster'
}

/** What is scoped to a project is permitted in it. */
export function withScoped(project: AppProject, { repositories, clusters }: ScopedToProject): AppProject {
  if (repositories.length === 0 && clusters.length === 0) return project
  const { spec } = project
  return {
    ...project,
    spec: {
      ...spec,
      sourceRepos: [...(spec.sourceRepos ?? []), ...repositories],
      destinations: [...(spec.destinations ?? []), ...clusters.map(({ server }) => ({ server, namespace: '*' }))],
    },
  }
}

function indexOf(secrets: readonly KubeObject[]): ReadonlyMap<string, ScopedToProject> {
  const index = new Map<string, { repositories: string[]; clusters: { server: string; name: string }[] }>()
  for (const secret of secrets.filter(isScoping)) {
    const data = stringsAt(secret, 'data')
    const text = (field: string): string => Buffer.from(Object.hasOwn(data, field) ? (data[field] ?? '') : '', 'base64').toString('utf8')
    const project = text('project')
    if (project === '') continue
    const found = index.get(project) ?? { repositories: [], clusters: [] }
    index.set(project, found)
    if (secret.metadata.labels?.[secretType] === 'cluster') found.clusters.push({ server: text('server'), name: text('name') })
    else if (text('url') !== '') found.repositories.push(text('url'))
  }
  return index
}
