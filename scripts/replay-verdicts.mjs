#!/usr/bin/env node
// Replays files of recorded verdicts and says which cases come out otherwise than expected.
//   npm run -s replay:verdicts -- FILE…
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const replayer = join(root, 'packages/models/dist/statistics/replay/vector-file.js')

process.exitCode = await main(process.argv.slice(2))

async function main(paths) {
  if (paths.length === 0) {
    process.stderr.write('Usage: npm run -s replay:verdicts -- FILE… (files of recorded verdicts, JSON)\n')
    return 2
  }
  if (!existsSync(replayer) && !build()) return 2
  const { replayVectorFile } = await import(pathToFileURL(replayer).href)
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const path of paths) {
    const { passed, skipped, failures } = replayed(replayVectorFile, path)
    for (const failure of failures) process.stdout.write(`FAIL ${path}: ${failure}\n`)
    sum.passed += passed
    sum.failed += failures.length
    sum.skipped += skipped
  }
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
  return sum.failed === 0 ? 0 : 1
}

function replayed(replayVectorFile, path) {
  try {
    return replayVectorFile(readFileSync(path, 'utf8'))
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [`cannot be replayed: ${error.message}`] }
  }
}

function build() {
  process.stderr.write('packages/models is not built yet; building it\n')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  if (!existsSync(tsc)) {
    process.stderr.write('TypeScript is not installed. Run `npm ci` first.\n')
    return false
  }
  spawnSync(process.execPath, [tsc, '-b', 'packages/models'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (existsSync(replayer)) return true
  process.stderr.write('packages/models could not be built.\n')
  return false
}
