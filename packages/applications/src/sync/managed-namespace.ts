import type { ManagedNamespaceMetadata } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { compareObjects } from '../comparison/compare.ts'
import { fieldManager } from '../comparison/field-ownership.ts'
import type { SyncRun } from './sync-run-context.ts'
import { isOptionOn } from './sync-options.ts'

/** The namespace that `CreateNamespace=true` asks for, as far as we set it. */
export function managedNamespace(name: string, metadata: ManagedNamespaceMetadata | null | undefined): KubeObject {
  const { labels, annotations } = metadata ?? {}
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) } }
}

/** Whether the live namespace is other than `managedNamespaceMetadata` wants it: a label that is missing, or one that was dropped. */
export function differsFromManaged(live: KubeObject | undefined, metadata: ManagedNamespaceMetadata): boolean {
  if (!live) return false
  const wanted = managedNamespace(live.metadata.name, metadata)
  return compareObjects(wanted, live, { schema: undefined, dropsZeroValues: false }).differences.length > 0
}

/**
 * `CreateNamespace=true`: before everything else, or nothing else could even be tried. One that is there is touched for its metadata only, and not
 * when Git has it. Answers with a failure in words.
 */
export async function createNamespace(run: SyncRun): Promise<string | undefined> {
  const name = run.destinationNamespace
  if (name === '' || !isOptionOn(run.sync.syncOptions, 'CreateNamespace')) return undefined
  const isInGit = run.resources.some(({ key, target }) => key.kind === 'Namespace' && key.group === '' && key.name === name && target)
  const isThere = run.cluster.cache.get({ group: '', kind: 'Namespace', namespace: '', name }) !== undefined
  if (isInGit || (isThere && !run.namespaceMetadata)) return undefined
  const refusal = run.refusalOf({ group: '', kind: 'Namespace', namespace: '', name, isNamespaced: false })
  if (refusal !== undefined) return refusal
  try {
    const type = run.cluster.cache.typeOf('v1', 'Namespace') ?? (await run.cluster.client.typeOf('v1', 'Namespace'))
    if (!type) return `Cluster ${run.cluster.name} serves no namespaces.`
    const object = managedNamespace(name, run.namespaceMetadata)
    const created = await run.cluster.client.apply(type, object, { fieldManager, force: true, ...(run.sync.dryRun && { dryRun: true }) })
    if (!run.sync.dryRun) run.cluster.cache.observe(created)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `Namespace ${name} could not be created: ${error.message}`
  }
}
