import type { ApplicationCondition, ConditionType, SourcePosition } from '@plimsoll/api'

export function condition(type: ConditionType, message: string): ApplicationCondition {
  return { type, message }
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
