import { PassThrough, Readable, Writable } from 'node:stream'
import { KubeApiError } from '@plimsoll/kube'
import type { ExecOptions, ExecSession } from '../contract.ts'
import { readContainerLog } from './container-log.ts'
import type { PodContainer } from './pod-container.ts'

/** Who attaches to a container that it has just made wants its first line as well (`kubectl run --attach`). */
const justStartedMs = 10_000

/** Joins a client with a container that runs. Both of its outputs come as one, as they are written down. */
export function attachTo(container: PodContainer, options: ExecOptions, podName: string, now: number): ExecSession {
  const { name } = container.container
  const open = container.openLog(false)
  if (open === undefined) {
    const reason = container.view('ContainerCreating').state.waiting?.reason ?? 'ContainerCreating'
    throw new KubeApiError(400, 'BadRequest', `container "${name}" in pod "${podName}" is waiting to start: ${reason}`)
  }
  const abort = new AbortController()
  const isNew = now - (container.startedAt ?? 0) < justStartedMs
  const stdout = Readable.from(readContainerLog(open.log, { follow: true, signal: abort.signal, ...(isNew ? {} : { tailLines: 0 }) }, now))
  const exited = new Promise<number>((resolve) => {
    stdout.once('close', () => resolve(0))
    stdout.once('error', () => resolve(0))
  })
  const stderr = new PassThrough()
  stderr.end()
  const input = options.stdin ? container.input : undefined
  const endInput = () => {
    // The others wait for the next client.
    if (container.container.stdinOnce) input?.end()
  }
  return {
    stdin: new Writable({
      write: (chunk: Buffer, _encoding, done) => void (input?.writable ? input.write(chunk, () => done()) : done()),
      final: (done) => {
        endInput()
        done()
      },
    }),
    stdout,
    stderr,
    exited,
    resize: (size) => container.resizeTerminal(size),
    kill: () => {
      endInput()
      abort.abort()
    },
  }
}
