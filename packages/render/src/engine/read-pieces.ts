import { setImmediate } from 'node:timers/promises'
import type { FileContent, FileFormat } from '../directory/read-manifests.ts'
import type { RenderLimits } from '../limits.ts'
import type { PieceObject } from './worker-messages.ts'
import { WorkerCrash, type WorkerPool } from './worker-pool.ts'

/** How long the main thread works at one result before others have a turn. */
const turnMs = 8

/** JSON to objects, with a breath every few milliseconds: nothing else waits for a large result. */
export async function readPieces<T>(pieces: readonly PieceObject[], read: (piece: PieceObject) => T): Promise<T[]> {
  const results: T[] = []
  let since = performance.now()
  for (const piece of pieces) {
    results.push(read(piece))
    if (performance.now() - since > turnMs) {
      await setImmediate()
      since = performance.now()
    }
  }
  return results
}

export function parseFrozen(json: string): Record<string, unknown> {
  const object = JSON.parse(json) as Record<string, unknown>
  freeze(object)
  return object
}

/** A file's manifests, read in a worker. Rejects with `WorkerTimeout` or `WorkerCrash`. */
export async function parseInWorker(
  pool: WorkerPool,
  content: Buffer,
  format: FileFormat | 'output',
  limits: RenderLimits,
): Promise<FileContent> {
  const { answer, objects } = await pool.run({
    message() {
      // A copy of exact length: the bytes belong to a cache, and a slice of a pool would take its neighbours along.
      const copy = Uint8Array.from(content)
      return { task: { kind: 'parse', content: copy, format, limits }, transfer: [copy.buffer] }
    },
  })
  if (answer.kind !== 'parsed') throw new WorkerCrash(`the worker answered '${answer.kind}'`)
  const read = await readPieces(objects, ({ json, line = 1, column = 1 }) => ({ object: parseFrozen(json), line, column }))
  return { objects: read, problems: answer.problems }
}

/** Objects come out of a cache that many share: who changes one by mistake hears of it. */
export function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const item of Object.values(value)) freeze(item)
}
