// `npm test`: the tests. `npm test -- --long`: those that take minutes more, which CI runs too. Other arguments go to vitest (`npm test -- packages/kube`).
import './require-node.mjs'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join, relative } from 'node:path'

const { prepare, root } = await import('./prepare.mjs')

await prepare({ forTests: true })
const results = join(root, '.cache', 'test-results.json')
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(results, { force: true })
const only = process.argv.slice(2).filter((word) => word !== '--long')
const isLong = process.argv.includes('--long')
if (isLong) process.env.PLIMSOLL_LONG_TESTS = '1'
let isGood = true
if (only.length === 0 && !isLong) {
  isGood = (await run('oxlint', ['--deny-warnings'])) && isGood
  isGood = (await run('oxfmt', ['--check'])) && isGood
}
isGood = (await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...only])) && isGood
if (existsSync(results)) {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(results, 'utf8'))
  // A file that could not even be loaded has no tests to count, and has failed all the same.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  isGood = isGood && numFailedTestSuites === 0
  for (const line of testResults.flatMap(failuresOf)) console.log(line)
  console.log(`${numPassedTests} passed, ${numFailedTests + broken} failed, ${numPendingTests} skipped`)
}
process.exit(isGood ? 0 : 1)

/** A line for each: what a reader of a long log looks for, near its end. */
function failuresOf({ name, status, message, assertionResults }) {
  if (status !== 'failed') return []
  const file = relative(root, name)
  const failed = assertionResults.filter((each) => each.status === 'failed')
  if (assertionResults.length === 0) return [`FAILED ${file}: ${firstLine(message)}`]
  return failed.map(({ fullName, failureMessages }) => `FAILED ${file} > ${fullName}: ${firstLine(failureMessages.at(-1))}`)
}

function firstLine(text = '') {
  return text.trimStart().split('\n', 1)[0].slice(0, 300)
}

/** Waits for it also after Ctrl-C: the tests stop what they have started. */
function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', '.bin', program), ...args], { cwd: root, stdio: 'inherit' })
    let stoppedBy
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const pass = (signal) => {
      stoppedBy ??= signal
      child.kill(signal)
    }
    for (const signal of signals) process.on(signal, pass)
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, pass)
      if (stoppedBy !== undefined) process.exit(128 + constants.signals[stoppedBy])
      resolve(code === 0)
    })
  })
}
