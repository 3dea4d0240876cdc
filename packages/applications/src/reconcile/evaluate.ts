import { annotations, type ApplicationCondition, type ApplicationSource, PlimsollError } from '@plimsoll/api'
import { type KubeObject, keyString, type ObjectKey, objectKey, splitApiVersion, typeSchemaFor } from '@plimsoll/kube'
import type { RenderFailure, RenderResult } from '@plimsoll/render'
import { applicationKey } from '../application-object.ts'
import { compareObjects, type Comparison } from '../comparison/compare.ts'
import { valueAt } from '../comparison/path.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import { condition, formatPosition } from '../conditions.ts'
import type { TargetCluster } from '../contract.ts'
import { healthOf, isWorse } from '../health/health.ts'
import { isDeepEqual, textAt } from '../json.ts'
import { hasOption, type Target, targetOf } from '../target/target-object.ts'
import { instanceIndexKey, instanceOf, refOfInstance } from '../tracking.ts'
import { type Evaluation, type ManagedResource, overallHealth } from './evaluation.ts'
import { sourceTreeOf } from './source-tree.ts'
import type { Reconciling } from './reconciling.ts'

/** Comparing again what has not changed costs nothing: a result is kept by the identity of both sides. */
export interface ComparisonMemo {
  target: KubeObject
  live: KubeObject
  comparison: Comparison
  /** What it looked like before the server was asked. As long as it looks the same, the answer holds. */
  found?: Found
}

interface Found {
  comparison: Comparison
  doubtful: unknown[]
}

/** A source at a commit, as targets. */
export interface Desired {
  revision: string
  targets: Target[]
  sourceType: string
  cacheKey: string
  conditions: ApplicationCondition[]
}

/** Resolves and renders a source. Throws `PlimsollError` when Git's side cannot be known. */
export async function desiredState(
  context: Reconciling,
  request: { source: ApplicationSource; revision: string; cluster: TargetCluster; instance: string; namespace: string; name: string },
  previous: { cacheKey: string; desired: Desired } | undefined,
): Promise<Desired> {
  const { source, cluster } = request
  const { commit } = await context.repositories.resolve(source.repoURL, request.revision)
  const result = await context.renderer.render({
    source,
    tree: sourceTreeOf(context.repositories, source.repoURL, commit),
    applicationName: request.name,
    destinationNamespace: request.namespace,
    capabilities: context.capabilitiesOf(cluster),
  })
  if (!result.ok) throw failureOf(result, source)
  if (!result.fromCache) context.count('renders')
  // A commit that does not touch this application leaves it where it is.
  if (previous?.cacheKey === result.cacheKey && previous.desired.targets.every((target) => isServed(cluster, target)))
    return previous.desired
  return { revision: commit, sourceType: result.sourceType, cacheKey: result.cacheKey, ...(await targetsOf(result, request)) }
}

/** Kinds come, and kinds go. */
function isServed(cluster: TargetCluster, { type, object }: Target): boolean {
  return type !== undefined && cluster.cache.typeOf(object.apiVersion, object.kind) !== undefined
}

function failureOf(failure: RenderFailure, source: ApplicationSource): PlimsollError {
  const where = failure.at ? `${formatPosition(failure.at)}: ` : ''
  const message = failure.message.startsWith(where) ? failure.message : `${where}${failure.message}`
  return new PlimsollError(failure.code, message || `The source ${source.repoURL} cannot be rendered.`, {
    remedy: failure.remedy,
    ...(failure.at && { at: failure.at }),
  })
}

async function targetsOf(
  result: RenderResult,
  { cluster, instance, namespace }: { cluster: TargetCluster; instance: string; namespace: string },
): Promise<{ targets: Target[]; conditions: ApplicationCondition[] }> {
  const byKey = new Map<string, Target>()
  const conditions: ApplicationCondition[] = []
  const unknownKinds: Target[] = []
  const definitions = result.manifests.map(({ object }) => object).filter((object) => object.kind === 'CustomResourceDefinition')
  const clusterScoped = new Set(definitions.filter((definition) => textAt(definition, 'spec', 'scope') === 'Cluster').map(definedKind))
  for (const manifest of result.manifests) {
    const { apiVersion, kind } = manifest.object
    const type = cluster.cache.typeOf(apiVersion, kind) ?? (await cluster.client.typeOf(apiVersion, kind))
    const target = targetOf(manifest, type, { instance, namespace, clusterScoped })
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
  return { targets, conditions }
}

function definedKind(definition: KubeObject): string {
  return `${textAt(definition, 'spec', 'group') ?? ''}/${textAt(definition, 'spec', 'names', 'kind') ?? ''}`
}

/** Compares what Git wants with what the cluster has. */
export async function compareWithLive(
  context: Reconciling,
  request: {
    source: ApplicationSource
    desired: Desired | undefined
    failure: PlimsollError | undefined
    cluster: TargetCluster
    instance: string
    /** Ask the server by a dry run whether what seems to differ would change: worth it where no sync follows by itself. */
    confirms: boolean
  },
  memo: Map<string, ComparisonMemo>,
): Promise<Evaluation> {
  const { desired, failure, cluster, instance } = request
  const conditions: ApplicationCondition[] = [...(desired?.conditions ?? [])]
  if (failure)
    conditions.push(condition('ComparisonError', failure.remedy ? `${asSentence(failure.message)} ${failure.remedy}` : failure.message))

  const resources: ManagedResource[] = []
  const wanted = new Set<string>()
  for (const target of desired?.targets ?? []) {
    const id = keyString(target.key)
    wanted.add(id)
    const live = target.type ? cluster.cache.get(target.key) : undefined
    let isClaimedByOther = false
    if (live) {
      const other = instanceOf(live)
      if (other !== undefined && other !== instance) {
        isClaimedByOther = context.home.cache.get(applicationKey(refOfInstance(other, context.namespace))) !== undefined
        conditions.push(
          condition(
            'SharedResourceWarning',
            `${describeKey(target.key)} is part of applications ${instance} and ${other}. Keep it in one of the two.`,
          ),
        )
      }
    }
    const compared = await compareOne(context, cluster, target, live, memo, request.confirms)
    resources.push(isClaimedByOther ? { ...compared, isClaimedByOther } : compared)
  }
  for (const live of cluster.cache.indexed(instanceIndexKey(instance))) {
    const key = objectKey(live)
    const id = keyString(key)
    if (wanted.has(id)) continue
    memo.delete(id)
    resources.push(extraResource(key, live, desired !== undefined))
  }
  for (const id of memo.keys()) if (!wanted.has(id)) memo.delete(id)
  const unreadable = unreadableKinds(cluster, resources)
  conditions.push(...unreadable)

  const isUnknown = !desired || conditions.some((item) => item.type === 'ComparisonError')
  return {
    source: request.source,
    revision: desired?.revision,
    sourceType: desired?.sourceType,
    cacheKey: desired?.cacheKey,
    targets: desired?.targets,
    resources,
    sync: isUnknown ? 'Unknown' : resources.some((resource) => resource.status === 'OutOfSync') ? 'OutOfSync' : 'Synced',
    // Of what was never seen nothing is known: an empty list would count as Healthy.
    health: !desired && resources.length === 0 ? { status: 'Unknown' } : overallHealth(resources, isWorse),
    conditions,
    retry: failure?.facts.retryable ? failure : unreadable[0] && new PlimsollError('cluster-unreachable', unreadable[0].message),
  }
}

function asSentence(message: string): string {
  return /[.!?:]$/.test(message) ? message : `${message}.`
}

/** In the cluster, tracked as ours, and not in Git. What somebody owns goes when its owner goes, and `Prune=false` keeps it. */
function extraResource(key: ObjectKey, live: KubeObject, isGitKnown: boolean): ManagedResource {
  const isOwned = (live.metadata.ownerReferences ?? []).length > 0
  const isIgnored = hasOption(live, annotations.compareOptions, 'IgnoreExtraneous')
  const requiresPruning = isGitKnown && !isOwned && live.metadata.deletionTimestamp === undefined
  return {
    key,
    target: undefined,
    live,
    status: !isGitKnown ? 'Unknown' : isOwned || isIgnored ? 'Synced' : 'OutOfSync',
    health: healthOf(live),
    comparison: undefined,
    requiresPruning: requiresPruning && !isIgnored,
  }
}

async function compareOne(
  context: Reconciling,
  cluster: TargetCluster,
  target: Target,
  live: KubeObject | undefined,
  memo: Map<string, ComparisonMemo>,
  confirms: boolean,
): Promise<ManagedResource> {
  const id = keyString(target.key)
  if (!live) {
    memo.delete(id)
    return {
      key: target.key,
      target,
      live,
      status: 'OutOfSync',
      health: { status: 'Missing' },
      comparison: undefined,
      requiresPruning: false,
    }
  }
  const known = memo.get(id)
  let comparison: Comparison
  if (known?.target === target.object && known.live === live) comparison = known.comparison
  else {
    context.count('comparisons')
    const asWritten = live.apiVersion === target.object.apiVersion ? live : await readAs(cluster, target)
    const found = asWritten && foundOf(asWritten, compareObjects(target.object, asWritten, comparisonOptions(target)))
    if (!asWritten || !found) comparison = { differences: [], doubts: [] }
    else if (known?.found && known.target === target.object && isDeepEqual(known.found, found)) comparison = known.comparison
    else comparison = await settle(cluster, target, asWritten, found.comparison, confirms)
    memo.set(id, { target: target.object, live, comparison, ...(found && { found }) })
  }
  return {
    key: target.key,
    target,
    live,
    status: comparison.differences.length > 0 ? 'OutOfSync' : 'Synced',
    health: healthOf(live),
    comparison,
    requiresPruning: false,
  }
}

function foundOf(live: KubeObject, comparison: Comparison): Found {
  return { comparison, doubtful: comparison.doubts.map((path) => valueAt(live, path)) }
}

/** The cache holds each kind in one version; a manifest of another is compared with the object in its own. */
async function readAs(cluster: TargetCluster, target: Target): Promise<KubeObject | undefined> {
  if (!target.type) return undefined
  return cluster.client.get(target.type, { name: target.key.name, ...(target.key.namespace && { namespace: target.key.namespace }) })
}

/** Kinds of the platform are known by their schema; those of others drop nothing when they are written. */
export function comparisonOptions(target: Target): Parameters<typeof compareObjects>[2] {
  const { group, version } = splitApiVersion(target.object.apiVersion)
  const schema = typeSchemaFor({ group, version, kind: target.object.kind })
  return { schema, dropsZeroValues: schema !== undefined }
}

/**
 * Where only the server can tell, it is asked by a dry run; what an apply would not change is no difference. That is so for what is owned as a
 * whole and has more in the cluster than in Git (a default, or a field that Git has dropped), and, where no sync follows by itself, for everything
 * that seems to differ on an object that we own. Without an answer, what was found stands.
 */
async function settle(
  cluster: TargetCluster,
  target: Target,
  live: KubeObject,
  comparison: Comparison,
  confirms: boolean,
): Promise<Comparison> {
  const { type } = target
  const hasDifferences = comparison.differences.length > 0
  const isOurs = live.metadata.managedFields?.some((entry) => entry.manager === fieldManager && entry.operation === 'Apply') ?? false
  if (!type || (hasDifferences ? !(confirms && isOurs) : comparison.doubts.length === 0)) return comparison
  try {
    const predicted = await cluster.client.apply(type, target.object, { fieldManager, force: true, dryRun: true })
    if (isDeepEqual(withoutBookkeeping(predicted), withoutBookkeeping(live))) return { differences: [], doubts: [] }
    if (hasDifferences) return comparison
    return {
      ...comparison,
      differences: comparison.doubts.map((path) => ({ path, live: valueAt(live, path), target: valueAt(predicted, path) })),
    }
  } catch {
    return comparison
  }
}

function withoutBookkeeping(object: KubeObject): unknown {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  const { status: _status, ...rest } = object
  return { ...rest, metadata }
}

function unreadableKinds(cluster: TargetCluster, resources: readonly ManagedResource[]): ApplicationCondition[] {
  const problems = cluster.cache.problems()
  if (problems.length === 0) return []
  const used = new Set(resources.map((resource) => `${resource.key.group}/${resource.key.kind}`))
  return problems
    .filter(({ type }) => used.has(`${type.group}/${type.kind}`))
    .map(({ type, message }) =>
      condition(
        'ComparisonError',
        `${type.kind} objects cannot be read from cluster ${cluster.name}: ${message}. Check the permissions and the API of this kind.`,
      ),
    )
}

export function describeKey(key: ObjectKey): string {
  return `${key.kind} ${key.namespace ? `${key.namespace}/` : ''}${key.name}`
}
