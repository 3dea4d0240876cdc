import type { Readable } from 'node:stream'
import type { Written } from '../step/command-files.ts'
import type { Usage } from './usage.ts'

/** How steps are kept apart from the server and from each other. `pod`: by the cluster that runs it. */
export type Isolation = 'user namespaces' | 'container' | 'pod' | 'none'

/** Folders of one job, as its steps see them. */
export interface JobFolders {
  /** `GITHUB_WORKSPACE`. */
  workspace: string
  /** `RUNNER_TEMP`. */
  temp: string
  home: string
  /** `RUNNER_TOOL_CACHE`. */
  toolCache: string
  /** Actions from Git are put here. */
  actions: string
  /** Files by which steps tell us something, the event, scripts. */
  commands: string
}

export interface ActionFile {
  /** Below the action's folder: no `..`, no link on the way. */
  path: string
  content: Buffer
  isExecutable: boolean
}

/** Files between the server and the steps. Below the folders of a job everything may be a link that a step has made: none is gone through. */
export interface JobFiles {
  /** Puts a file into `commands`, and gives its path as steps see it. Rejects when something of that name is there. */
  put(name: string, content: string | Buffer | Readable, mode?: number): Promise<string>
  /** What is in a file of `commands` by now: nothing when it is gone. */
  read(name: string): Promise<Written>
  /** From `commands`. */
  remove(names: readonly string[]): Promise<void>
  /** Puts the files of an action below a new folder of `actions`. */
  putAction(name: string, files: AsyncIterable<ActionFile>): Promise<void>
  /** Where a program is: in the first folder of `path`, the value of a PATH as steps see it, that has it. */
  find(program: string, path: string): Promise<string | undefined>
}

export interface StepCommand {
  argv: readonly string[]
  /** The whole environment; nothing is inherited. */
  env: ReadonlyMap<string, string>
  /** As the step sees it. */
  workingDirectory: string
  /** Written to its standard input, which is empty otherwise. */
  input?: Buffer | Readable
}

export interface StepProcess {
  /** Both streams in the order in which they were written; only `stdout` when they are wanted apart. */
  readonly output: Readable
  /** Resolves when the program itself has ended; what it left behind may still run. */
  readonly ended: Promise<{ code: number }>
  /** To the program and all of its process group. */
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void
}

/** What steps see when their files are those of an image, and not this machine's: its programs, its variables, its PATH. */
export interface ImageFiles {
  readonly name: string
  /** A Node.js that runs in there, for actions. Rejects with a sentence when there is none. */
  node(): Promise<string>
}

/** Where the steps of one job run. */
export interface Sandbox {
  readonly isolation: Isolation
  /** What steps share with the machine all the same, in words. */
  readonly shared: string
  /** Where its programs are, in words: `on this machine`. */
  readonly place: string
  /** As steps see them. */
  readonly inside: JobFolders
  /** As this machine has them, for what else is run in them. Undefined: they are elsewhere. */
  readonly outside?: JobFolders
  readonly files: JobFiles
  /** Where programs are looked for. Empty: where the image says. */
  readonly path: string
  /** The program of Node.js, as steps see it. */
  readonly node: string
  /** Of its processor, as `process.arch` has it. */
  readonly arch: string
  /** Where our own scripts are that run inside. */
  readonly scripts: string
  /** What an image sets for its programs: steps have it below all else. */
  readonly env?: ReadonlyMap<string, string>
  /** Where steps reach the server, when that is not its own address. */
  readonly serverUrl?: string
  /** Ports of the job's services, by service and by port of its container. Undefined: the job's `container` and `services` are not to be had here. */
  readonly services?: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Aborted when it is gone although nobody has closed it. The reason is an error whose message says why. */
  readonly lost?: AbortSignal
  /** Undefined: the programs of this machine. */
  readonly image?: ImageFiles
  /** Where the built-in actions run when it is not here: in the same folders, with this machine's programs. */
  readonly beside?: Sandbox
  /** `streams`: `both` in one, or standard output alone (standard error goes nowhere). */
  start(command: StepCommand, options?: { streams?: 'both' | 'stdout' }): Promise<StepProcess>
  /** Of everything that runs in it, as far as that can be seen here. */
  usage(): Promise<Partial<Usage> | undefined>
  /** Ends everything that runs in it. */
  close(): Promise<void>
}
