import { PassThrough, Readable, Writable } from 'node:stream'
import type { KubeObject, KubeStatus } from '@plimsoll/kube'
import type { ExecOptions, ExecSession, NodeAgent } from '../../contract.ts'
import { asFailure, badRequest } from '../api-failure.ts'
import { isTrue } from '../request-options.ts'
import type { CommandChannels } from './command-channels.ts'

/** As in the query of `pods/exec` and `pods/attach`. Throws 400. */
export function commandOptions(params: URLSearchParams, isExec: boolean): ExecOptions {
  const container = params.get('container')
  const tty = isTrue(params.get('tty'))
  const options: ExecOptions = {
    command: params.getAll('command'),
    stdin: isTrue(params.get('stdin')),
    stdout: isTrue(params.get('stdout')),
    // A terminal has one output.
    stderr: isTrue(params.get('stderr')) && !tty,
    tty,
    ...(container ? { container } : {}),
  }
  if (!options.stdin && !options.stdout && !options.stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  if (isExec && options.command.length === 0) throw badRequest('you must specify a command for the container')
  return options
}

/** The client's streams may come long after the command has ended: its output is taken from the start, or Node.js would throw it away. */
export async function startCommand(node: NodeAgent, pod: KubeObject, options: ExecOptions, isExec: boolean): Promise<ExecSession> {
  const session = await (isExec ? node.exec(pod, options) : (node.attach?.(pod, options) ?? attach(node, pod, options)))
  return { ...session, stdout: session.stdout.pipe(new PassThrough()), stderr: session.stderr.pipe(new PassThrough()) }
}

/** For a node that knows no more than logs: a container's output from now on. */
async function attach(node: NodeAgent, pod: KubeObject, options: ExecOptions): Promise<ExecSession> {
  const abort = new AbortController()
  const log = await node.logs(pod, {
    follow: true,
    tailLines: 0,
    signal: abort.signal,
    ...(options.container === undefined ? {} : { container: options.container }),
  })
  const stdout = Readable.from(log)
  const exited = new Promise<number>((resolve) => {
    stdout.once('close', () => resolve(0))
    stdout.once('error', () => resolve(0))
  })
  const stderr = new PassThrough()
  stderr.end()
  const stdin = new Writable({ write: (_chunk, _encoding, callback) => callback() })
  return { stdin, stdout, stderr, exited, kill: () => abort.abort() }
}

/** Joins a running command with its client until one of them ends. */
export async function runCommand(session: ExecSession, channels: CommandChannels, options: ExecOptions): Promise<void> {
  channels.onClose(() => session.kill())
  channels.onResize?.((size) => session.resize?.(size))
  session.stdin.on('error', () => undefined)
  if (options.stdin) channels.stdin.pipe(session.stdin)
  else session.stdin.end()
  const outputs = [copy(session.stdout, (chunk) => channels.write('stdout', chunk))]
  if (options.stderr) outputs.push(copy(session.stderr, (chunk) => channels.write('stderr', chunk)))
  else outputs.push(copy(session.stderr, (chunk) => (options.tty ? channels.write('stdout', chunk) : Promise.resolve())))
  let status: KubeStatus
  try {
    const code = await session.exited
    await Promise.all(outputs)
    status = exitStatus(code)
  } catch (error) {
    status = asFailure(error).status ?? exitStatus(1)
  }
  await channels.finish(status)
}

async function copy(from: NodeJS.ReadableStream, write: (chunk: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await write(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer))
  } catch {
    // The command's end says what there is to say.
  }
}

/** As the kubelet tells it (pkg/kubelet `remotecommand/exec.go`). */
function exitStatus(code: number): KubeStatus {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}
