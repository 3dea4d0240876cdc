import { randomSeededBy } from '../../statistics/random.ts'
import type { Evaluation, Predictions, ReportedMetric } from '../evaluation.ts'
import { readGateRules, type GateRules } from '../gate-rules.ts'

/** Evaluations of models that are as good as asked for, the same each time. */

export function rulesOf(spec: object): GateRules {
  const read = readGateRules(spec)
  if ('problems' in read) throw new Error(read.problems.join(' '))
  return read.rules
}

export interface Shape {
  readonly rows?: number
  readonly share?: number
  /** How far the scores of positives lie above those of negatives; 0 is guessing. */
  readonly skill: number
  readonly model?: string
  readonly data?: string
  readonly metrics?: Record<string, ReportedMetric>
}

export function binaryEvaluation({
  rows = 600,
  share = 0.3,
  skill,
  model = `sha256:${skill}`,
  data = 'sha256:data',
  metrics = {},
}: Shape): Evaluation {
  const labels = repeat('labels', rows, (chance) => Number(chance < share))
  const noise = repeat(`noise ${skill}`, rows, (chance) => chance)
  const countries = repeat('countries', rows, (chance) => (chance < 0.5 ? 'KR' : chance < 0.97 ? 'US' : 'DE'))
  return {
    modelDigest: model,
    dataDigest: data,
    metrics: new Map(Object.entries(metrics)),
    predictions: {
      rowIds: labels.map((_, row) => `row ${row}`),
      labels,
      scores: labels.map((label, row) => (label * skill + (noise[row] ?? 0)) / (1 + skill)),
      columns: new Map<string, string[]>([
        ['country', countries],
        ['user', labels.map((_, row) => `user ${row % 50}`)],
      ]),
    },
  }
}

export function withRows(evaluation: Evaluation, change: (rows: Predictions) => Partial<Predictions>): Evaluation {
  const rows = evaluation.predictions
  if (rows === undefined) throw new Error('the evaluation has no rows')
  return { ...evaluation, predictions: { ...rows, ...change(rows) } }
}

/** Without rows: only what a file said. */
export function reported(metrics: Record<string, ReportedMetric>, model: string, data: string | undefined = 'sha256:data'): Evaluation {
  return { modelDigest: model, dataDigest: data, metrics: new Map(Object.entries(metrics)) }
}

function repeat<T>(seed: string, count: number, make: (chance: number) => T): T[] {
  const random = randomSeededBy(seed)
  return Array.from({ length: count }, () => make(random.next() / 2 ** 32))
}
