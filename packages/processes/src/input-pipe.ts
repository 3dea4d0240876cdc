import { execFile } from 'node:child_process'
import { closeSync, constants as flags, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { findExecutable } from './executable.ts'

/** Makes the named pipe from which a process reads. `reader` is for the process and has to be closed here once it has it. */
export async function makeInputPipe(file: string): Promise<{ reader: number; writer: Writable }> {
  // Node.js has no call for it.
  await promisify(execFile)(findExecutable('mkfifo', '/usr/bin:/bin', '/'), ['-m', '600', file])
  // Who opens one end waits for the other; who opens both waits for nobody.
  const both = openSync(file, flags.O_RDWR)
  try {
    return { reader: openSync(file, flags.O_RDONLY), writer: writerOf(openSync(file, flags.O_WRONLY | flags.O_NONBLOCK)) }
  } finally {
    closeSync(both)
  }
}

/** The input of a process that was started with one and still reads it. The end of its starter was the end of what came until then. */
export function reopenInputPipe(file: string): Writable | undefined {
  try {
    return writerOf(openSync(file, flags.O_WRONLY | flags.O_NONBLOCK))
  } catch {
    return undefined
  }
}

/** A socket and not a file: writing waits for a reader that is slow, without a thread that waits. */
function writerOf(descriptor: number): Writable {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true })
  socket.unref()
  // Whoever reads it has ended; how, its exit says.
  socket.on('error', () => socket.destroy())
  return socket
}
