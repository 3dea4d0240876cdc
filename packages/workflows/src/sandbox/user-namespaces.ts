import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openJobFiles } from './job-files.ts'
import { insideFolders, type Layout, makeBinds, outsideFolders, workspaceName } from './job-folders.ts'
import { launchScript } from './launch-script.ts'
import type { Sandbox } from './sandbox.ts'
import { childrenOf, startInPipes } from './start-in-pipes.ts'
import { OutputPipes, pipeNames } from './step-output.ts'
import { usageOf } from './usage.ts'
import { makeCoveredPoints, mountTable, type VisibleFiles } from './visible-files.ts'

export interface Machine {
  /** An empty tree to mount on. */
  skeleton: string
  visible: VisibleFiles
  /** Our scripts that run inside. */
  scripts: string
  /** Processes of one job, all together. */
  maxProcesses: number
}

/**
 * Runs as process 1 of the namespaces: makes the mounts, leaves the old root behind, and waits for the end of its input, which is the end of the server as
 * well. Children that it inherits are reaped by the kernel, because it ignores their signal (sigaction(2), SIG_IGN of SIGCHLD).
 */
const holder =
  'mount --all --fstab "$1" && root=$2 && shift 2 && mkfifo -m 600 "$@" && cd "$root" && pivot_root . . && umount -l . && cd / && trap "" CHLD && echo ready && exec cat'
/** Made by the holder: each process that the server starts itself costs it several milliseconds. */
const firstPipes = 12

const readyWithinMs = 10_000

/**
 * A job in namespaces of its own (user_namespaces(7)): process ids, mounts, IPC, host name. One `unshare` for the job; each step enters with `nsenter` and
 * then takes a user namespace below, in which it has no rights over the mounts: they cannot be made writable or taken away again.
 */
export async function openUserNamespaces(
  machine: Machine,
  folder: string,
  repository: string,
  layout: Layout = 'machine',
): Promise<Sandbox> {
  const name = workspaceName(repository)
  const outside = outsideFolders(layout, folder)
  const inside = insideFolders(layout, name)
  mkdirSync(join(folder, 'tmp'), { recursive: true, mode: 0o700 })
  const table = join(folder, 'mounts')
  const own = [
    ...makeBinds(layout, folder, name),
    { from: join(folder, 'tmp'), to: '/tmp' },
    { from: join(folder, 'tmp'), to: '/var/tmp' },
    { from: machine.scripts, to: '/.plimsoll', isReadOnly: true },
  ]
  makeCoveredPoints(machine.visible, own)
  writeFileSync(table, mountTable(machine.skeleton, machine.visible, own), { mode: 0o600 })
  const made = pipeNames(folder, firstPipes)
  const keeper = spawn(
    'prlimit',
    [
      `--nproc=${machine.maxProcesses}`,
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      '--pid',
      '--ipc',
      '--uts',
      '--fork',
      '--kill-child',
      '--propagation=private',
      '/bin/sh',
      '-c',
      holder,
      'plimsoll-job',
      table,
      machine.skeleton,
      ...made,
    ],
    { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  )
  keeper.stdin.on('error', () => undefined)
  await readyOf(keeper)
  const init = childrenOf(keeper.pid ?? 0)[0]
  if (init === undefined) throw new Error('the first process of the namespaces could not be found')
  const pipes = new OutputPipes(folder, made)
  // Afterwards its pid may be somebody else's.
  let isClosed = false
  const gone = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))

  return {
    isolation: 'user namespaces',
    shared: 'the network of this machine',
    place: 'on this machine',
    inside,
    outside,
    files: openJobFiles(inside, outside, { isForAnybody: layout === 'image' }),
    path: `${inside.home}/.local/bin:${machine.visible.path}`,
    node: process.execPath,
    arch: process.arch,
    scripts: '/.plimsoll',
    start(command, { streams = 'both' } = {}) {
      const enter = [
        'nsenter',
        '--target',
        String(init),
        '--user',
        '--mount',
        '--pid',
        '--ipc',
        '--uts',
        '--root',
        '--wd',
        '--preserve-credentials',
      ]
      const drop = ['unshare', '--user', '--map-user=1001', '--map-group=1001', 'setsid']
      const argv = [...enter, ...drop, '/bin/sh', '-c', launchScript, 'plimsoll-step', command.workingDirectory, ...command.argv]
      // `nsenter` waits for its child, which leads the session in there.
      return startInPipes(argv, command, { streams, pipes, folder, leaderOf: (pid) => childrenOf(pid)[0] })
    },
    usage: () => Promise.resolve(usageOf(init)),
    async close() {
      if (!isClosed) {
        isClosed = true
        keeper.stdin.end()
        try {
          // Its end is the end of everything in its namespace (pid_namespaces(7)).
          process.kill(init, 'SIGKILL')
        } catch {
          // It has ended by itself.
        }
      }
      await gone
    },
  }
}

function readyOf(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => fail(`nothing within ${readyWithinMs} ms`), readyWithinMs)
    function fail(why: string): void {
      clearTimeout(timer)
      keeper.kill('SIGKILL')
      reject(new Error(`The namespaces of the job could not be made: ${why}`))
    }
    keeper.stdout?.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('ready')) return
      clearTimeout(timer)
      resolve()
    })
    keeper.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)))
    keeper.once('error', (error) => fail(error.message))
    keeper.once('close', (code) => fail(`${said.trim() || `exit code ${code}`}`))
  })
}
