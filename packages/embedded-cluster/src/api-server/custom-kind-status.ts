import type { KubeObject } from '@plimsoll/kube'
import { timestamp } from './object-meta.ts'
import { isRecord, valueAt } from './tree.ts'

export interface CustomNames {
  group: string
  plural: string
  singular: string
  shortNames: string[]
  kind: string
  listKind: string
}

/** Two definitions of one group must not share a name. Undefined when they do not. */
export function nameConflict(own: CustomNames, other: CustomNames): string | undefined {
  if (own.group !== other.group) return undefined
  const taken = new Set([other.plural, other.singular, ...other.shortNames])
  for (const name of [own.plural, own.singular, ...own.shortNames]) if (taken.has(name)) return `"${name}" is already in use`
  const takenKinds = new Set([other.kind, other.listKind])
  for (const kind of [own.kind, own.listKind]) if (takenKinds.has(kind)) return `"${kind}" is already in use`
  return undefined
}

interface Condition {
  type: string
  status: 'True' | 'False'
  lastTransitionTime: string
  reason: string
  message: string
}

/** The status of a CustomResourceDefinition, in the words of apiextensions-apiserver's naming and establishing controllers. */
export function conditionsFor(crd: KubeObject, conflict: string | undefined, problems: readonly string[], now: number): unknown {
  const old = isRecord(crd['status']) ? crd['status'] : {}
  const oldConditions = (Array.isArray(old['conditions']) ? old['conditions'] : []) as Condition[]
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): Condition => {
    const before = oldConditions.find((each) => each.type === type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now)
    return { lastTransitionTime, message, reason, status, type }
  }
  const isAccepted = conflict === undefined
  const isEstablished = isAccepted && problems.length === 0
  const conditions = [
    isAccepted
      ? condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found')
      : condition('NamesAccepted', 'False', 'NameConflict', conflict ?? ''),
    isEstablished
      ? condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')
      : isAccepted
        ? condition('Established', 'False', 'SchemaNotUsable', 'the schema cannot be used')
        : condition('Established', 'False', 'NotAccepted', 'not all names are accepted'),
  ]
  if (problems.length > 0) conditions.push(condition('NonStructuralSchema', 'True', 'Violations', problems.join(', ')))
  if (crd.metadata.deletionTimestamp !== undefined) {
    conditions.push(condition('Terminating', 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress'))
  }
  const versions = valueAt(crd, ['spec', 'versions'])
  const storage = Array.isArray(versions)
    ? (versions as unknown[]).find((version) => isRecord(version) && version['storage'] === true)
    : undefined
  const storedVersions = (Array.isArray(old['storedVersions']) ? old['storedVersions'] : []) as string[]
  const storageName = isRecord(storage) ? storage['name'] : undefined
  return {
    ...old,
    acceptedNames: isAccepted ? valueAt(crd, ['spec', 'names']) : (old['acceptedNames'] ?? { kind: '', plural: '' }),
    conditions,
    storedVersions:
      typeof storageName !== 'string' || storedVersions.includes(storageName) ? storedVersions : [...storedVersions, storageName],
  }
}
