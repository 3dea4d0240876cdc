import { AppProject, type Application } from '@plimsoll/api'
import { type ClusterCache, compileLabelSelector, type KubeObject, type LabelSelector } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { isObject, stringsAt, textAt } from '../json.ts'

/** `problem`: what there is of the name cannot be read as a project, so that nobody knows what it forbids. Neither: there is none. */
export interface FoundProject {
  project?: AppProject
  problem?: string
}

/** The project of an Application with what its global projects add, as the home cluster has them now. */
export function projectOf(cache: ClusterCache, namespace: string, { spec }: Application): FoundProject {
  return projectNamed(cache, namespace, spec.project || 'default')
}

export function projectNamed(cache: ClusterCache, namespace: string, name: string): FoundProject {
  const object = cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name })
  if (!object) return {}
  const globals = globalProjectsOf(cache, namespace, object)
  if ('problem' in globals) return { problem: `project ${name}: ${globals.problem}` }
  return globals.objects.length === 0 ? parsedProject(object) : withGlobals(object, globals.objects)
}

/** Projects whose rules hold for this one as well: whose entry in `globalProjects` of `argocd-cm` selects its labels, and that are there. */
export function globalProjectsOf(
  cache: ClusterCache,
  namespace: string,
  object: KubeObject,
): { objects: KubeObject[] } | { problem: string } {
  const found = globalEntries(cache.get({ group: '', kind: 'ConfigMap', namespace, name: 'argocd-cm' }))
  if ('problem' in found) return found
  const objects = found.entries
    .filter((entry) => entry.projectName !== object.metadata.name && entry.selects(object.metadata.labels))
    .map(({ projectName }) => cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name: projectName }))
    .filter((global) => global !== undefined)
  return { objects }
}

/** Whether rules may come from elsewhere: then a change of one project may concern the applications of all. */
export function hasGlobalProjects(cache: ClusterCache, namespace: string): boolean {
  const found = globalEntries(cache.get({ group: '', kind: 'ConfigMap', namespace, name: 'argocd-cm' }))
  return 'problem' in found || found.entries.length > 0
}

const parsed = new WeakMap<KubeObject, FoundProject>()

export function parsedProject(object: KubeObject): FoundProject {
  let found = parsed.get(object)
  if (!found) {
    const result = AppProject.safeParse(object)
    const [issue] = result.error?.issues ?? []
    found = result.success
      ? { project: result.data }
      : { problem: `project ${object.metadata.name}: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`.trim() }
    parsed.set(object, found)
  }
  return found
}

const merged = new WeakMap<KubeObject, { globals: readonly KubeObject[]; found: FoundProject }>()

/** What a global project adds is appended, list by list (argo-cd `util/argo/argo.go`, mergeVirtualProject, 3.x). */
function withGlobals(object: KubeObject, globals: readonly KubeObject[]): FoundProject {
  const known = merged.get(object)
  if (known && known.globals.length === globals.length && known.globals.every((one, index) => one === globals[index])) return known.found
  const all = [object, ...globals].map(parsedProject)
  const [own] = all
  const problem = all.find((one) => one.problem !== undefined)
  const found: FoundProject =
    own?.project && !problem ? { project: all.slice(1).reduce(merge, own.project) } : { problem: problem?.problem ?? '' }
  merged.set(object, { globals, found })
  return found
}

function merge(project: AppProject, { project: global }: FoundProject): AppProject {
  if (!global) return project
  const spec = { ...project.spec }
  const add = <T>(one: readonly T[] | null | undefined, other: readonly T[] | null | undefined): T[] | null | undefined =>
    // No list is another thing than an empty one.
    other && other.length > 0 ? [...(one ?? []), ...other] : (one as T[] | null | undefined)
  spec.clusterResourceWhitelist = add(spec.clusterResourceWhitelist, global.spec.clusterResourceWhitelist)
  spec.clusterResourceBlacklist = add(spec.clusterResourceBlacklist, global.spec.clusterResourceBlacklist)
  spec.namespaceResourceWhitelist = add(spec.namespaceResourceWhitelist, global.spec.namespaceResourceWhitelist)
  spec.namespaceResourceBlacklist = add(spec.namespaceResourceBlacklist, global.spec.namespaceResourceBlacklist)
  spec.syncWindows = add(spec.syncWindows, global.spec.syncWindows)
  spec.sourceRepos = add(spec.sourceRepos, global.spec.sourceRepos)
  spec.destinations = add(spec.destinations, global.spec.destinations)
  return { ...project, spec }
}

interface GlobalEntry {
  projectName: string
  selects(labels: Record<string, string> | undefined): boolean
}

type GlobalEntries = { entries: GlobalEntry[] } | { problem: string }

const entriesOf = new WeakMap<KubeObject, GlobalEntries>()

/** Entries that cannot be read may forbid something: then nobody knows what a project says. */
function globalEntries(settings: KubeObject | undefined): GlobalEntries {
  if (!settings) return { entries: [] }
  let found = entriesOf.get(settings)
  if (!found) {
    try {
      found = { entries: readEntries(stringsAt(settings, 'data')['globalProjects']) }
    } catch (error) {
      found = { problem: `globalProjects of ConfigMap argocd-cm cannot be read: ${error instanceof Error ? error.message : String(error)}` }
    }
    entriesOf.set(settings, found)
  }
  return found
}

function readEntries(text: string | undefined): GlobalEntry[] {
  const list = yaml.load(text ?? '') ?? []
  if (!Array.isArray(list)) throw new Error('it is not a list')
  return list.map((entry: unknown, index) => {
    const projectName = isObject(entry) ? textAt(entry, 'projectName') : undefined
    if (!isObject(entry) || !projectName) throw new Error(`entry ${index + 1} has no projectName`)
    const selector = compileLabelSelector((entry['labelSelector'] ?? {}) as LabelSelector)
    return { projectName, selects: (labels) => selector.matches(labels) }
  })
}
