import { setImmediate } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import type { Job, Problem, Workflow } from '../language/contract.ts'

/*
 * A workflow on its way from the thread that has read it: all but its jobs, and each job, as bytes of their own. Whoever takes them
 * makes objects of one at a time; the largest takes some tens of milliseconds.
 */
const largestPiece = 768 * 1024
const largestWhole = 8 * 1024 * 1024
/** After so many bytes others have their turn. */
const bytesOfTurn = 128 * 1024

export interface WorkflowPieces {
  frame: Uint8Array
  jobs: [string, Uint8Array][]
}

export function takeApart(workflow: Workflow): WorkflowPieces | { problem: Problem } {
  const frame = serialize({ ...workflow, jobs: new Map() })
  if (frame.length > largestPiece) return { problem: tooLarge('the workflow, without its jobs', { line: 1, column: 1 }) }
  let whole = frame.length
  const jobs: WorkflowPieces['jobs'] = []
  for (const [id, job] of workflow.jobs) {
    const bytes = serialize(job)
    whole += bytes.length
    if (bytes.length > largestPiece) return { problem: tooLarge(`job '${id}'`, job) }
    if (whole > largestWhole) return { problem: tooLarge('the workflow', job) }
    jobs.push([id, bytes])
  }
  return { frame, jobs }
}

export async function putTogether({ frame, jobs }: WorkflowPieces): Promise<Workflow> {
  const workflow = deserialize(frame) as Workflow
  const made = new Map<string, Job>()
  let turn = frame.length
  for (const [id, bytes] of jobs) {
    if (turn + bytes.length > bytesOfTurn) {
      await setImmediate()
      turn = 0
    }
    turn += bytes.length
    made.set(id, deserialize(bytes) as Job)
  }
  return { ...workflow, jobs: made }
}

function tooLarge(what: string, { line, column }: { line: number; column: number }): Problem {
  return { message: `${what} holds too much to be run: put scripts into files, or split it`, severity: 'error', line, column }
}
