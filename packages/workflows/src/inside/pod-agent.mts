import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { openJobFiles } from '../sandbox/job-files.ts'
import { Link } from '../sandbox/pods/link.ts'
import type { LinkStream } from '../sandbox/pods/link-stream.ts'
import type { PodQuestions, ProgramStart, StreamHeader } from '../sandbox/pods/questions.ts'
import type { JobFolders, StepProcess } from '../sandbox/sandbox.ts'
import { startInPipes } from '../sandbox/start-in-pipes.ts'
import { OutputPipes } from '../sandbox/step-output.ts'
import { launchScript } from '../sandbox/launch-script.ts'

/**
 * The main process of a job's pod. The server talks to it through `pod-bridge`, over a connection that may break and come back: steps that run go on
 * meanwhile. It does what it is asked as the user that steps are as well, so that it can do no more than they.
 */
const { PLIMSOLL_RUN: run = '', PLIMSOLL_HOME: home = '', PLIMSOLL_REPOSITORY: repository = 'repository' } = process.env
const lonelyMs = Number(process.env['PLIMSOLL_LONELY_SECONDS'] ?? 600) * 1000
/** When nothing has come for so long, all is there. */
const quietMs = 20
const drainMs = 5_000
const work = join(home, 'work')
const folders: JobFolders = {
  workspace: join(work, repository, repository),
  temp: join(work, '_temp'),
  toolCache: join(work, '_tool'),
  home,
  actions: join(run, 'actions'),
  commands: join(run, 'commands'),
}
for (const folder of Object.values(folders) as string[]) mkdirSync(folder, { recursive: true })
const files = openJobFiles(folders, folders)
const pipes = new OutputPipes(run)
interface Child {
  process: StepProcess
  stream: LinkStream
}
const children = new Map<string, Promise<Child>>()
/** Of their process groups. */
const leaders = new Set<number>()
let tunnel: Server | undefined

const handlers: {
  [Kind in keyof PodQuestions]: (asked: PodQuestions[Kind]['asked'], stream: LinkStream) => Promise<PodQuestions[Kind]['answer']>
} = {
  describe: () =>
    Promise.resolve({
      folders,
      path: `${home}/.local/bin:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
      node: process.execPath,
      arch: process.arch,
      scripts: join(run, 'inside'),
      env: Object.entries(process.env).flatMap(([name, value = '']) => (notForSteps.test(name) ? [] : [[name, value] as [string, string]])),
    }),
  put: async ({ name, mode }, stream) => files.put(name, stream, mode),
  read: ({ name }) => files.read(name),
  remove: async ({ names }) => (await files.remove(names), true),
  find: async ({ program, path }) => (await files.find(program, path)) ?? null,
  async action({ name, path, isExecutable }, stream) {
    const content = Buffer.concat(await stream.toArray() as Buffer[]) // prettier-ignore
    await files.putAction(name, (async function* () { yield { path, content, isExecutable } })()) // prettier-ignore
    return true
  },
  async ended({ id }) {
    const child = await children.get(id)
    if (!child) throw new Error('there is no such process')
    const end = await child.process.ended
    await drained(child.process.output, child.stream)
    children.delete(id)
    for (const leader of leaders) if (!signalGroup(leader, 0)) leaders.delete(leader)
    return end
  },
  async signal({ id, name }) {
    const child = await children.get(id)
    child?.process.signal(name)
    return true
  },
  usage: () => Promise.resolve(usage()),
  tunnel: ({ port }) => openTunnel(port),
}
/** What is about this process or its cluster, and nothing that an image sets. */
const notForSteps = /^(PLIMSOLL_.*|KUBERNETES_.*|HOME|HOSTNAME|USER|LOGNAME|PATH|PWD|OLDPWD|SHLVL|_|PORT)$/

const link = new Link({ firstStream: 2, accept: serve, up: () => clearTimeout(lonely), down: beLonely, failed: giveUp })
let lonely: NodeJS.Timeout | undefined
beLonely()
console.log('A job of Plimsoll runs here: its log is with its run.')
process.on('SIGTERM', () => leave(143))
// The path of a socket is short (unix(7)): it is named from where we are.
process.chdir(run)
createServer((socket) => link.attach(socket)).listen('agent.sock', () => {
  writeFileSync('node.new', process.execPath)
  renameSync('node.new', 'node')
})

function serve(header: unknown, stream: LinkStream): void {
  const asked = header as StreamHeader
  const done = asked.kind === 'start' ? start(asked, stream) : answer(asked, stream)
  done.catch((error: unknown) => stream.destroy(error as Error))
}

async function answer(asked: Exclude<StreamHeader, { kind: 'start' }>, stream: LinkStream): Promise<void> {
  const handle = handlers[asked.kind] as (asked: object, stream: LinkStream) => Promise<unknown>
  stream.end(JSON.stringify(await handle(asked, stream)))
}

async function start(asked: ProgramStart, stream: LinkStream): Promise<void> {
  const starting = begin(asked, stream)
  // At once: it may be asked for before it runs.
  children.set(asked.id, starting)
  const { process: child } = await starting
  // Whoever has heard enough closes the stream: then the program writes to nobody.
  stream.once('close', () => child.output.destroy())
  await pipeline(child.output, stream).catch(() => undefined)
}

async function begin({ argv, env, cwd, streams, hasInput }: ProgramStart, stream: LinkStream): Promise<Child> {
  const words = ['/bin/sh', '-c', launchScript, 'plimsoll-step', cwd, ...argv]
  const command = { argv, env: new Map(env), workingDirectory: cwd, ...(hasInput && { input: stream }) }
  const started = (pid: number): unknown => leaders.add(pid)
  const child = await startInPipes(words, command, { streams, pipes, folder: run, leaderOf: (pid) => pid, started })
  if (!hasInput) stream.resume()
  return { process: child, stream }
}

/** All that the program has printed is on its way: what it left behind may hold its output for ever. */
async function drained(output: Readable, stream: LinkStream): Promise<void> {
  const until = Date.now() + drainMs
  for (let before = -1; !output.closed && !stream.destroyed;) {
    const { bytesRead } = output as Socket
    if (stream.writableLength === 0 && (bytesRead === before || Date.now() > until)) return
    before = bytesRead
    await setTimeout(quietMs)
  }
}

async function openTunnel(port: number): Promise<{ port: number }> {
  const listen = (wanted: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const stream = link.open({ kind: 'tunnel' })
        void pipeline(socket, stream).catch(() => undefined)
        void pipeline(stream, socket).catch(() => undefined)
      })
      server.maxConnections = 128
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => resolve(server))
    })
  // A service of the job may have taken it.
  tunnel ??= await listen(port).catch(() => listen(0))
  return { port: (tunnel.address() as { port: number }).port }
}

/** Of all in this container. Undefined where more than that is to be seen. */
function usage(): { processes: number } | null {
  if (process.ppid !== 1) return null
  return { processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length }
}

/** A server that does not come back wants nothing of this any more. */
function beLonely(): void {
  clearTimeout(lonely)
  lonely = globalThis.setTimeout(() => {
    console.error(`No server has asked for this job for ${lonelyMs / 1000} s.`)
    leave(75)
  }, lonelyMs)
}

function giveUp(error: Error): void {
  console.error(`What came from the server made no sense: ${error.message}`)
  leave(76)
}

function leave(code: number): never {
  for (const leader of leaders) signalGroup(leader, 'SIGKILL')
  process.exit(code)
}

/** False when nobody is left in it. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}
