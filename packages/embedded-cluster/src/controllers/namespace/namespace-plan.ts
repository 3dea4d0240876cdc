import { withCondition, type Condition } from '../machinery/condition.ts'

export interface RemainingKind {
  /** `pods`, `deployments.apps`. */
  resource: string
  count: number
  /** Of the objects that are left: finalizer → how many have it. */
  finalizers: Map<string, number>
}

export interface EmptyingResult {
  remaining: RemainingKind[]
  /** Of kinds that could not be listed or deleted. */
  failures: string[]
  /** Why it is not known which kinds there are. */
  discoveryFailure?: string
}

/** The conditions of a namespace that is being deleted, in the words of the namespace lifecycle controller. */
export function terminationConditions(conditions: readonly Condition[] | undefined, result: EmptyingResult, now: number): Condition[] {
  const discovery: Condition =
    result.discoveryFailure === undefined
      ? {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'False',
          reason: 'ResourcesDiscovered',
          message: 'All resources successfully discovered',
        }
      : {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'True',
          reason: 'DiscoveryFailed',
          message: `Discovery failed for some groups, ${result.discoveryFailure}`,
        }
  const groupVersions: Condition = {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  }
  const content: Condition =
    result.failures.length === 0
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        }
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${result.failures.length} remaining: ${[...result.failures].sort().join(', ')}`,
        }
  return [discovery, groupVersions, content, remainingContent(result), remainingFinalizers(result)].reduce<Condition[]>(
    (all, condition) => withCondition(all, condition, now),
    [...(conditions ?? [])],
  )
}

function remainingContent({ remaining }: EmptyingResult): Condition {
  const type = 'NamespaceContentRemaining'
  const parts = remaining
    .filter((kind) => kind.count > 0)
    .map((kind) => `${kind.resource} has ${kind.count} resource instances`)
    .sort()
  if (parts.length === 0) return { type, status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' }
  return { type, status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${parts.join(', ')}` }
}

function remainingFinalizers({ remaining }: EmptyingResult): Condition {
  const type = 'NamespaceFinalizersRemaining'
  const counts = new Map<string, number>()
  for (const kind of remaining)
    for (const [finalizer, count] of kind.finalizers) counts.set(finalizer, (counts.get(finalizer) ?? 0) + count)
  const parts = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort()
  if (parts.length === 0) {
    return { type, status: 'False', reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' }
  }
  return {
    type,
    status: 'True',
    reason: 'SomeFinalizersRemain',
    message: `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`,
  }
}
