import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Layout } from './job-folders.ts'
import { openBareMachine } from './open-machine.ts'
import type { AskedContainers } from '../job/asked-containers.ts'
import type { Isolation, Sandbox } from './sandbox.ts'
import { openUserNamespaces, type Machine } from './user-namespaces.ts'
import { buildSkeleton, visibleFiles } from './visible-files.ts'

export interface Sandboxes {
  readonly isolation: Isolation
  /** Why there is none, in words. */
  readonly why?: string
  open(request: SandboxRequest): Promise<Sandbox>
  /** Nothing of it is asked for any more. */
  close?(): void
}

/** What a job needs of its place. */
export interface SandboxRequest extends AskedContainers {
  jobId: string
  runId: string
  /** The last part of the repository's name: of the folder that it is checked out into. */
  repository: string
  isOutside: boolean
  /** The job's own, on this machine. */
  folder: string
  /** `image`: with the folders where steps in an image see them. */
  layout: Layout
  /** It is ended by us before. */
  longestMs: number
  /** Nobody wants it any more. */
  signal: AbortSignal
  /** What it waits for, for the job's log. */
  say(text: string): void
}

export interface SandboxesOptions {
  /** Of runs: everything here is ours. */
  dataDir: string
  /** Must not be seen, wherever they are: the server's data, above all. */
  secretFolders: readonly string[]
  visibleFolders?: readonly string[]
  searchPath: string
  isolation: 'auto' | 'none'
  maxProcesses: number
}

/** Looks once what this machine has, by doing it. */
export async function probeSandboxes(options: SandboxesOptions): Promise<Sandboxes> {
  const visible = visibleFiles(options.searchPath, options.secretFolders, options.visibleFolders)
  const machine: Machine = {
    skeleton: join(options.dataDir, 'root'),
    visible,
    scripts: fileURLToPath(new URL('../../dist/inside', import.meta.url)),
    maxProcesses: options.maxProcesses,
  }
  await mkdir(machine.scripts, { recursive: true })
  const bare = (why: string): Sandboxes => ({
    isolation: 'none',
    why,
    open: ({ folder, repository, layout }) => openBareMachine(machine, folder, repository, layout),
  })
  if (options.isolation === 'none') return bare('isolation is turned off')
  if (process.platform !== 'linux') return bare(`${process.platform} has no user namespaces`)
  await rm(machine.skeleton, { recursive: true, force: true })
  const trial = await mkdtemp(join(options.dataDir, 'probe-'))
  try {
    buildSkeleton(machine.skeleton, visible)
    const sandbox = await openUserNamespaces(machine, trial, 'probe')
    try {
      const step = await sandbox.start({ argv: ['/bin/sh', '-c', 'echo works'], env: new Map(), workingDirectory: '/' })
      let said = ''
      for await (const chunk of step.output) said += String(chunk)
      const { code } = await step.ended
      if (code !== 0 || !said.includes('works')) return bare(`a trial in user namespaces ended with code ${code}: ${said.slice(0, 300)}`)
    } finally {
      await sandbox.close()
    }
  } catch (error) {
    return bare(error instanceof Error ? error.message : String(error))
  } finally {
    await rm(trial, { recursive: true, force: true })
  }
  return {
    isolation: 'user namespaces',
    open: ({ folder, repository, layout }) => openUserNamespaces(machine, folder, repository, layout),
  }
}
