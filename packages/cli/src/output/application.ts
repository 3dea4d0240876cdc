import type { Application, ApplicationSource, ApplicationSyncWindows, ResourceStatus } from '@plimsoll/api'
import { field, table } from './table.ts'

/** `argocd/demo`, as `argocd` names an application in lists. */
export function qualifiedName({ metadata }: Application): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** The first of several, where there are several. */
export function sourceOf({ spec }: Application): ApplicationSource {
  return spec.sources?.[0] ?? spec.source ?? { repoURL: '' }
}

function hasSeveralSources({ spec }: Application): boolean {
  return (spec.sources ?? []).length > 0
}

function sourceLines(source: ApplicationSource): string[] {
  return [
    field('- Repo:', source.repoURL),
    field('  Target:', source.targetRevision || (source.chart === undefined ? 'HEAD' : '')),
    ...(source.path ? [field('  Path:', source.path)] : []),
    ...(source.chart ? [field('  Chart:', source.chart)] : []),
    ...(source.ref ? [field('  Ref:', source.ref)] : []),
    ...(source.helm?.valueFiles?.length ? [field('  Helm Values:', source.helm.valueFiles.join(','))] : []),
    ...(source.kustomize?.namePrefix ? [field('  Name Prefix:', source.kustomize.namePrefix)] : []),
  ]
}

function serverOf({ spec }: Application): string {
  return spec.destination.server || spec.destination.name || ''
}

/** The columns of `argocd app list`. */
export function applicationTable(applications: readonly Application[], wide: boolean): string {
  const headers = ['NAME', 'CLUSTER', 'NAMESPACE', 'PROJECT', 'STATUS', 'HEALTH', 'SYNCPOLICY', 'CONDITIONS']
  const rows = applications.map((application) => {
    const source = sourceOf(application)
    const row = [
      qualifiedName(application),
      serverOf(application),
      application.spec.destination.namespace,
      application.spec.project || 'default',
      application.status?.sync?.status,
      application.status?.health?.status,
      syncPolicyWord(application),
      conditionsWord(application),
    ]
    return wide ? [...row, source.repoURL, source.path, source.targetRevision] : row
  })
  return table(wide ? [...headers, 'REPO', 'PATH', 'TARGET'] : headers, rows)
}

function isAutomated({ spec }: Application): boolean {
  const automated = spec.syncPolicy?.automated
  return automated !== undefined && automated !== null && automated.enabled !== false
}

function syncPolicyWord(application: Application): string {
  if (!isAutomated(application)) return 'Manual'
  return application.spec.syncPolicy?.automated?.prune ? 'Auto-Prune' : 'Auto'
}

function conditionsWord({ status }: Application): string {
  const counts = new Map<string, number>()
  for (const { type } of status?.conditions ?? []) counts.set(type, (counts.get(type) ?? 0) + 1)
  const words = [...counts].map(([type, count]) => (count > 1 ? `${type}(${count})` : type))
  return words.length === 0 ? '<none>' : words.join(',')
}

/** The head of `argocd app get`. */
export function applicationSummary(application: Application, url: string, windows: ApplicationSyncWindows): string {
  const { spec, status } = application
  const lines = [
    field('Name:', qualifiedName(application)),
    field('Project:', spec.project || 'default'),
    field('Server:', serverOf(application)),
    field('Namespace:', spec.destination.namespace),
    field('URL:', url),
    hasSeveralSources(application) ? 'Sources:' : 'Source:',
    ...(hasSeveralSources(application) ? (spec.sources ?? []) : [sourceOf(application)]).flatMap(sourceLines),
    ...windowLines(windows),
    field('Sync Policy:', isAutomated(application) ? `Automated${spec.syncPolicy?.automated?.prune ? ' (Prune)' : ''}` : 'Manual'),
    field('Sync Status:', syncStatusWord(application)),
    field('Health Status:', status?.health?.status),
  ]
  const conditions = status?.conditions ?? []
  if (conditions.length > 0) {
    const rows = conditions.map(({ type, message, lastTransitionTime }) => [type, message, lastTransitionTime])
    lines.push('', table(['CONDITION', 'MESSAGE', 'LAST TRANSITION'], rows))
  }
  return lines.join('\n')
}

function windowLines({ assignedWindows, canSync, canSyncAutomatically, message, until }: ApplicationSyncWindows): string[] {
  const word = canSyncAutomatically ? 'Sync Allowed' : canSync ? 'Manual Allowed' : 'Sync Denied'
  const why = message === undefined ? '' : ` (${message}${until === undefined ? '' : `, until ${goTime(until)}`})`
  const assigned = (assignedWindows ?? []).map(({ kind, schedule, duration }) => `${kind}:${schedule}:${duration}`)
  return [field('SyncWindow:', word + why), ...(assigned.length > 0 ? [field('Assigned Windows:', assigned.join(','))] : [])]
}

function syncStatusWord(application: Application): string {
  const sync = application.status?.sync
  const { sources } = application.spec
  if (hasSeveralSources(application)) {
    const revisions = (sync?.revisions ?? []).map((revision) => (/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision))
    return `${sync?.status ?? ''}${revisions.length === sources?.length ? ` (${revisions.join(', ')})` : ''}`
  }
  const target = sourceOf(application).targetRevision || 'HEAD'
  const preposition = sync?.status === 'Synced' ? ` to ${target}` : sync?.status === 'OutOfSync' ? ` from ${target}` : ''
  const isHash = /^[0-9a-fA-F]{7,40}$/.test(target)
  const revision = !isHash && (sync?.revision?.length ?? 0) > 7 ? ` (${sync?.revision?.slice(0, 7)})` : ''
  return `${sync?.status ?? ''}${preposition}${revision}`
}

/** Parameters that the Application itself sets, source by source. */
export function parameterTable(application: Application): string {
  const sources = hasSeveralSources(application) ? (application.spec.sources ?? []) : [sourceOf(application)]
  const rows = sources.flatMap(({ helm }) => (helm?.parameters ?? []).map(({ name = '', value = '' }) => [name, shortened(value)]))
  return table(['NAME', 'VALUE'], rows)
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}

/** How the last operation went. */
export function operationSummary(application: Application): string {
  const state = application.status?.operationState
  if (state === undefined) return ''
  const started = Date.parse(state.startedAt)
  const finished = state.finishedAt === undefined ? Date.now() : Date.parse(state.finishedAt)
  return [
    ...(state.syncResult
      ? [field('Operation:', 'Sync'), field('Sync Revision:', state.syncResult.revisions?.join(', ') || state.syncResult.revision)]
      : []),
    field('Phase:', state.phase),
    field('Start:', goTime(state.startedAt)),
    field('Finished:', state.finishedAt === undefined ? '' : goTime(state.finishedAt)),
    field('Duration:', `${Math.max(0, Math.round((finished - started) / 1000))}s`),
    ...(state.message ? [field('Message:', state.message)] : []),
  ].join('\n')
}

/** One resource as it is now: by the last operation where it took part, else by the status. */
export interface ResourceState {
  group: string
  kind: string
  namespace: string
  name: string
  status: string
  health: string
  hook: string
  message: string
}

export function resourceStates({ status }: Application): ResourceState[] {
  const key = (one: { group?: string; kind: string; namespace?: string; name: string }): string =>
    [one.group ?? '', one.kind, one.namespace ?? '', one.name].join('/')
  const byKey = new Map((status?.resources ?? []).map((resource) => [key(resource), resource]))
  const states: ResourceState[] = []
  for (const result of status?.operationState?.syncResult?.resources ?? []) {
    const resource: ResourceStatus | undefined = result.hookType ? undefined : byKey.get(key(result))
    byKey.delete(key(result))
    states.push({
      group: result.group,
      kind: result.kind,
      namespace: result.namespace,
      name: result.name,
      status: resource ? (resource.status ?? '') : (result.hookPhase ?? result.status ?? ''),
      health: resource ? (resource.health?.status ?? '') : '',
      hook: result.hookType ?? '',
      message: result.message ?? '',
    })
  }
  for (const [, resource] of [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    states.push({
      group: resource.group ?? '',
      kind: resource.kind,
      namespace: resource.namespace ?? '',
      name: resource.name,
      status: resource.status ?? '',
      health: resource.health?.status ?? '',
      hook: '',
      message: resource.health?.message ?? '',
    })
  }
  return states
}

export function resourceTable(application: Application): string {
  const rows = resourceStates(application).map((one) => [
    one.group,
    one.kind,
    one.namespace,
    one.name,
    one.status,
    one.health,
    one.hook,
    one.message,
  ])
  return table(['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'STATUS', 'HEALTH', 'HOOK', 'MESSAGE'], rows)
}

/** `2026-11-20 10:00:00 +0000 UTC`, as Go prints a time. */
export function goTime(text: string | undefined): string {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? (text ?? '') : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}
