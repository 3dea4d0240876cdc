import { type Application, type AppProject, PlimsollError } from '@plimsoll/api'
import { isDestinationPermitted, isSourcePermitted } from '@plimsoll/applications'
import type { FastifyRequest } from 'fastify'
import type { RouteContext } from './route-context.ts'

/**
 * Whether somebody may make this of a project (argo-cd `server/project/project.go`, Update, 3.x): what is added, repositories and clusters, they must be
 * allowed to change themselves; and no application that is permitted may become one that is not. Throws.
 */
export function judgeProjectChange(
  context: RouteContext,
  request: FastifyRequest,
  before: AppProject | undefined,
  after: AppProject,
): void {
  const { access } = context
  for (const repository of added(before?.spec.sourceRepos, after.spec.sourceRepos))
    access.require(request, 'repositories:update', repository)
  const kinds = (project: AppProject | undefined): string =>
    JSON.stringify([
      project?.spec.clusterResourceWhitelist ?? [],
      project?.spec.clusterResourceBlacklist ?? [],
      project?.spec.namespaceResourceWhitelist,
      project?.spec.namespaceResourceBlacklist ?? [],
    ])
  const isOtherwise = before !== undefined && kinds(before) !== kinds(after)
  for (const cluster of added(isOtherwise ? undefined : clustersOf(before), clustersOf(after)))
    access.require(request, 'clusters:update', cluster)
  if (!before) return

  const mine = context.parts.applications.list({ projects: [after.metadata.name] })
  const losing = (isPermitted: (project: AppProject, application: Application) => boolean): number =>
    mine.filter((application) => isPermitted(before, application) && !isPermitted(after, application)).length
  const sources = losing(({ spec }, { spec: { source, sources } }) =>
    (sources && sources.length > 0 ? sources : source ? [source] : []).every(({ repoURL }) => isSourcePermitted(spec, repoURL)),
  )
  const destinations = losing(({ spec }, { metadata: { name, namespace = context.parts.namespace }, spec: { destination } }) => {
    const cluster = clusterOf(context, { name, namespace })
    return !cluster || isDestinationPermitted(spec, { server: cluster.server, name: cluster.name, namespace: destination.namespace ?? '' })
  })
  const parts = [
    ...(sources > 0 ? [`${sources} applications source became invalid`] : []),
    ...(destinations > 0 ? [`${destinations} applications destination became invalid`] : []),
  ]
  if (parts.length > 0) {
    throw new PlimsollError('invalid-request', `as a result of project update ${parts.join(' and ')}`, {
      remedy: 'Change or move those applications first, or change the project by kubectl: they are then refused.',
    })
  }
}

/** Of an application whose cluster nobody knows nothing can be lost. */
function clusterOf({ parts }: RouteContext, ref: { name: string; namespace: string }): { server: string; name: string } | undefined {
  try {
    return parts.applications.clusterFor(ref)
  } catch (error) {
    if (error instanceof PlimsollError) return undefined
    throw error
  }
}

function clustersOf(project: AppProject | undefined): string[] {
  return (project?.spec.destinations ?? []).flatMap(({ server, name }) => server || name || [])
}

function added(before: readonly string[] | null | undefined, after: readonly string[] | null | undefined): string[] {
  const known = new Set(before ?? [])
  return [...new Set(after ?? [])].filter((one) => !known.has(one))
}
