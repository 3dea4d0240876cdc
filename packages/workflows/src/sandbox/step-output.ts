import { execFile } from 'node:child_process'
import { constants as flags, openSync, unlinkSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Made together: each call of `mkfifo` is a process. */
const batch = 6

/**
 * Pipes for what steps print. Node.js gives its children sockets, which a script cannot open again as `/dev/stderr`; a named pipe can be.
 */
export class OutputPipes {
  readonly #folder: string
  readonly #free: string[] = []
  #making: Promise<void> | undefined

  /** `made`: pipes that are there already. */
  constructor(folder: string, made: readonly string[] = []) {
    this.#folder = folder
    this.#free.push(...made)
  }

  /** `writer` is for the process and has to be closed here once it has it. */
  async open(): Promise<{ reader: Readable; writer: number }> {
    while (this.#free.length === 0) {
      this.#making ??= this.#make().finally(() => (this.#making = undefined))
      await this.#making
    }
    const file = this.#free.pop() ?? ''
    const reading = openSync(file, flags.O_RDONLY | flags.O_NONBLOCK)
    const writer = openSync(file, flags.O_WRONLY)
    // Nobody else needs its name: it is gone with the last who holds it.
    unlinkSync(file)
    return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer }
  }

  async #make(): Promise<void> {
    const files = pipeNames(this.#folder, batch)
    await run('mkfifo', ['-m', '600', ...files], { env: { PATH: '/usr/bin:/bin' } })
    this.#free.push(...files)
  }
}

export function pipeNames(folder: string, count: number): string[] {
  return Array.from({ length: count }, () => join(folder, `.pipe-${randomUUID()}`))
}
