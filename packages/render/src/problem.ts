import type { SourcePosition } from '@plimsoll/api'
import type { RenderFailure } from './contract.ts'
import { maxObjectBytes, maxProblems } from './limits.ts'

/** What is wrong at one place of a file. Lines and columns count from 1. */
export interface FileProblem {
  line?: number
  column?: number
  message: string
  remedy: string
  code: Extract<RenderFailure['code'], 'manifest-invalid' | 'manifest-too-large' | 'render-timeout'>
}

/** A problem of a source, with its place. */
export interface SourceProblem {
  code: RenderFailure['code']
  message: string
  remedy: string
  at?: SourcePosition
}

export function atFile(file: string, problem: FileProblem): SourceProblem {
  const { line, column, code, message, remedy } = problem
  return { code, message, remedy, at: { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) } }
}

/** An object that no cluster takes. */
export function tooLargeObject(bytes: number): FileProblem {
  return {
    code: 'manifest-too-large',
    message: `an object has ${bytes} bytes; at most ${maxObjectBytes} are taken, which is more than a cluster does`,
    remedy: 'Split the object.',
  }
}

/** All problems in one failure: the first gives code, place and remedy, the message names every one. */
export function failureOf(problems: readonly SourceProblem[]): RenderFailure {
  const [first] = problems
  if (first === undefined) throw new Error('a failure without a problem')
  const lines = problems.slice(0, maxProblems).map(({ at, message }) => (at === undefined ? message : `${positionText(at)}: ${message}`))
  if (problems.length > maxProblems) lines.push(`… and ${problems.length - maxProblems} more`)
  const remedies = new Set(problems.map(({ remedy }) => remedy))
  return {
    ok: false,
    code: first.code,
    message: lines.join('\n'),
    remedy: remedies.size === 1 ? first.remedy : `${first.remedy} ${problems.length} problems are listed.`,
    ...(first.at && { at: first.at }),
  }
}

function positionText({ file, line, column }: SourcePosition): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}
