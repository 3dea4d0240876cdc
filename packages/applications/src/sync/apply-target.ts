import {
  createThreeWayMergePatch,
  createThreeWayStrategicPatch,
  extractManaged,
  isNotFound,
  KubeApiError,
  type KubeObject,
  lastAppliedAnnotation,
  type ResourceType,
  splitApiVersion,
  typeSchemaFor,
  upgradeManagedFields,
} from '@plimsoll/kube'
import { clientSideManagers, fieldManager } from '../comparison/field-ownership.ts'
import type { TargetCluster } from '../contract.ts'
import type { RespectedTarget } from '../ignore/respected-target.ts'
import { isDeepEqual } from '../json.ts'
import type { Target } from '../target/target-object.ts'

export interface ApplyResult {
  object: KubeObject
  outcome: 'created' | 'configured' | 'unchanged'
}

export interface ApplyOptions {
  dryRun: boolean
  /** False: fields that the cluster does not know are dropped there, and no reason to refuse. */
  isValidated: boolean
  /** `ServerSideApply=false`: by a three-way merge with the last-applied annotation, as `kubectl apply` does. */
  isClientSide?: boolean
  /** `RespectIgnoreDifferences=true`: what is applied instead, with ignored fields as the cluster has them. */
  respected?: RespectedTarget
  /** Managers whose client-side ownership is taken over. Default: kubectl's, and Argo CD's of before. */
  migratesFrom?: readonly string[]
}

/**
 * Makes the cluster's object what Git says, by server-side apply with force. Ownership that client-side apply left behind is taken over first, so
 * that a field which Git drops later is removed. What server-side apply cannot take (duplicate keys in a list map) goes by a three-way merge.
 */
export async function applyTarget(cluster: TargetCluster, target: Target, type: ResourceType, options: ApplyOptions): Promise<ApplyResult> {
  const write = {
    fieldManager,
    fieldValidation: options.isValidated ? ('Strict' as const) : ('Ignore' as const),
    ...(options.dryRun && { dryRun: true }),
  }
  const live = cluster.cache.get(target.key)
  const isTaken = live !== undefined && !options.dryRun && !options.isClientSide
  const current = isTaken ? await takeOver(cluster, target, type, live, options.migratesFrom) : live

  const { respected } = options
  const merged = respected ? { ...target, object: respected.merged } : target
  let object: KubeObject
  try {
    object = options.isClientSide
      ? await mergeThreeWays(cluster, merged, type, write)
      : await cluster.client.apply(type, respected ? atVersion(respected, current) : target.object, { ...write, force: true })
  } catch (error) {
    if (options.isClientSide || !isRefusedMerge(error)) throw error
    object = await mergeThreeWays(cluster, merged, type, write)
  }
  if (!options.dryRun) cluster.cache.observe(object)
  // A dry run answers with the version of the object that it would change.
  const isSameVersion = live?.metadata.resourceVersion === object.metadata.resourceVersion
  const isUnchanged = isSameVersion && (!options.dryRun || isDeepEqual(contentOf(live), contentOf(object)))
  return { object, outcome: !live ? 'created' : isUnchanged ? 'unchanged' : 'configured' }
}

/** What repeats the cluster's own values must not undo newer ones: it is refused (409) when somebody was quicker. */
function atVersion({ applied, holds }: RespectedTarget, current: KubeObject | undefined): KubeObject {
  const { resourceVersion } = current?.metadata ?? {}
  return holds && resourceVersion !== undefined ? { ...applied, metadata: { ...applied.metadata, resourceVersion } } : applied
}

function contentOf(object: KubeObject | undefined): unknown {
  if (!object) return undefined
  const { managedFields: _fields, generation: _generation, ...metadata } = object.metadata
  const { status: _status, ...rest } = object
  return { ...rest, metadata }
}

/** Makes ours what client-side managers own, so that a field which Git drops later is removed. The object afterwards. */
export async function takeOver(
  cluster: TargetCluster,
  target: Target,
  type: ResourceType,
  live: KubeObject,
  from: readonly string[] = clientSideManagers,
): Promise<KubeObject> {
  const known = live.metadata.managedFields
  const managedFields = upgradeManagedFields(known, { from, to: fieldManager })
  if (!known || managedFields === known) return live
  const ref = { name: target.key.name, ...(target.key.namespace && { namespace: target.key.namespace }) }
  try {
    const taken = await cluster.client.patch(type, ref, {
      type: 'json',
      patch: [
        { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
        { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      ],
    })
    cluster.cache.observe(taken)
    return taken
  } catch (error) {
    // Somebody else was quicker, or it is gone: the apply goes on, and the next one takes over.
    if (!(error instanceof KubeApiError) || error.code >= 500) throw error
    return live
  }
}

/** structured-merge-diff's refusals: the object cannot be read as its type, most often for a repeated key. */
export function isRefusedMerge(error: unknown): boolean {
  return (
    error instanceof KubeApiError &&
    // A real API server tells it as an error of its own.
    error.code >= 400 &&
    error.code <= 500 &&
    /duplicate entries for key|failed to create (typed|manager)/i.test(error.message)
  )
}

async function mergeThreeWays(
  cluster: TargetCluster,
  target: Target,
  type: ResourceType,
  write: { fieldManager: string; dryRun?: boolean },
): Promise<KubeObject> {
  const ref = { name: target.key.name, ...(target.key.namespace && { namespace: target.key.namespace }) }
  const modified: KubeObject = {
    ...target.object,
    metadata: {
      ...target.object.metadata,
      annotations: { ...target.object.metadata.annotations, [lastAppliedAnnotation]: JSON.stringify(target.object) },
    },
  }
  const live = await cluster.client.get(type, ref)
  if (!live) return cluster.client.create(type, modified, write)

  const { group, version } = splitApiVersion(target.object.apiVersion)
  const schema = typeSchemaFor({ group, version, kind: target.object.kind })
  // Without the annotation: what was applied on the server, should it have been.
  const original = parseObject(live.metadata.annotations?.[lastAppliedAnnotation]) ?? extractManaged(live, fieldManager, { schema })
  try {
    return schema
      ? await cluster.client.patch(
          type,
          ref,
          { type: 'strategic', patch: createThreeWayStrategicPatch(original, modified, live, schema) },
          write,
        )
      : await cluster.client.patch(type, ref, { type: 'merge', patch: createThreeWayMergePatch(original, modified, live) }, write)
  } catch (error) {
    if (isNotFound(error)) return cluster.client.create(type, modified, write)
    throw error
  }
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    // Not ours to judge: without it, the patch adds and changes, and removes nothing.
    return undefined
  }
}
