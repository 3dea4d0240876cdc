import { copyFile, stat, truncate } from 'node:fs/promises'
import { clusterFiles } from './cluster-record.ts'

const limitBytes = 10 * 1024 * 1024
const lookEveryMs = 30_000

/** Keeps the log between one and two times the limit. It is written by descriptor in append mode, so that it can be cut under the writer. */
export function limitLog(dataDir: string): () => void {
  const file = clusterFiles.log(dataDir)
  const timer = setInterval(() => {
    cut(file).catch(() => undefined)
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

async function cut(file: string): Promise<void> {
  const { size } = await stat(file)
  if (size < limitBytes) return
  await copyFile(file, `${file}.1`)
  await truncate(file)
}
