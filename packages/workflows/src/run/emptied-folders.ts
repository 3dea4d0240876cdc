import { execFile } from 'node:child_process'

const waitMs = 250
const mostAtOnce = 500

/**
 * Takes folders of jobs that have ended away, many with one process: a workspace of gigabytes takes its time, and even a small one
 * costs us more to take away file by file than all else that its job has cost. What is left by a kill is taken away at the next start.
 */
export class EmptiedFolders {
  #folders: string[] = []
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()

  add(folder: string): void {
    this.#folders.push(folder)
    this.#timer ??= setTimeout(() => this.#empty(), waitMs)
  }

  /** All that was added is gone. */
  async close(): Promise<void> {
    this.#empty()
    await this.#working
  }

  #empty(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#folders.length > 0) {
      const folders = this.#folders.splice(0, mostAtOnce)
      this.#working = this.#working.then(() => remove(folders))
    }
  }
}

/** rm(1) follows no link. What it cannot take away stays for the next start. */
function remove(folders: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    execFile('rm', ['-rf', '--', ...folders], { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }, () => resolve())
  })
}
