// `npm test`: every test there is. Arguments go to vitest (`npm test -- packages/kube`).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

await prepare({ forTests: true })
const results = join(root, '.cache', 'test-results.json')
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(results, { force: true })
const only = process.argv.slice(2)
let isGood = true
if (only.length === 0) {
  isGood = run('oxlint', ['--deny-warnings']) && isGood
  isGood = run('oxfmt', ['--check']) && isGood
}
isGood = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...only]) && isGood
if (existsSync(results)) {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(results, 'utf8'))
  // A file that could not even be loaded has no tests to count, and has failed all the same.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  isGood = isGood && numFailedTestSuites === 0
  console.log(`${numPassedTests} passed, ${numFailedTests + broken} failed, ${numPendingTests} skipped`)
}
process.exit(isGood ? 0 : 1)

function run(program, args) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', '.bin', program), ...args], { cwd: root, stdio: 'inherit' })
  return status === 0
}
