import { annotations, type Application, type ApplicationCondition, type ApplicationSource, PlimsollError } from '@plimsoll/api'
import { type KubeObject, keyString } from '@plimsoll/kube'
import { type RenderedManifest, type RenderFailure, type RenderRequest, type RenderResult, treeOfFiles } from '@plimsoll/render'
import type { SourceSet } from '../application-sources.ts'
import { condition, describeKey, formatPosition } from '../conditions.ts'
import { outOfScope } from '../clusters/destination.ts'
import type { TargetCluster } from '../contract.ts'
import { textAt } from '../json.ts'
import { isHook } from '../target/hook.ts'
import { asksForSignatures, requireSignatures } from '../projects/signatures.ts'
import { projectGuard, requirePermitted } from '../projects/project-guard.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import type { RenderedSources } from '../sync/kept-manifests.ts'
import { type DeletionHook, type HookTarget, hookTargetOf, type Target, targetOf } from '../target/target-object.ts'
import { instanceName } from '../tracking.ts'
import type { Reconciling } from './reconciling.ts'
import { type FetchedSource, fetchSource, foreignSources } from './source-fetch.ts'

/** Sources at their revisions, as targets. */
export interface Desired {
  /** One for each source: a commit, or the version of a chart. */
  revisions: string[]
  targets: Target[]
  /** What a sync makes for its own sake. */
  hooks: HookTarget[]
  /** What is made when the application is deleted. */
  deletionHooks: DeletionHook[]
  /** One for each source that has manifests. */
  sourceTypes: string[]
  cacheKey: string
  conditions: ApplicationCondition[]
  /** Where the real tool was asked too. */
  comparedWithBinary: NonNullable<RenderResult['comparedWithBinary']>[]
}

export interface DesiredRequest {
  application: Application
  set: SourceSet
  /** One for each source: branch, tag, commit, version, range. */
  revisions: readonly string[]
  cluster: TargetCluster
  instance: string
  /** Look at the sources anew, whatever was known; `hard`: and render them anew. */
  isFresh?: 'normal' | 'hard'
  /** Instead of what the Application's annotation says. */
  binary?: 'compare'
  /** Files that stand in for one of the sources. */
  local?: LocalSource
  /** What the sources were rendered to before, when they cannot be read now. */
  kept?: () => Promise<RenderedSources | undefined>
  onRendered?: (rendered: RenderedSources, why?: PlimsollError) => void
  /** It is only shown, and nothing of it is made: nobody has to have signed it. */
  isForShow?: true
}

/** Files that are not pushed: a repository as it would be, and the folder in it that the source's `path` stands for. */
export interface LocalSource {
  /** Which source, from 0. */
  position: number
  path: string
  /** By path from the root. */
  files: ReadonlyMap<string, Uint8Array>
}

/** Resolves and renders every source. Throws `PlimsollError` when what is wanted cannot be known. */
export async function desiredState(
  context: Reconciling,
  request: DesiredRequest,
  previous: { cacheKey: string; desired: Desired } | undefined,
): Promise<Desired> {
  const { cluster } = request
  const rendered = await renderedOrKept(context, request, previous)
  if ('targets' in rendered) return rendered
  const { renders } = rendered
  const revisions = [...rendered.revisions]
  const cacheKey = renders.map(({ result }) => result.cacheKey).join(' ')
  const warned = JSON.stringify(previous?.desired.conditions.filter((item) => item.type === 'RenderedDifferentlyWarning') ?? [])
  const conditions = renders.flatMap(({ result }) => differenceFromBinary(result))
  // A commit that does not touch this application leaves it where it is.
  const isSame = previous?.cacheKey === cacheKey && warned === JSON.stringify(conditions)
  const isServedStill = (target: Target): boolean => isServed(cluster, target)
  if (isSame && previous.desired.targets.every(isServedStill) && previous.desired.hooks.every(isServedStill)) return previous.desired
  const manifests = renders.flatMap(({ result }) => result.manifests)
  const { ignoresStatusOf } = context.diffSettings()
  const namespace = destinationNamespace(request.application)
  const found = await targetsOf(manifests, { ...request, namespace, ignoresStatusOf })
  return {
    revisions,
    sourceTypes: renders.map(({ result }) => result.sourceType),
    cacheKey,
    ...found,
    conditions: [...conditions, ...found.conditions],
    comparedWithBinary: renders.flatMap(({ result }) => (result.comparedWithBinary ? [result.comparedWithBinary] : [])),
  }
}

/** Whoever asks for signatures wants to see them: what was kept has none. */
const outOfReach: ReadonlySet<string> = new Set(['repository-unreachable', 'revision-not-found', 'render-timeout', 'timeout'])

/** Rendered, or what was kept of it when it was deployed, or what is known already. */
async function renderedOrKept(
  context: Reconciling,
  request: DesiredRequest,
  previous: { desired: Desired } | undefined,
): Promise<RenderedSources | Desired> {
  try {
    const fetched = await fetchAll(context, request)
    if (request.isForShow !== true) await requireSignatures(context, request, fetched)
    const revisions = fetched.map((source) => source.revision)
    // What random values Helm would draw anew at each render stay until a source moves, as Argo CD's cache of manifests has it.
    if (isFreshlyRandom(request.application) && previous && isSameList(previous.desired.revisions, revisions) && request.isFresh !== 'hard')
      return previous.desired
    const rendered = { sources: request.set.sources, revisions, renders: await renderAll(context, request, fetched) }
    request.onRendered?.(rendered)
    return rendered
  } catch (error) {
    if (!(error instanceof PlimsollError) || !outOfReach.has(error.code) || asksForSignatures(context, request.application)) throw error
    const kept = await request.kept?.()
    if (!kept) throw error
    // What was kept is no way past the project.
    requirePermitted(projectGuard(context, request.application, request.cluster, request.set))
    request.onRendered?.(kept, error)
    return kept
  }
}

async function renderAll(
  context: Reconciling,
  request: DesiredRequest,
  fetched: readonly FetchedSource[],
): Promise<{ source: ApplicationSource; result: RenderResult }[]> {
  const { set } = request
  const renders: { source: ApplicationSource; result: RenderResult }[] = []
  for (const [index, source] of fetched.entries()) {
    if (isReferenceOnly(source.source, set)) continue
    const result = await context.renderer.render(renderRequest(context, request, source, fetched))
    if (!result.ok) throw failureOf(result, source.source, set.isMultiple ? index : undefined)
    if (!result.fromCache) context.count('renders')
    renders.push({ source: source.source, result })
  }
  return renders
}

/** What the sources are rendered to, as somebody wrote it: not yet made the application's own. Throws `PlimsollError`. */
export async function renderedObjects(context: Reconciling, request: DesiredRequest): Promise<KubeObject[]> {
  const renders = await renderAll(context, request, await fetchAll(context, request))
  return renders.flatMap(({ result }) => result.manifests.map(({ object }) => object))
}

/**
 * Every source at its revision; those of one application are fetched side by side, and the first that fails is named. Whatever is rendered comes by
 * here: what the project does not permit is refused before anything is asked for, and again when the answer is there.
 */
export async function fetchAll(
  context: Reconciling,
  { application, cluster, set, revisions, isFresh, local }: Omit<DesiredRequest, 'instance' | 'binary'>,
): Promise<FetchedSource[]> {
  const guard = projectGuard(context, application, cluster, set)
  requirePermitted(guard)
  const fetched = await fetchSources(context, { application, set, revisions, ...(isFresh && { isFresh }), ...(local && { local }) })
  requirePermitted(guard)
  return fetched
}

async function fetchSources(
  context: Reconciling,
  { application, set, revisions, isFresh, local }: Pick<DesiredRequest, 'application' | 'set' | 'revisions' | 'isFresh' | 'local'>,
): Promise<FetchedSource[]> {
  const project = application.spec.project || 'default'
  return Promise.all(
    set.sources.map(async (source, index) => {
      if (local?.position === index) return { source: { ...source, path: local.path }, revision: 'local', tree: treeOfFiles(local.files) }
      try {
        return await fetchSource(context, source, revisions[index] ?? '', { project, ...(isFresh && { maxAgeMs: 0 }) })
      } catch (error) {
        if (!(error instanceof PlimsollError) || !set.isMultiple) throw error
        throw new PlimsollError(error.code, `spec.sources[${index}]: ${error.message}`, { ...(error.remedy && { remedy: error.remedy }) })
      }
    }),
  )
}

/** What the renderer is asked for one of the sources. */
export function renderRequest(
  context: Reconciling,
  { application, cluster, binary: wanted, isFresh }: Pick<DesiredRequest, 'application' | 'cluster' | 'binary' | 'isFresh'>,
  { source, revision, tree }: FetchedSource,
  all: readonly FetchedSource[],
): RenderRequest {
  const { metadata, spec } = application
  const instance = instanceName({ name: metadata.name, namespace: metadata.namespace ?? context.namespace }, context.namespace)
  const binary = wanted ?? metadata.annotations?.[annotations.renderWithBinary]
  const refs = new Map(all.flatMap((one) => (one.source.ref ? [[one.source.ref, one.tree] as const] : [])))
  return {
    source,
    tree,
    refs,
    applicationName: instance,
    applicationUid: metadata.uid ?? instance,
    destinationNamespace: destinationNamespace(application),
    capabilities: context.capabilitiesOf(cluster),
    environment: {
      ARGOCD_APP_PROJECT_NAME: spec.project || 'default',
      ARGOCD_APP_REVISION: revision,
    },
    ...foreignSources(context, application, projectGuard(context, application, cluster)),
    ...(context.remoteFile && { remoteFile: context.remoteFile }),
    ...(context.programs && { programs: context.programs }),
    rotation: rotationOf(application),
    isFresh: isFresh === 'hard',
    ...((binary === 'compare' || binary === 'use') && { binary }),
    policy: { ...context.renderPolicy, ...(isFreshlyRandom(application) && { randomness: 'helm' as const }) },
  }
}

/** A source that is there for its `ref` alone has no manifests (argo-cd docs/user-guide/multiple_sources.md). */
export function isReferenceOnly(source: ApplicationSource, { isMultiple }: SourceSet): boolean {
  return isMultiple && source.ref !== undefined && !source.path && source.chart === undefined
}

export function isFreshlyRandom({ metadata }: Application): boolean {
  return metadata.annotations?.[annotations.randomValues] === 'helm'
}

/** When random values were made anew the last time, and the id that makes them others. Before the first time: since the application is there. */
export function rotationOf({ metadata }: Application): { id: string; at: Date } {
  const text = metadata.annotations?.[annotations.randomRotation]
  const createdAt = new Date(metadata.creationTimestamp ?? 0)
  if (text === undefined) return { id: '', at: createdAt }
  try {
    const { id, at } = JSON.parse(text) as { id?: unknown; at?: unknown }
    const date = new Date(String(at))
    if (typeof id === 'string' && !Number.isNaN(date.getTime())) return { id, at: date }
  } catch {
    // Somebody wrote it by hand: its text is as good an id as any.
  }
  return { id: text, at: createdAt }
}

function destinationNamespace({ spec }: Application): string {
  return spec.destination.namespace ?? ''
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function differenceFromBinary({ comparedWithBinary: compared }: Pick<RenderResult, 'comparedWithBinary'>): ApplicationCondition[] {
  if (!compared || compared.isEqual) return []
  const shown = compared.differences.slice(0, 3).join('; ')
  const more = compared.differences.length > 3 ? `; and ${compared.differences.length - 3} more` : ''
  return [
    condition(
      'RenderedDifferentlyWarning',
      `${compared.tool} renders this source differently: ${shown}${more}. Ours is what counts; set the annotation ${annotations.renderWithBinary} to use to take the tool's.`,
    ),
  ]
}
/** Kinds come, and kinds go. */
function isServed(cluster: TargetCluster, { type, object }: Target): boolean {
  return type !== undefined && cluster.cache.typeOf(object.apiVersion, object.kind) !== undefined
}

/** `index` of the source where there are several. */
export function failureOf(failure: RenderFailure, source: ApplicationSource, index: number | undefined): PlimsollError {
  const where = failure.at ? `${formatPosition(failure.at)}: ` : ''
  const told = failure.message.startsWith(where) ? failure.message : `${where}${failure.message}`
  const message = index === undefined || told === '' ? told : `spec.sources[${index}]: ${told}`
  return new PlimsollError(failure.code, message || `The source ${source.repoURL} cannot be rendered.`, {
    remedy: failure.remedy,
    ...(failure.at && { at: failure.at }),
  })
}

async function targetsOf(
  manifests: readonly RenderedManifest[],
  { cluster, ...how }: { cluster: TargetCluster; instance: string; namespace: string; ignoresStatusOf: DiffSettings['ignoresStatusOf'] },
): Promise<Pick<Desired, 'targets' | 'hooks' | 'deletionHooks' | 'conditions'>> {
  const byKey = new Map<string, Target>()
  const conditions: ApplicationCondition[] = []
  const unknownKinds: Target[] = []
  const hooks: HookTarget[] = []
  const deletionHooks: DeletionHook[] = []
  const definitions = manifests.map(({ object }) => object).filter((object) => object.kind === 'CustomResourceDefinition')
  const clusterScoped = new Set(definitions.filter((definition) => textAt(definition, 'spec', 'scope') === 'Cluster').map(definedKind))
  for (const manifest of manifests) {
    const { apiVersion, kind } = manifest.object
    const type = cluster.cache.typeOf(apiVersion, kind) ?? (await cluster.client.typeOf(apiVersion, kind))
    const target = targetOf(manifest, type, { ...how, clusterScoped })
    const problem = type && outOfScope(cluster, target.key, type.namespaced)
    if (problem !== undefined)
      throw new PlimsollError('cluster-refused', `${formatPosition(target.at)}: ${problem}.`, {
        remedy: `Cluster ${cluster.name} is limited to namespaces ${cluster.namespaces?.join(', ') ?? ''}: deploy into one of them, or have its settings changed.`,
      })
    if (isHook(manifest.object)) {
      // Those that are for nothing here (`helm test`) concern nobody.
      const hook = hookTargetOf(manifest, target)
      if (hook.phases.length > 0) hooks.push(hook)
      if (hook.deletionPhases.length > 0) deletionHooks.push(hook)
      continue
    }
    if (target.key.name === '') {
      conditions.push(
        condition(
          'ComparisonError',
          `${formatPosition(target.at)}: ${kind} has generateName and no name: each sync would make another one. Give it a name, or make it a hook (${annotations.hook}).`,
        ),
      )
      continue
    }
    if (cluster.cache.typeOf(apiVersion, kind) && !cluster.cache.follows(target.key)) {
      conditions.push(
        condition(
          'ExcludedResourceWarning',
          `${formatPosition(target.at)}: ${describeKey(target.key)} is of a kind that applications do not manage, and is left out. Remove it, or exclude the file.`,
        ),
      )
      continue
    }
    const id = keyString(target.key)
    const first = byKey.get(id)
    if (first) {
      conditions.push(
        condition(
          'RepeatedResourceWarning',
          `${describeKey(target.key)} is defined twice: ${formatPosition(first.at)} and ${formatPosition(target.at)}. The last one counts. Keep one of the two.`,
        ),
      )
    }
    byKey.set(id, target)
    if (!type) unknownKinds.push(target)
  }
  const targets = [...byKey.values()]
  const defined = new Set(definitions.map(definedKind))
  for (const target of unknownKinds) {
    if (defined.has(`${target.key.group}/${target.key.kind}`)) continue
    conditions.push(
      condition(
        'ComparisonError',
        `${formatPosition(target.at)}: kind ${target.key.kind} of ${target.object.apiVersion} is not served by cluster ${cluster.name}. ` +
          'Correct apiVersion and kind, or install the CustomResourceDefinition first.',
      ),
    )
  }
  return { targets, hooks, deletionHooks, conditions }
}

function definedKind(definition: KubeObject): string {
  return `${textAt(definition, 'spec', 'group') ?? ''}/${textAt(definition, 'spec', 'names', 'kind') ?? ''}`
}
