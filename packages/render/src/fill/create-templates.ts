import { createHash } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import { readPieces } from '../engine/read-pieces.ts'
import { WorkerCrash, WorkerPool, WorkerTimeout } from '../engine/worker-pool.ts'
import type { WorkerTask } from '../engine/worker-messages.ts'
import type { FillLimits, Filling, ReadDocument, Templates } from './contract.ts'

const defaultLimits: FillLimits = { outputBytes: 32 * 1024 * 1024, steps: 5_000_000, depth: 200, timeoutMs: 5000 }
/** So many at a time: whoever else waits has a turn in between, and limits are for so many. */
const together = 500

/** Templates that took all their time once, and may again. */
const mostSuspects = 1000

/**
 * Templates are filled in by workers of their own: none of them, however poisoned, takes anything from rendering; and one that took too long once never has
 * all of these workers again.
 */
export function createTemplates(options: { limits?: Partial<FillLimits>; memoryMb?: number } = {}): Templates {
  const limits = { ...defaultLimits, ...options.limits }
  const pool = new WorkerPool({
    size: 2,
    timeoutMs: limits.timeoutMs,
    memoryMb: options.memoryMb ?? 192,
    stackMb: 8,
    idleMs: 30_000,
    data: { engines: { helm: '', kustomize: '' }, secret: new Uint8Array() },
  })

  const suspects = new Set<string>()

  async function work<Result>(task: WorkerTask, suspect?: string): Promise<Result[]> {
    try {
      const isSuspect = suspect !== undefined && suspects.has(suspect)
      const { answer, objects } = await pool.run({ message: () => ({ task, transfer: [] }), isSuspect })
      if (suspect !== undefined) suspects.delete(suspect)
      if (answer.kind === 'filled' && answer.problem !== undefined) throw tooMuch(answer.problem)
      return await readPieces(objects, ({ json }) => JSON.parse(json) as Result)
    } catch (error) {
      const isLost = error instanceof WorkerTimeout || error instanceof WorkerCrash
      if (isLost && suspect !== undefined && suspects.size < mostSuspects) suspects.add(suspect)
      if (error instanceof WorkerTimeout)
        throw new PlimsollError('render-timeout', `The templates were not filled in within ${limits.timeoutMs / 1000} s.`, {
          remedy: 'Look for a loop in them, or generate less.',
        })
      if (error instanceof WorkerCrash) throw tooMuch('more memory than is given to one')
      throw error
    }
  }

  return {
    async fill(request) {
      const fillings: Filling[] = []
      const key = createHash('sha256')
        .update(JSON.stringify([request.template, request.patch]))
        .digest('hex')
      for (let at = 0; at < request.parameters.length; at += together) {
        const parameters = request.parameters.slice(at, at + together)
        fillings.push(...(await work<Filling>({ kind: 'fill', request: { ...request, parameters }, limits }, key)))
      }
      return fillings
    },
    read: async (texts) => (texts.length === 0 ? [] : work<ReadDocument>({ kind: 'read', texts })),
    close: () => pool.close(),
  }
}

function tooMuch(what: string): PlimsollError {
  return new PlimsollError('manifest-too-large', `The templates make too much: ${what}.`, {
    remedy: 'Look for a template that repeats or grows, or generate less.',
  })
}
