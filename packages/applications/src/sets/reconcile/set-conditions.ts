import type { ApplicationSet, HealthStatus, SetCondition, SetConditionType } from '@plimsoll/api'

/** What a look has found, as conditions. Those that are not named stay as they were. */
export type SetConditions = Partial<Record<SetConditionType, FoundCondition>>

interface FoundCondition {
  status: SetCondition['status']
  reason: string
  message: string
}

const generatedWell = 'Successfully generated parameters for all Applications'
const upToDate = 'All applications have been generated successfully'

/** Reasons are Argo CD's (`pkg/apis/application/v1alpha1/applicationset_types.go`), so that what watches for them finds them. */
export const setReasons = {
  params: 'ApplicationGenerationFromParamsError',
  template: 'RenderTemplateParamsError',
  validation: 'ApplicationValidationError',
  create: 'CreateApplicationError',
  update: 'UpdateApplicationError',
  delete: 'DeleteApplicationError',
  rollout: 'ApplicationSetRolloutError',
  /** Ours. */
  invalid: 'InvalidSpec',
  held: 'DeletionNeedsConfirmation',
} as const

/** A look that has failed. `isGenerated`: what should be there is known, and something else went wrong. */
export function failedConditions(reason: string, message: string, isGenerated: boolean): SetConditions {
  return {
    ErrorOccurred: { status: 'True', reason, message },
    ParametersGenerated: isGenerated
      ? { status: 'True', reason: 'ParametersGenerated', message: generatedWell }
      : { status: 'False', reason: 'ErrorOccurred', message },
    ResourcesUpToDate: { status: 'False', reason: 'ErrorOccurred', message },
  }
}

export function goodConditions(): SetConditions {
  return {
    ErrorOccurred: { status: 'False', reason: 'ApplicationSetUpToDate', message: upToDate },
    ParametersGenerated: { status: 'True', reason: 'ParametersGenerated', message: generatedWell },
    ResourcesUpToDate: { status: 'True', reason: 'ApplicationSetUpToDate', message: upToDate },
  }
}

/** Conditions in the order of their types; one that says the same keeps its time. `undefined` takes one away. */
export function mergedConditions(
  previous: readonly SetCondition[],
  found: SetConditions,
  removed: readonly SetConditionType[],
  now: string,
): SetCondition[] {
  const types = [...new Set([...previous.map(({ type }) => type), ...Object.keys(found)])].filter(
    (type) => !(removed as readonly string[]).includes(type),
  )
  return types.toSorted().flatMap((type): SetCondition[] => {
    const before = previous.find((one) => one.type === type)
    const after = Object.hasOwn(found, type) ? found[type as SetConditionType] : undefined
    if (after === undefined) return before ? [before] : []
    const isSame =
      before !== undefined && before.status === after.status && before.reason === after.reason && before.message === after.message
    const { status, reason, message } = after
    return [{ type, status, reason, message, lastTransitionTime: (isSame ? before.lastTransitionTime : undefined) ?? now }]
  })
}

/** How a set is, by its conditions: an error first, then what waits for somebody, then what is under way (argo-cd, CalculateHealth). */
export function setHealth(conditions: readonly SetCondition[]): HealthStatus {
  const isTrue = (type: SetConditionType): SetCondition | undefined => conditions.find((one) => one.type === type && one.status === 'True')
  const error = isTrue('ErrorOccurred')
  if (error) return { status: 'Degraded', message: error.message }
  const held = isTrue('DeletionHeld')
  if (held) return { status: 'Suspended', message: held.message }
  const progressing = isTrue('RolloutProgressing')
  if (progressing) return { status: 'Progressing', message: progressing.message }
  const good = isTrue('ResourcesUpToDate')
  if (good) return { status: 'Healthy', message: good.message }
  return { status: 'Unknown', message: 'Waiting for health status to be determined' }
}

/** What must be answered before it is deleted, and how. */
export function heldCondition(set: ApplicationSet, pending: NonNullable<ApplicationSet['status']>['pendingDeletion']): SetConditions {
  if (pending === undefined || pending.isApproved) return {}
  const shown = pending.applications.slice(0, 10).join(', ')
  const more = pending.applications.length > 10 ? ` and ${pending.applications.length - 10} more` : ''
  const message =
    `${pending.applications.length} of ${pending.of} applications would be deleted, because ${pending.reason}: ${shown}${more}. ` +
    `Nothing is deleted until somebody confirms it: plimsoll appset confirm-deletion ${set.metadata.name} --digest ${pending.digest}, ` +
    `or the annotation plimsoll.dev/deletion-approved: ${pending.digest}.`
  return {
    DeletionHeld: { status: 'True', reason: setReasons.held, message },
    ResourcesUpToDate: { status: 'False', reason: setReasons.held, message },
  }
}
