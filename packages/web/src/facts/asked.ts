import type { DemoAnswer } from '@plimsoll/api'

/** What a model once said, so that before and after can be held against each other. */
export interface Asked {
  stage: string
  model: string
  probability: number
  isFraud: boolean
  at: number
}

const most = 12

/** The answers so far and the new ones: of each model in each stage the last, the oldest first. */
export function rememberAnswers(before: readonly Asked[], answers: readonly DemoAnswer[], at: number): Asked[] {
  const fresh = answers.flatMap(({ stage, model, probability, isFraud }) =>
    model === undefined || probability === undefined ? [] : [{ stage, model, probability, isFraud: isFraud === true, at }],
  )
  const isSame = (a: Asked, b: Asked) => a.stage === b.stage && a.model === b.model
  return [...before.filter((old) => !fresh.some((one) => isSame(old, one))), ...fresh].slice(-most)
}

/** What was kept is read as if somebody else had written it. */
export function readAsked(text: string | null): Asked[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept
      .filter(
        (one: unknown): one is Asked =>
          typeof one === 'object' &&
          one !== null &&
          typeof (one as Asked).stage === 'string' &&
          typeof (one as Asked).model === 'string' &&
          typeof (one as Asked).probability === 'number' &&
          typeof (one as Asked).at === 'number',
      )
      .slice(-most)
  } catch {
    return []
  }
}
