import { parentPort } from 'node:worker_threads'
import type { RenderLimits } from './limits.ts'
import { readManifests, type FileFormat } from './read-manifests.ts'

/** What the main thread asks of a worker, and what it gets back: objects as JSON texts, which are read piece by piece there. */
export interface ParseTask {
  content: Uint8Array
  format: FileFormat
  limits: RenderLimits
}

parentPort?.on('message', ({ content, format, limits }: ParseTask) => {
  const { objects, problems } = readManifests(content, format, limits)
  parentPort?.postMessage({
    objects: objects.map(({ object, line, column }) => ({ json: JSON.stringify(object), line, column })),
    problems,
  })
})
