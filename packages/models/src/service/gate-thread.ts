import { parentPort, workerData } from 'node:worker_threads'
import type { EvaluationDocument } from '../contract.ts'
import { judge } from './judge.ts'

/** One gate, judged where nobody waits for it. */
const { spec, candidate, baseline } = workerData as {
  spec: unknown
  candidate: string
  baseline: string | undefined
}
const read = (text: string): EvaluationDocument => JSON.parse(text) as EvaluationDocument
parentPort?.postMessage(judge(spec, read(candidate), baseline === undefined ? undefined : read(baseline)))
