import type { GatePlots, GateResult } from '@plimsoll/api'
import { PlimsollError } from '@plimsoll/api'
import { Worker } from 'node:worker_threads'
import type { EvaluationDocument } from '../contract.ts'
import { evaluateGate } from '../gate/evaluate-gate.ts'
import { readGateRules } from '../gate/gate-rules.ts'
import { plotData } from '../gate/plot-data.ts'
import { documentText, evaluationOf } from './evaluation-document.ts'

export interface Judgement {
  result: GateResult
  plots: GatePlots
}

const maxSeconds = 300

/** Throws `invalid-request` with every problem of the gate's spec. Takes seconds for large evaluations. */
export function judge(spec: unknown, candidate: EvaluationDocument, baseline: EvaluationDocument | undefined): Judgement {
  const read = readGateRules(spec)
  if ('problems' in read) throw new PlimsollError('invalid-request', `The gate cannot be used: ${read.problems.join(' ')}`)
  const [one, other] = [evaluationOf(candidate), baseline && evaluationOf(baseline)]
  const result = evaluateGate(read.rules, one, other)
  return { result: { ...result, warnings: [...read.warnings, ...result.warnings] }, plots: plotData(one, other) }
}

/** In a thread of its own, for a bounded time. */
export async function judgeAside(
  spec: unknown,
  candidate: EvaluationDocument,
  baseline: EvaluationDocument | undefined,
): Promise<Judgement> {
  const rules = readGateRules(spec)
  if ('problems' in rules) throw new PlimsollError('invalid-request', `The gate cannot be used: ${rules.problems.join(' ')}`)
  const thread = new Worker(new URL('./gate-thread.js', import.meta.url), {
    // As text: objects of a million rows would be cloned, one by one, while everybody else waits.
    workerData: { spec, candidate: documentText(candidate), baseline: baseline && documentText(baseline) },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  })
  const timer = setTimeout(() => void thread.terminate(), maxSeconds * 1000)
  try {
    return await new Promise<Judgement>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', () =>
        reject(
          new PlimsollError('invalid-request', `The gate was not judged within ${maxSeconds} seconds.`, {
            remedy: 'Give it fewer rows, fewer replicates, or fewer slices.',
          }),
        ),
      )
    })
  } finally {
    clearTimeout(timer)
    void thread.terminate()
  }
}
