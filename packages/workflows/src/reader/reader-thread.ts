import { parentPort } from 'node:worker_threads'
import { serialize } from 'node:v8'
import { describeWorkflow, matchEvent, parseAction, parseWorkflow } from '../language/index.ts'
import type { Answer, Question } from './file-reader.ts'
import { takeApart } from './pieces.ts'

/** Actions are small: the largest among the popular ones has some tens of kilobytes. */
const largestAction = 768 * 1024

function answer(question: Question): Answer {
  const { text, path } = question
  switch (question.kind) {
    case 'workflow': {
      const { workflow, problems } = parseWorkflow(text, path)
      if (!workflow) return { problems }
      const pieces = takeApart(workflow)
      if ('problem' in pieces) return { problems: [...problems, pieces.problem] }
      const calls = [...workflow.jobs.values()].some((job) => job.kind === 'call')
      return { problems, pieces, calls, ...(question.event && { match: matchEvent(workflow, question.event) }) }
    }
    case 'description':
      return { problems: [], description: describeWorkflow(text, path) }
    case 'schedules': {
      const schedule = parseWorkflow(text, path).workflow?.events.get('schedule')?.schedule ?? []
      return { problems: [], schedules: schedule.map(({ value }) => value) }
    }
    case 'action': {
      const { action, problems } = parseAction(text, path)
      if (!action) return { problems }
      if (serialize(action).length <= largestAction) return { problems, action }
      return { problems: [...problems, { message: 'the action holds too much to be run', severity: 'error', line: 1, column: 1 }] }
    }
  }
}

parentPort?.on('message', (question: Question) => {
  const given = answer(question)
  const moved = given.pieces ? [given.pieces.frame, ...given.pieces.jobs.map(([, bytes]) => bytes)] : []
  // Small ones share a pool of Node's own, which must not be moved away.
  const buffers = new Set(moved.filter((bytes) => bytes.byteLength === bytes.buffer.byteLength).map((bytes) => bytes.buffer as ArrayBuffer))
  parentPort?.postMessage(given, [...buffers])
})
