import { type KubeObject, keyString, splitApiVersion, typeSchemaFor } from '@plimsoll/kube'
import { compareObjects, type Comparison, type ComparisonOptions } from '../comparison/compare.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import { knownTypesOf } from '../comparison/known-types.ts'
import { valueAt } from '../comparison/path.ts'
import { predictedDifferences } from '../comparison/server-side.ts'
import type { TargetCluster } from '../contract.ts'
import { healthOf } from '../health/health.ts'
import { IgnoreStopped } from '../ignore/ignore-steps.ts'
import { normalize, type Normalized } from '../ignore/normalize.ts'
import { type RespectedTarget, respectedTarget } from '../ignore/respected-target.ts'
import { isDeepEqual } from '../json.ts'
import { refusalWithoutSecrets } from '../masking.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import type { Target } from '../target/target-object.ts'
import { schemaIn } from '../target/kind-schema.ts'
import type { DiffRules } from './diff-rules.ts'
import type { ManagedResource } from './evaluation.ts'
import type { Reconciling } from './reconciling.ts'

/** Comparing again what has not changed costs nothing: a result is kept by the identity of both sides, and of the rules. */
export interface ComparisonMemo {
  target: KubeObject
  live: KubeObject
  rules: DiffRules
  comparison: Comparison
  /** Both sides without what is ignored; undefined: nothing is. */
  normalized?: Normalized | undefined
  /** What it looked like before the server was asked. As long as it looks the same, the answer holds. */
  found?: Found
}

interface Found {
  comparison: Comparison
  doubtful: unknown[]
}

export interface Comparing {
  context: Pick<Reconciling, 'count' | 'jq'>
  cluster: TargetCluster
  rules: DiffRules
  /** Ask the server by a dry run: `always`, where no sync follows by itself, whether what seems to differ would change; else only in doubt. */
  asks: 'always' | 'inDoubt' | 'never'
  memo: Map<string, ComparisonMemo>
}

/** What is ignored could not be told, or the server refused to say: nothing is known of the object. */
export class NotCompared extends Error {
  /** Nothing has to be corrected for it to be another answer next time. */
  readonly mayPass: boolean

  constructor(message: string, options: { mayPass?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.mayPass = options.mayPass ?? false
  }
}

/** What was asked of jq before its turn came. It holds for this very live object. */
export interface NormalizedAhead {
  live: KubeObject
  answer: Promise<Normalized | undefined>
}

/** One object as Git wants it, next to the one that the cluster has. Rejects with `IgnoreStopped` and `NotCompared`. */
export async function compareTarget(
  comparing: Comparing,
  target: Target,
  live: KubeObject | undefined,
  ahead: NormalizedAhead | undefined,
): Promise<ManagedResource> {
  const { memo } = comparing
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
  const known = knownComparison(comparing, target, live) ?? (await compareAnew(comparing, target, live, ahead))
  memo.set(id, known)
  const { comparison, normalized } = known
  return {
    key: target.key,
    target,
    live,
    status: comparison.differences.length > 0 ? 'OutOfSync' : 'Synced',
    health: healthOf(live),
    comparison,
    ...(normalized && { normalized }),
    requiresPruning: false,
  }
}

export function knownComparison({ memo, rules }: Comparing, target: Target, live: KubeObject): ComparisonMemo | undefined {
  const known = memo.get(keyString(target.key))
  return known?.target === target.object && known.live === live && known.rules === rules ? known : undefined
}

async function compareAnew(
  comparing: Comparing,
  target: Target,
  live: KubeObject,
  ahead: NormalizedAhead | undefined,
): Promise<ComparisonMemo> {
  const { context, cluster, rules, asks, memo } = comparing
  context.count('comparisons')
  const known = memo.get(keyString(target.key))
  const asWritten = live.apiVersion === target.object.apiVersion ? live : await readAs(cluster, target)
  const base = { target: target.object, live, rules }
  if (!asWritten) return { ...base, comparison: { differences: [], doubts: [] } }
  const byServer = rules.isServerSide && asks !== 'never' ? await compareByServer(comparing, target, asWritten) : undefined
  if (byServer) return { ...base, ...byServer }
  const normalized = ahead?.live === asWritten ? await ahead.answer : await normalizedSides(comparing, target, target.object, asWritten)
  const sides = normalized ?? { target: target.object, live: asWritten }
  const found = foundOf(sides.live, compareObjects(sides.target, sides.live, comparisonOptions(target, rules.settings)))
  const isAsBefore = known?.found && known.target === target.object && known.rules === rules && isDeepEqual(known.found, found)
  const comparison = isAsBefore
    ? known.comparison
    : await settle(comparing, target, { live: asWritten, normalized: sides.live }, found.comparison)
  return { ...base, comparison, normalized, found }
}

function foundOf(live: KubeObject, comparison: Comparison): Found {
  return { comparison, doubtful: comparison.doubts.map((path) => valueAt(live, path)) }
}

/** Undefined: nothing is ignored in either. */
export async function normalizedSides(
  { context, cluster, rules }: Pick<Comparing, 'context' | 'cluster' | 'rules'>,
  { key, object: { apiVersion, kind } }: Target,
  target: KubeObject,
  live: KubeObject,
): Promise<Normalized | undefined> {
  const own = rules.ignore?.forObject(key)
  if (!rules.ignore || !own) return undefined
  const normalized = await normalize(rules.ignore, own, context.jq, { target, live, schema: schemaIn(cluster, apiVersion, kind) })
  return normalized.ignored && normalized
}

/** What of a target is applied where a sync respects what is ignored. Rejects where nobody can tell what is: Git's values would be written over it. */
export async function respectIgnored(
  comparing: Pick<Comparing, 'context' | 'cluster' | 'rules'>,
  target: Target,
  live: KubeObject,
): Promise<RespectedTarget | undefined> {
  const [problem] = [...(comparing.rules.ignore?.problems ?? []), ...(comparing.rules.ignore?.forObject(target.key)?.problems ?? [])]
  if (problem !== undefined) throw new Error(`What is to be ignored cannot be told: ${problem}`)
  const { apiVersion, kind } = target.object
  const asWritten = live.apiVersion === apiVersion ? live : await readAs(comparing.cluster, target)
  const normalized = asWritten && (await normalizedSides(comparing, target, target.object, asWritten).catch(translated))
  return (
    normalized?.ignored &&
    respectedTarget(target.object, asWritten as KubeObject, normalized.ignored, schemaIn(comparing.cluster, apiVersion, kind))
  )
}

function translated(error: unknown): never {
  if (!(error instanceof IgnoreStopped)) throw error
  throw new Error(`What is to be ignored cannot be told: ${error.message}: ${error.expression.slice(0, 200)}`, { cause: error })
}

/** The cache holds each kind in one version; a manifest of another is compared with the object in its own. */
async function readAs(cluster: TargetCluster, target: Target): Promise<KubeObject | undefined> {
  if (!target.type) return undefined
  return cluster.client.get(target.type, { name: target.key.name, ...(target.key.namespace && { namespace: target.key.namespace }) })
}

/** Kinds of the platform are known by their schema; those of others drop nothing when they are written. */
function comparisonOptions(target: Target, settings: DiffSettings): ComparisonOptions {
  const { group, version } = splitApiVersion(target.object.apiVersion)
  const schema = typeSchemaFor({ group, version, kind: target.object.kind })
  // A target has a status only where the operator wants it to count.
  const comparesStatus = 'status' in target.object
  if (schema) return { schema, dropsZeroValues: true, comparesStatus }
  return { schema, dropsZeroValues: false, comparesStatus, knownTypes: knownTypesOf(settings, target.key) }
}

/**
 * Where only the server can tell, it is asked by a dry run; what an apply would not change is no difference. That is so for what is owned as a
 * whole and has more in the cluster than in Git (a default, or a field that Git has dropped), and, where no sync follows by itself, for everything
 * that seems to differ on an object that we own. Without an answer, what was found stands.
 */
async function settle(
  comparing: Comparing,
  target: Target,
  sides: { live: KubeObject; normalized: KubeObject },
  comparison: Comparison,
): Promise<Comparison> {
  const { cluster, asks } = comparing
  const { type } = target
  const { live } = sides
  const hasDifferences = comparison.differences.length > 0
  const isOurs = live.metadata.managedFields?.some((entry) => entry.manager === fieldManager && entry.operation === 'Apply') ?? false
  if (!type || asks === 'never' || (hasDifferences ? asks !== 'always' || !isOurs : comparison.doubts.length === 0)) return comparison
  try {
    const predicted = await cluster.client.apply(type, target.object, { fieldManager, force: true, dryRun: true })
    const after = await normalizedSides(comparing, target, predicted, live)
    const [then, now] = after ? [after.target, after.live] : [predicted, live]
    const [would, is] = [then, now].map((object) => withoutBookkeeping(object, 'status' in target.object))
    if (isDeepEqual(would, is)) return { differences: [], doubts: [] }
    if (hasDifferences) return comparison
    return {
      ...comparison,
      differences: comparison.doubts.map((path) => ({ path, live: valueAt(sides.normalized, path), target: valueAt(then, path) })),
    }
  } catch {
    return comparison
  }
}

function withoutBookkeeping(object: KubeObject, keepsStatus: boolean): unknown {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  const { status, ...rest } = object
  return { ...rest, metadata, ...(keepsStatus && { status }) }
}

/** `ServerSideDiff=true`: what an apply would change, by a dry run. A list with a key twice, which no apply can take, is compared here: undefined. */
async function compareByServer(
  comparing: Comparing,
  target: Target,
  live: KubeObject,
): Promise<Pick<ComparisonMemo, 'comparison' | 'normalized'> | undefined> {
  const { cluster, rules } = comparing
  if (!target.type) return undefined
  let predicted: KubeObject
  try {
    predicted = await cluster.client.apply(target.type, target.object, { fieldManager, force: true, dryRun: true })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (/duplicate entries for key/i.test(error.message)) return undefined
    const message = refusalWithoutSecrets([target.object, live], error.message)
    throw new NotCompared(`the API server refused the dry run: ${message}`, { mayPass: true, cause: error })
  }
  const normalized = await normalizedSides(comparing, target, predicted, live)
  const sides = normalized ?? { target: predicted, live }
  const schema = schemaIn(cluster, target.object.apiVersion, target.object.kind)
  const differences = predictedDifferences(sides.live, sides.target, { schema, includesWebhooks: rules.includesWebhooks })
  return { comparison: { differences, doubts: [] }, normalized }
}
