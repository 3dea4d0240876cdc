import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, numberAt, textAt } from '../../json.ts'
import { type BuiltInAction, changing, setAt, timeText } from './change.ts'
import { scale } from './workloads.ts'

/** Argo Rollouts, as Argo CD has it (argo-cd `resource_customizations/argoproj.io/Rollout/actions`, 3.x), with `promote` and `scale`. */
export const rollouts: Record<string, BuiltInAction[]> = {
  'argoproj.io/Rollout': [
    changing('abort', { isDisabled: (object) => isFullyPromoted(object) || isAborted(object) }, (object) => {
      setAt(object, ['status', 'abort'], true)
    }),
    changing(
      'pause',
      { isDisabled: (object) => isFullyPromoted(object) || isAborted(object) || at(object, 'spec', 'paused') === true },
      (object) => setAt(object, ['spec', 'paused'], true),
    ),
    changing('promote', { isDisabled: (object) => isFullyPromoted(object) || isAborted(object) }, promote),
    changing('promote-full', { isDisabled: (object) => !canPromoteFully(object) }, promoteFully),
    changing('restart', { displayName: 'Restart Pods' }, (object, { now }) => setAt(object, ['spec', 'restartAt'], timeText(now))),
    changing('resume', { isDisabled: (object) => !isPaused(object) }, (object) => {
      if (pauseConditions(object).length > 0) setAt(object, ['status', 'pauseConditions'], undefined)
      if (at(object, 'spec', 'paused') === true) setAt(object, ['spec', 'paused'], false)
    }),
    changing('retry', { isDisabled: (object) => isFullyPromoted(object) || !isAborted(object) }, (object) => {
      setAt(object, ['status', 'abort'], undefined)
    }),
    scale,
    changing('skip-current-step', { isDisabled: (object) => nextStep(object) === undefined }, (object) => {
      const next = nextStep(object)
      if (next === undefined) return
      if (pauseConditions(object).length > 0) setAt(object, ['status', 'pauseConditions'], undefined)
      setAt(object, ['status', 'currentStepIndex'], next)
    }),
  ],
  'argoproj.io/AnalysisRun': [
    changing('terminate', { isDisabled: (object) => at(object, 'spec', 'terminate') === true || isOver(object) }, (object) => {
      setAt(object, ['spec', 'terminate'], true)
    }),
  ],
}

function isFullyPromoted(object: KubeObject): boolean {
  return textAt(object, 'status', 'currentPodHash') === textAt(object, 'status', 'stableRS')
}

function isAborted(object: KubeObject): boolean {
  return at(object, 'status', 'abort') === true
}

function pauseConditions(object: KubeObject): unknown[] {
  return listAt(object, 'status', 'pauseConditions')
}

function isPaused(object: KubeObject): boolean {
  const conditions = at(object, 'status', 'pauseConditions')
  return Array.isArray(conditions) ? conditions.length > 0 : at(object, 'spec', 'paused') === true
}

function steps(object: KubeObject): unknown[] {
  return listAt(object, 'spec', 'strategy', 'canary', 'steps')
}

/** The step after the current one, up to the end of all; undefined where there is none. */
function nextStep(object: KubeObject): number | undefined {
  const current = numberAt(object, 'status', 'currentStepIndex') ?? 0
  return current < steps(object).length ? current + 1 : undefined
}

/** Lets go of what holds it, or else goes on to the next step: never both, so that asking twice skips nothing. */
function promote(object: KubeObject): void {
  const next = nextStep(object)
  const isHeld = isPaused(object)
  if (at(object, 'spec', 'paused') === true) setAt(object, ['spec', 'paused'], false)
  if (pauseConditions(object).length > 0) setAt(object, ['status', 'pauseConditions'], undefined)
  else if (!isHeld && next !== undefined) setAt(object, ['status', 'currentStepIndex'], next)
}

/** Before 0.10 a generation was a hash, and there was no full promotion but to the last step. */
function isOld(object: KubeObject): boolean {
  const observed = Number(at(object, 'status', 'observedGeneration') ?? NaN)
  return !(observed <= (object.metadata.generation ?? 0))
}

function canPromoteFully(object: KubeObject): boolean {
  if (!isObject(object.status) || isFullyPromoted(object)) return false
  return !isOld(object) || at(object, 'spec', 'strategy', 'blueGreen') === undefined
}

function promoteFully(object: KubeObject): void {
  if (!isOld(object)) setAt(object, ['status', 'promoteFull'], true)
  else {
    setAt(object, ['status', 'abort'], undefined)
    if (steps(object).length > 0) setAt(object, ['status', 'currentStepIndex'], steps(object).length)
  }
}

function isOver(object: KubeObject): boolean {
  return ['Successful', 'Failed', 'Error', 'Inconclusive'].includes(textAt(object, 'status', 'phase') ?? '')
}
