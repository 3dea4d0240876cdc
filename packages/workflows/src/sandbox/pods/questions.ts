import type { Written } from '../../step/command-files.ts'
import type { JobFolders, StepProcess } from '../sandbox.ts'

/** What the server asks the agent in a job's pod, and what it answers. A stream that opens so carries what belongs to it, then the answer as JSON. */
export interface PodQuestions {
  describe: { asked: object; answer: PodFacts }
  /** With the content. Answers with its path. */
  put: { asked: { name: string; mode: number }; answer: string }
  read: { asked: { name: string }; answer: Written }
  remove: { asked: { names: readonly string[] }; answer: true }
  /** One file of an action, with its content. */
  action: { asked: { name: string; path: string; isExecutable: boolean }; answer: true }
  find: { asked: { program: string; path: string }; answer: string | null }
  /** When a program has ended and all that it has printed is on its way. */
  ended: { asked: { id: string }; answer: { code: number } }
  signal: { asked: { id: string; name: Parameters<StepProcess['signal']>[0] }; answer: true }
  usage: { asked: object; answer: { processes: number } | null }
  /** From now on connections to this port of the pod, or another one if it is taken, come as streams. */
  tunnel: { asked: { port: number }; answer: { port: number } }
}

/** A program: the stream that opens so carries its input one way and its output the other. */
export interface ProgramStart {
  /** By which it is asked for later. */
  id: string
  argv: readonly string[]
  env: [string, string][]
  cwd: string
  streams: 'both' | 'stdout'
  hasInput: boolean
}

export interface PodFacts {
  folders: JobFolders
  path: string
  node: string
  arch: string
  scripts: string
  env: [string, string][]
}

export type StreamHeader = { [Kind in keyof PodQuestions]: { kind: Kind } & PodQuestions[Kind]['asked'] }[keyof PodQuestions] | ({ kind: 'start' } & ProgramStart) // prettier-ignore
