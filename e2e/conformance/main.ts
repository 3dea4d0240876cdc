import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../harness/paths.ts'
import { chartCases, kustomizationCases, type RenderCase } from './cases.ts'
import { EngineThread } from './engine-thread.ts'
import { holdToList } from './must-fail.ts'
import { type ConformanceOptions, readOptions, usage } from './options.ts'
import { findOracles, type Oracle } from './tools.ts'
import { judge, type Verdict } from './verdict.ts'
import { describeVerdict } from './verdict-text.ts'

/** `npm run conformance:render`: what ours renders, beside what helm and `kubectl kustomize` do. Ends with `N passed, N failed`. */
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const own = (...names: string[]): string[] => names.map((name) => join(root, 'examples', name)).filter((path) => existsSync(path))
  let options: ConformanceOptions
  try {
    options = readOptions(args, { charts: own('charts', 'my-app'), kustomizations: own('kustomizations') })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return 2
  }
  const absent = [...options.charts, ...options.kustomizations].filter((path) => !existsSync(path))
  if (absent.length > 0) {
    process.stderr.write(`There is no ${absent.join(', ')}\n`)
    return 2
  }
  const { oracles, missing } = await findOracles(options)
  for (const name of missing) process.stdout.write(`${name} is not among the npm packages for this platform: its cases are left out\n`)
  if (oracles.length === 0) return 2

  const cases = [...options.charts.flatMap(chartCases), ...options.kustomizations.flatMap(kustomizationCases)]
  const pairs = cases.flatMap((one) =>
    oracles
      .filter((oracle) => oracle.for === one.tool && (options.only?.test(`${oracle.name} ${one.name}`) ?? true))
      .map((oracle) => ({ one, oracle })),
  )
  process.stdout.write(`${pairs.length} renders to compare, with ${oracles.map(({ name }) => name).join(', ')}\n`)
  const verdicts = await judgeAll(pairs, options)
  return summarize(verdicts)
}

async function judgeAll(pairs: readonly { one: RenderCase; oracle: Oracle }[], options: ConformanceOptions): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  if (options.report !== undefined) writeFileSync(options.report, '')
  let next = 0
  let saidAt = performance.now()
  await Promise.all(
    Array.from({ length: options.jobs }, async () => {
      const engine = new EngineThread()
      for (let pair = pairs[next++]; pair !== undefined; pair = pairs[next++]) {
        const verdict = holdToList(await judge(pair.one, pair.oracle, pair.oracle.semantics, engine))
        verdicts.push(verdict)
        if (!verdict.passed || options.verbose) process.stdout.write(describeVerdict(verdict))
        if (options.report !== undefined) appendFileSync(options.report, `${JSON.stringify(verdict)}\n`)
        if (performance.now() - saidAt > 5000) {
          saidAt = performance.now()
          const failed = verdicts.filter(({ passed }) => !passed).length
          process.stdout.write(`… ${verdicts.length} of ${pairs.length}, ${failed} failed\n`)
        }
      }
      await engine.close()
    }),
  )
  return verdicts
}

function summarize(verdicts: readonly Verdict[]): number {
  const count = (is: (verdict: Verdict) => boolean): number => verdicts.filter(is).length
  const seconds = (of: (verdict: Verdict) => number): string => (verdicts.reduce((sum, each) => sum + of(each), 0) / 1000).toFixed(1)
  for (const tool of new Set(verdicts.map((verdict) => verdict.tool))) {
    const its = verdicts.filter((verdict) => verdict.tool === tool)
    process.stdout.write(`${tool}: ${its.filter(({ passed }) => passed).length} of ${its.length}\n`)
  }
  process.stdout.write(
    `Both fail: ${count(({ passed, theirError }) => passed && theirError !== undefined)}. ` +
      `Values left out since the real tool's own runs differ in them: ${verdicts.reduce((sum, { masked }) => sum + masked, 0)} in ${count(({ masked }) => masked > 0)} renders. ` +
      `Ours took ${seconds(({ ourMs }) => ourMs)} s, theirs ${seconds(({ theirMs }) => theirMs)} s.\n`,
  )
  const outdated = count(({ isOutdated }) => isOutdated)
  if (outdated > 0)
    process.stdout.write(`Counted as passed, since kubectl 1.34, which ours follows, differs from 1.33 there, too: ${outdated}\n`)
  const failed = count(({ passed }) => !passed)
  process.stdout.write(`${verdicts.length - failed} passed, ${failed} failed\n`)
  return failed === 0 && verdicts.length > 0 ? 0 : 1
}
