import type { ApplicationCondition, ConditionType, SourcePosition } from '@plimsoll/api'
import type { ObjectKey } from '@plimsoll/kube'

export function condition(type: ConditionType, message: string): ApplicationCondition {
  return { type, message }
}

export function describeKey(key: ObjectKey): string {
  return `${key.kind} ${key.namespace ? `${key.namespace}/` : ''}${key.name}`
}

/** `apps/web.yaml:12:3`, as editors and terminals link it. */
export function formatPosition(at: SourcePosition): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
}

/** Conditions that were there before with the same words keep their time. */
export function withTimes(
  conditions: readonly ApplicationCondition[],
  previous: readonly ApplicationCondition[],
  now: string,
): ApplicationCondition[] {
  return conditions.map((item) => ({
    ...item,
    lastTransitionTime: previous.find((old) => old.type === item.type && old.message === item.message)?.lastTransitionTime ?? now,
  }))
}
