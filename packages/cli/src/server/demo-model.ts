import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '@plimsoll/processes'
import type { RunningServer } from '@plimsoll/server'
import { demoFolder, demoName } from './demo.ts'

export interface DemoModel {
  digest: string
  /** `.dvc` files, by path. */
  dataFiles: Map<string, string>
}

const tables = [
  { path: 'data/train.csv', seed: '11', rows: '6000' },
  { path: 'data/eval.csv', seed: '12', rows: '3000' },
]
const timeoutMs = 120_000

/** Makes the demo's data and its first model with the repository's own programs, and hands both over: the model that serves before any change. */
export async function makeDemoModel(server: RunningServer): Promise<DemoModel> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-demo-'))
  try {
    await cp(demoFolder, folder, { recursive: true })
    const dataFiles = new Map<string, string>()
    let evaluationData = ''
    for (const { path, seed, rows } of tables) {
      await run(folder, ['data/generate.mjs', seed, rows, path])
      const content = await readFile(join(folder, path))
      const md5 = createHash('md5').update(content).digest('hex')
      await server.models.putData(demoName, md5, createReadStream(join(folder, path)))
      dataFiles.set(`${path}.dvc`, `outs:\n- md5: ${md5}\n  size: ${content.length}\n  hash: md5\n  path: ${path.slice('data/'.length)}\n`)
      evaluationData = md5
    }
    await run(folder, ['src/train.mjs'])
    await run(folder, ['src/evaluate.mjs'])
    const model = join(folder, 'model', 'model.json')
    const { digest, size } = await server.models.putFile(createReadStream(model))
    await server.models.putArtifact([{ path: 'model.json', size, digest }], 'file', 'demo')
    const { readPredictions } = await import('@plimsoll/models')
    await server.models.keepModel(
      { digest, size, name: 'fraud-detector, the first', trainedBy: 'demo', trainedAt: new Date().toISOString() },
      {
        modelDigest: digest,
        dataDigest: `md5:${evaluationData}`,
        metrics: {},
        predictions: readPredictions('predictions.csv', await readFile(join(folder, 'predictions.csv'), 'utf8')),
      },
    )
    return { digest, dataFiles }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(folder: string, args: readonly string[]): Promise<void> {
  const { end, exitCode, stderr } = await runProgram({
    command: [process.execPath, ...args],
    folder,
    environment: { PATH: process.env['PATH'] ?? '' },
    timeoutMs,
    outputBytes: 1024 * 1024,
    memoryBytes: 1024 * 1024 * 1024,
  })
  if (end !== 'exited' || exitCode !== 0)
    throw new Error(`${args.join(' ')} of the demo ended with ${exitCode ?? end}: ${stderr.slice(-2000)}`)
}
