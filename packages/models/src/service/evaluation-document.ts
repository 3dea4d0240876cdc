import type { EvaluationDocument } from '../contract.ts'
import type { Evaluation } from '../gate/evaluation.ts'
import { unwrapNumber, wrapNumber } from '../readings/loose-json.ts'

/** As the gate reads it. Numbers that JSON cannot hold come back as what they were. */
export function evaluationOf(document: EvaluationDocument): Evaluation {
  const { predictions } = document
  return {
    modelDigest: document.modelDigest,
    dataDigest: document.dataDigest,
    metrics: new Map(Object.entries(document.metrics).map(([name, { value, n }]) => [name, { value: unwrapNumber(value), n }])),
    trainedOn: document.trainedOn,
    predictions: predictions && {
      ...predictions,
      scores: numbers(predictions.scores),
      values: numbers(predictions.values),
      probabilities: predictions.probabilities?.map((row) => numbers(row) ?? []),
      columns: predictions.columns && new Map(Object.entries(predictions.columns).map(([name, list]) => [name, list.map(unwrapLabel)])),
      labels: predictions.labels.map(unwrapLabel),
    },
  }
}

/** As JSON text; `evaluationOf` of what it is parsed to is the same evaluation. */
export function documentText(document: EvaluationDocument): string {
  // A replacer is asked about each of millions of values: only where there is something to replace.
  return isJson(document) ? JSON.stringify(document) : JSON.stringify(document, (_key, value: unknown) => wrapNumber(value))
}

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return typeof value !== 'object' || value === null || Object.values(value).every(isJson)
}

function numbers(list: readonly number[] | undefined): number[] | undefined {
  return list?.map((value) => {
    const unwrapped = unwrapNumber(value)
    return typeof unwrapped === 'number' ? unwrapped : Number.NaN
  })
}

function unwrapLabel(value: string | number | boolean): string | number | boolean {
  return unwrapNumber(value) as string | number | boolean
}
