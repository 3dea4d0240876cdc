import { type Application, type ApplicationCondition, type AppProject, type ConditionType, PlimsollError } from '@plimsoll/api'
import { type ClusterCache, type KubeObject, objectKey } from '@plimsoll/kube'
import { type SourceSet, specSources } from '../application-sources.ts'
import { condition } from '../conditions.ts'
import type { TargetCluster } from '../contract.ts'
import type { Target } from '../target/target-object.ts'
import { type Writer, writerOf } from './impersonation.ts'
import { isDestinationPermitted, isKindPermitted, isNamespacePermitted, isSourcePermitted } from './permits.ts'
import { projectOf } from './project.ts'
import { type ScopedToProject, scopedToProject, withScoped } from './project-scoped.ts'

/** Where projects are, and what is scoped to them. */
export interface ProjectSource {
  home: { cache: ClusterCache }
  /** Of the control plane. */
  namespace: string
  applications: { isEnabled(namespace: string): boolean }
}

/** An object as rules about kinds see it. */
export interface GuardedObject {
  group: string
  kind: string
  namespace: string
  name: string
  isNamespaced: boolean
}

/**
 * What its project says of one application and one set of sources. It is asked where something is used, not where it was written down, and reads the
 * project as it is at that moment: what a project no longer permits is over with the next question.
 */
export interface ProjectGuard {
  /** Why nothing of the application may be fetched, rendered, compared or written, in Argo CD's words; none: it may. */
  problems(): readonly string[]
  /** The same as conditions of the application. */
  conditions(): ApplicationCondition[]
  /** Why nobody can tell what it permits, or why the application may not be of the project at all. */
  unusable(): string | undefined
  /** Whether a repository is one of those that the project has sources from. */
  hasSource(repoURL: string): boolean
  /** With whose rights it is written to the cluster. */
  writer(): Writer
  /** Why this object may not be shown, written or deleted; undefined: it may. */
  refusalOf(object: GuardedObject): string | undefined
}

export function projectGuard(
  source: ProjectSource,
  application: Application,
  cluster: Pick<TargetCluster, 'server' | 'name'>,
  set: SourceSet = specSources(application),
): ProjectGuard {
  const { cache } = source.home
  let known: { from: AppProject; scoped: ScopedToProject; project: AppProject; problems: readonly string[] } | undefined

  function look(): { project?: AppProject; scoped?: ScopedToProject; problems: readonly string[]; condition?: ConditionType } {
    const name = application.spec.project || 'default'
    const { namespace = '' } = application.metadata
    if (namespace !== '' && !source.applications.isEnabled(namespace))
      return { problems: [`namespace '${namespace}' is not permitted`], condition: 'UnknownError' }
    const { project: from, problem } = projectOf(cache, source.namespace, application)
    if (problem !== undefined) return { problems: [`${problem}: it cannot be read, and nothing is permitted`] }
    if (!from) return { problems: [whyMissing(cache, name)] }
    if (!isNamespacePermitted(from.spec, namespace, source.namespace))
      return {
        problems: [`application '${application.metadata.name}' in namespace '${namespace}' is not permitted to use project '${name}'`],
        // As there: argo-cd `controller/appcontroller.go`, projectErrorToCondition, 3.x.
        condition: 'UnknownError',
      }
    const scoped = scopedToProject(cache, source.namespace, name)
    if (known?.from !== from || known.scoped !== scoped) {
      const project = withScoped(from, scoped)
      known = { from, scoped, project, problems: problemsOf(project, scoped) }
    }
    return known
  }

  function problemsOf({ metadata: { name }, spec }: AppProject, scoped: ScopedToProject): string[] {
    const problems: string[] = []
    for (const { repoURL } of set.sources)
      if (!isSourcePermitted(spec, repoURL)) problems.push(`application repo ${shownUrl(repoURL)} is not permitted in project '${name}'`)
    const { destination } = application.spec
    if (!isDestinationOpen(spec, scoped, destination.namespace ?? '')) {
      const server = destination.name ? cluster.name : cluster.server
      problems.push(
        `application destination server '${server}' and namespace '${destination.namespace ?? ''}' do not match any of the allowed destinations in project '${name}'`,
      )
    }
    return problems
  }

  function isDestinationOpen(spec: AppProject['spec'], scoped: ScopedToProject, namespace: string): boolean {
    if (!isDestinationPermitted(spec, { server: cluster.server, name: cluster.name, namespace })) return false
    return (
      spec.permitOnlyProjectScopedClusters !== true ||
      scoped.clusters.some(({ server, name }) => (name !== '' && name === cluster.name) || (server !== '' && server === cluster.server))
    )
  }

  return {
    problems: () => look().problems,
    conditions() {
      const { problems, condition: type = 'InvalidSpecError' } = look()
      return problems.map((problem) => condition(type, problem))
    },
    unusable() {
      const { project, problems } = look()
      return project ? undefined : problems.join('; ')
    },
    writer() {
      const { project } = look()
      const settings = cache.get({ group: '', kind: 'ConfigMap', namespace: source.namespace, name: 'argocd-cm' })
      return project ? writerOf(settings, project.spec, application, cluster.server) : {}
    },
    hasSource(repoURL) {
      const { project } = look()
      // Argo CD's projects name registries without a scheme.
      const spellings = [repoURL, repoURL.replace(/^oci:\/\//, '')]
      return project !== undefined && spellings.some((one) => isSourcePermitted(project.spec, one))
    },
    refusalOf(object) {
      const { project, scoped, problems } = look()
      if (!project || !scoped || problems.length > 0) return problems.join('; ')
      const { name } = project.metadata
      if (!isKindPermitted(project.spec, object)) return `resource ${object.group}:${object.kind} is not permitted in project ${name}`
      if (!object.isNamespaced) return undefined
      return isDestinationOpen(project.spec, scoped, object.namespace)
        ? undefined
        : `namespace ${object.namespace} is not permitted in project '${name}'`
    },
  }
}

/** Throws `project-forbids` with all that stands against it. */
export function requirePermitted(guard: ProjectGuard): void {
  const problems = guard.problems()
  if (problems.length > 0) throw new PlimsollError('project-forbids', `${problems.join('; ')}.`)
}

/** For those who make Applications: what stands against one, before it is there. */
export function projectProblems(
  source: ProjectSource,
  application: Application,
  cluster: Pick<TargetCluster, 'server' | 'name'>,
): readonly string[] {
  return projectGuard(source, application, cluster).problems()
}

/** As Git wants it. Of a kind that is not served yet, its namespace tells. */
export function refusalOfTarget(guard: ProjectGuard, { key, type }: Target): string | undefined {
  return guard.refusalOf({ ...key, isNamespaced: type?.namespaced ?? key.namespace !== '' })
}

/** An object that is there: what has a namespace is of one. */
export function guardedObject(live: KubeObject): GuardedObject {
  const key = objectKey(live)
  return { ...key, isNamespaced: key.namespace !== '' }
}

/** Of what cannot be read nobody may say that it is not there. */
function whyMissing(cache: ClusterCache, name: string): string {
  const unread = cache.problems().find(({ type }) => type.group === 'argoproj.io' && type.kind === 'AppProject')
  return unread
    ? `project ${name} is not known, and nothing is permitted: ${unread.message}`
    : `Application referencing project ${name} which does not exist`
}

/** Without what an address may carry besides: it is told in a status. */
export function shownUrl(url: string): string {
  return url.replace(/\/\/[^/@\s]*@/, '//')
}
