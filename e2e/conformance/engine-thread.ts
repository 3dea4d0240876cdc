import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { root } from '../harness/paths.ts'
import type { RenderCase } from './cases.ts'
import type { OurAnswer } from './engines.ts'

/** A render that takes longer than this hangs, which is a failure whatever the real tool does. */
const timeoutMs = 60_000

/** Our side, in a thread that can be ended. One render at a time. */
export class EngineThread {
  #worker: Promise<Worker> | undefined

  async render(one: RenderCase, version: '3' | '4'): Promise<OurAnswer> {
    this.#worker ??= start()
    const worker = await this.#worker
    return await new Promise<OurAnswer>((resolve) => {
      const finish = (answer: OurAnswer): void => {
        clearTimeout(timer)
        worker.off('message', finish).off('error', crash).off('exit', exit)
        resolve(answer)
      }
      const fail = (message: string): void => {
        this.#worker = undefined
        void worker.terminate()
        finish({ ok: false, message, isCrash: true, ms: timeoutMs })
      }
      const crash = (error: unknown): void =>
        fail(`the thread has ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      const exit = (code: number): void => fail(`the thread has ended with ${code}`)
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs)
      worker.on('message', finish).on('error', crash).on('exit', exit)
      worker.postMessage({ one, version })
    })
  }

  async close(): Promise<void> {
    await (await this.#worker)?.terminate()
  }
}

function start(): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(root, 'e2e/dist/conformance/engine-worker.js'), { resourceLimits: { maxOldGenerationSizeMb: 1500 } })
    worker.once('error', reject)
    worker.once('message', () => {
      worker.off('error', reject)
      resolve(worker)
    })
  })
}
