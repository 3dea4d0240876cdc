import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { membersOfSession } from '@plimsoll/processes'
import { openJobFiles } from './job-files.ts'
import { launchScript } from './launch-script.ts'
import { type Layout, makeBinds, outsideFolders, workspaceName } from './job-folders.ts'
import type { JobFolders, Sandbox } from './sandbox.ts'
import { startInPipes } from './start-in-pipes.ts'
import { OutputPipes } from './step-output.ts'
import type { Machine } from './user-namespaces.ts'

/** GitHub's runner finds what a job left behind by this variable. */
const trackingName = 'RUNNER_TRACKING_ID'
const rounds = 5

/** No isolation at all: steps see what the server's user sees. Only for runs of those who may write anyway. */
export async function openBareMachine(machine: Machine, folder: string, repository: string, layout: Layout = 'machine'): Promise<Sandbox> {
  const folders = makeFolders(folder, workspaceName(repository), layout)
  await mkdir(join(folder, 'tmp'), { recursive: true, mode: 0o700 })
  const pipes = new OutputPipes(folder)
  const mark = `github_${randomUUID()}`
  const leaders = new Set<number>()
  const members = () => [...new Set([...processesWith(trackingName, mark), ...[...leaders].flatMap((leader) => membersOfSession(leader))])]
  return {
    isolation: 'none',
    shared: 'everything that the user of the server may see',
    place: 'on this machine',
    inside: folders,
    outside: folders,
    files: openJobFiles(folders, folders, { isForAnybody: layout === 'image' }),
    path: `${folders.home}/.local/bin:${machine.visible.path}`,
    node: process.execPath,
    arch: process.arch,
    scripts: machine.scripts,
    async start(command, { streams = 'both' } = {}) {
      const env = new Map([...command.env, [trackingName, mark], ['TMPDIR', join(folder, 'tmp')]])
      const argv = ['/bin/sh', '-c', launchScript, 'plimsoll-step', command.workingDirectory, ...command.argv]
      return startInPipes(argv, { ...command, env }, { streams, pipes, folder, leaderOf: (pid) => (leaders.add(pid), pid) })
    },
    usage: async () => {
      const pids = members()
      return { processes: pids.length, memoryBytes: pids.reduce((sum, pid) => sum + residentBytes(pid), 0) }
    },
    async close() {
      for (let round = 0; round < rounds; round++) {
        const alive = members()
        if (alive.length === 0) return
        for (const pid of alive) {
          try {
            process.kill(pid, 'SIGKILL')
          } catch {
            // It has ended meanwhile.
          }
        }
      }
    },
  }
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096
  } catch {
    return 0
  }
}

/** What has left its session as well, but not put away its environment. */
function processesWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(wanted)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Where they are is what steps see. An image gets those that it can be shown. */
function makeFolders(folder: string, name: string, layout: Layout): JobFolders {
  const own = outsideFolders(layout, folder)
  if (layout === 'image') {
    makeBinds(layout, folder, name)
    return own
  }
  const work = join(own.home, 'work')
  const folders = { ...own, workspace: join(work, name, name), temp: join(work, '_temp') }
  for (const one of Object.values(folders) as string[]) mkdirSync(one, { recursive: true, mode: 0o755 })
  return folders
}
