#!/usr/bin/env node
// Replays recorded server-side-apply operations and says which cases come out as recorded.
//   npm run -s replay:apply -- OPS.jsonl SCHEMAS_DIR
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'packages/kube/dist/apply')

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  const [operationsPath, schemasPath] = args
  if (args.length !== 2 || !existsSync(operationsPath) || !existsSync(schemasPath)) {
    process.stderr.write('Usage: npm run -s replay:apply -- OPS.jsonl SCHEMAS_DIR (both must exist)\n')
    return 2
  }
  if (!existsSync(join(built, 'recorded-case.js')) && !build()) return 2
  const { replayCase } = await import(join(built, 'recorded-case.js'))
  const { parseStructuredSchema } = await import(join(built, 'structured-schema.js'))

  const schemas = new Map()
  const schemaNamed = (name) => {
    if (!/^[\w-]+$/.test(name)) throw new Error(`'${name}' is no name of a schema`)
    if (!schemas.has(name)) schemas.set(name, parseStructuredSchema(readFileSync(join(schemasPath, `${name}.yaml`), 'utf8')))
    return schemas.get(name)
  }
  let passed = 0
  let failed = 0
  for (const [name, operations] of await readCases(operationsPath)) {
    const problem = replay(replayCase, operations, schemaNamed)
    if (problem === undefined) passed++
    else {
      failed++
      process.stdout.write(`FAIL ${name}: ${problem}\n`)
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return failed === 0 && passed > 0 ? 0 : 1
}

function replay(replayCase, operations, schemaNamed) {
  try {
    return replayCase(operations, schemaNamed)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

async function readCases(path) {
  const cases = new Map()
  let line = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++
    if (text.trim() === '') continue
    let operation
    try {
      operation = JSON.parse(text)
    } catch (error) {
      throw new Error(`${path}:${line} is not JSON: ${error.message}`, { cause: error })
    }
    const name = `${operation.test} case ${operation.case}`
    if (!cases.has(name)) cases.set(name, [])
    cases.get(name).push(operation)
  }
  return cases
}

function build() {
  process.stderr.write('packages/kube is not built yet; building it\n')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  if (!existsSync(tsc)) {
    process.stderr.write('TypeScript is not installed. Run `npm ci` first.\n')
    return false
  }
  const { status } = spawnSync(process.execPath, [tsc, '-b', 'packages/kube'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0 && !existsSync(join(built, 'recorded-case.js'))) {
    process.stderr.write('The build failed. Run `npx tsc -b packages/kube` and mend what it says.\n')
    return false
  }
  return true
}
