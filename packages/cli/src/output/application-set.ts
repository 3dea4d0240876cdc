import type { Application, ApplicationSet, ApplicationSource } from '@plimsoll/api'
import { field, table } from './table.ts'

/** The template as far as it is an Application: any of it may be missing, and any text a template. */
function specOf({ spec }: ApplicationSet): Partial<Application['spec']> {
  return (spec.template.spec ?? {}) as Partial<Application['spec']>
}

function sourcesOf(set: ApplicationSet): Partial<ApplicationSource>[] {
  const { source, sources } = specOf(set)
  return sources && sources.length > 0 ? sources : source ? [source] : []
}

export function qualifiedSetName({ metadata }: ApplicationSet): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** The columns of `argocd appset list`, and how many applications there are. */
export function setTable(sets: readonly ApplicationSet[], wide: boolean): string {
  const headers = ['NAME', 'PROJECT', 'SYNCPOLICY', 'HEALTH', 'APPS', 'CONDITIONS']
  const rows = sets.map((set) => {
    const [source = {}] = sourcesOf(set)
    const row = [
      qualifiedSetName(set),
      specOf(set).project || 'default',
      set.spec.syncPolicy?.applicationsSync ?? 'sync',
      set.status?.health?.status ?? 'Unknown',
      String(set.status?.resourcesCount ?? 0),
      conditionsWord(set),
    ]
    return wide ? [...row, source.repoURL, source.path, source.targetRevision] : row
  })
  return table(wide ? [...headers, 'REPO', 'PATH', 'TARGET'] : headers, rows)
}

function conditionsWord({ status }: ApplicationSet): string {
  const types = (status?.conditions ?? []).filter((one) => one.status === 'True').map(({ type }) => type)
  return types.length === 0 ? '<none>' : types.join(',')
}

/** The head of `argocd appset get`, its conditions, and what waits. */
export function setSummary(set: ApplicationSet): string {
  const { destination, project, syncPolicy } = specOf(set)
  const automated = syncPolicy?.automated
  const lines = [
    field('Name:', qualifiedSetName(set)),
    field('Project:', project || 'default'),
    field('Server:', destination?.server || destination?.name),
    field('Namespace:', destination?.namespace),
    field('Health Status:', set.status?.health?.status),
    sourcesOf(set).length > 1 ? 'Sources:' : 'Source:',
    ...sourcesOf(set).flatMap(({ repoURL, targetRevision, path, chart }) => [
      field('- Repo:', repoURL),
      field('  Target:', targetRevision),
      ...(path ? [field('  Path:', path)] : []),
      ...(chart ? [field('  Chart:', chart)] : []),
    ]),
    field('SyncPolicy:', automated && automated.enabled !== false ? `Automated${automated.prune ? ' (Prune)' : ''}` : '<none>'),
    field('Applications:', String(set.status?.resourcesCount ?? 0)),
  ]
  const conditions = set.status?.conditions ?? []
  if (conditions.length > 0) {
    const rows = conditions.map(({ type, status, message, lastTransitionTime }) => [type, status, message, lastTransitionTime])
    lines.push('', table(['CONDITION', 'STATUS', 'MESSAGE', 'LAST TRANSITION'], rows))
  }
  const rollout = set.status?.applicationStatus ?? []
  if (rollout.length > 0) {
    const rows = rollout.map(({ application, step, status, message }) => [application, step, status, message])
    lines.push('', table(['APPLICATION', 'STEP', 'STATUS', 'MESSAGE'], rows))
  }
  return lines.join('\n')
}

/** What would be deleted, and how that is confirmed. */
export function pendingDeletionText(set: ApplicationSet): string | undefined {
  const pending = set.status?.pendingDeletion
  if (pending === undefined || pending.isApproved) return undefined
  return [
    `${pending.applications.length} of ${pending.of} applications would be deleted, because ${pending.reason}:`,
    ...pending.applications.map((name) => `  ${name}`),
    `Confirm it with: plimsoll appset confirm-deletion ${set.metadata.name} --digest ${pending.digest}`,
  ].join('\n')
}
