import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chartCases, kustomizationCases, type RenderCase } from '../conformance/cases.ts'
import { directorySources, type Sources, stableRandom } from '@plimsoll/render/engines'
import { type Chance, renderOurs } from '../conformance/engines.ts'
import { forkTool } from '../conformance/real-tool.ts'
import { findOracles, type Oracle } from '../conformance/tools.ts'
import { root } from '../harness/paths.ts'
import { mustRun } from '../harness/run.ts'
import { measureFleet } from './render-fleet.ts'
import { type BenchOptions, readOptions, usage } from './render-options.ts'
import { median, reportFigure, sum } from './render-report.ts'

/**
 * `npm run bench:render`: our time for each render beside that of helm and `kubectl kustomize`, on the same charts and in the same run. The exit
 * code is 1 when a goal is missed.
 */
const options = optionsOrEnd()
const { isShort, isFirstOnly } = options
const forks = isShort ? 2 : 3
const repetitions = isShort ? 10 : 20
const mostCases = isShort ? 12 : 120
/** So that the code of the engine is compiled, as it is in a server after a moment. */
const rendersBefore = 10
/** An application's passwords and certificates stay the same from render to render. */
const chance: Chance = {
  random: stableRandom(new Uint8Array(32), { applicationUid: 'bench', rotation: { id: '' } }),
  now: new Date(0),
}
const program = fileURLToPath(new URL('./render-first.js', import.meta.url))

/** Charts that do little but make keys and hash passwords: that takes as long as it takes, in any program. */
const arithmetic = new Set(['dsa', 'functions', 'random'])

const { oracles, missing } = await findOracles({ helm3: toolOf('helm3'), helm4: toolOf('helm4'), kubectl: toolOf('kubectl') })
for (const name of missing) console.log(`${name} is not among the npm packages for this platform: not measured`)

const met: boolean[] = []
for (const oracle of oracles.filter(({ newer }) => newer === undefined)) met.push(...(await compare(oracle)))
if (!options.isOwnLeftOut && !options.isFirstOnly) met.push(...(await measureFleet(isShort)))
if (met.includes(false)) process.exitCode = 1

function optionsOrEnd(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return process.exit(2)
  }
}

/** What `findOracles` takes: '' leaves a tool out. */
function toolOf(name: string): string | undefined {
  return options.tools === undefined || options.tools.has(name) ? undefined : ''
}

async function compare(oracle: Oracle): Promise<boolean[]> {
  const rows: Row[] = []
  const cases = spread(casesFor(oracle), mostCases)
  for (const one of cases) {
    const others = spread(
      cases.filter(({ path }) => path !== one.path),
      rendersBefore,
    )
    const row = await measure(one, others, oracle)
    if (row) rows.push(row)
  }
  if (rows.length === 0) return []
  console.log(`${oracle.name}: ${rows.length} renders`)
  reportFigure('  theirs, a fork each (median)', median(rows.map(({ fork }) => fork)), 'ms')
  return [...reportFirst(rows), ...(isFirstOnly ? [] : reportRepeated(rows))]
}

function reportFirst(rows: readonly Row[]): boolean[] {
  const of = (pick: (row: Row) => number): number[] => rows.map(pick)
  reportFigure('  ours, the first of a chart in a process that has rendered others (median)', median(of(({ first }) => first)), 'ms')
  reportFigure('  ours, the first of a process, with no code compiled (median)', median(of(({ cold }) => cold)), 'ms')
  reportFigure('  … with the start of node for it (median)', median(of(({ process: whole }) => whole)), 'ms')
  const together = sum(of(({ fork }) => fork)) / sum(of(({ first }) => first))
  const met = reportFigure('  first renders, all together: times faster than the fork', together, '', { atLeast: 2 })
  reportFigure('  first renders, the median of all ratios', median(of(({ fork, first }) => fork / first)), '')
  for (const { one, fork, first } of leastAhead(rows, (row) => row.first))
    console.log(
      `  ${one.name}, first: theirs ${fork.toFixed(0)} ms, ours ${first.toFixed(1)} ms: ${(fork / first).toFixed(2)} times faster`,
    )
  return [met]
}

function reportRepeated(rows: readonly Row[]): boolean[] {
  const of = (pick: (row: Row) => number): number[] => rows.map(pick)
  reportFigure('  ours, repeated (median)', median(of(({ repeated }) => repeated)), 'ms')
  const together = sum(of(({ fork }) => fork)) / sum(of(({ repeated }) => repeated))
  const met = reportFigure('  repeated, all together: times faster than the fork', together, '', { atLeast: 20 })
  reportFigure('  repeated, the median of all ratios', median(of(({ fork, repeated }) => fork / repeated)), '')
  reportTogether('  with another value each time', rows, ({ varied }) => varied)
  reportTogether('  of another application each time', rows, ({ renamed }) => renamed)
  for (const { one, fork, repeated, renamed } of leastAhead(rows, (row) => row.repeated))
    console.log(
      `  ${one.name}, repeated: theirs ${fork.toFixed(0)} ms, ours ${repeated.toFixed(2)} ms${renamed === undefined ? '' : `, of another application ${renamed.toFixed(2)} ms`}`,
    )
  return [met]
}

/** Those in which we are least ahead: all where the charts are others', three of our own. */
function leastAhead(rows: readonly Row[], ours: (row: Row) => number): Row[] {
  const sorted = rows.toSorted((a, b) => a.fork / ours(a) - b.fork / ours(b))
  return options.isOwnLeftOut ? sorted : sorted.slice(0, 3)
}

function reportTogether(name: string, rows: readonly Row[], pick: (row: Row) => number | undefined): void {
  const measured = rows.flatMap((row) => {
    const ours = pick(row)
    return ours === undefined ? [] : [{ ours, fork: row.fork }]
  })
  if (measured.length === 0) return
  const ratio = sum(measured.map(({ fork }) => fork)) / sum(measured.map(({ ours }) => ours))
  reportFigure(`${name}, ${measured.length} of them together: times faster than the fork`, ratio, '')
}

interface Row {
  one: RenderCase
  fork: number
  /** Nothing of it is in a cache; other charts were rendered before, as in a server. */
  first: number
  /** The very first of a process. */
  cold: number
  /** The same, with the start of node and the loading of the engine. */
  process: number
  repeated: number
  /** The same with another value each time; undefined for what takes none. */
  varied: number | undefined
  /** Of another application each time, whose name is in everything; undefined for what has none. */
  renamed: number | undefined
}

/** Undefined for what the real tool refuses: how fast an error comes is no figure. */
async function measure(one: RenderCase, others: readonly RenderCase[], oracle: Oracle): Promise<Row | undefined> {
  const version = oracle.semantics
  const times: number[] = []
  const firsts: { first: number; cold: number; whole: number }[] = []
  // In turns, so that what else the machine does slows both alike.
  for (let count = 0; count < forks; count++) {
    const { code, ms } = await forkTool(oracle, one)
    if (code !== 0) return undefined
    times.push(ms)
    if (count === 0) {
      const answer = renderOurs(one, version)
      if (!answer.ok) {
        console.log(`  not measured, since ours fails: ${one.name}`)
        return undefined
      }
    }
    const startedAt = performance.now()
    const cold = await firstOf({ one, others: [], version })
    const whole = performance.now() - startedAt
    firsts.push({ first: await firstOf({ one, others, version }), cold, whole })
  }
  const first = {
    one,
    fork: median(times),
    first: median(firsts.map(({ first }) => first)),
    cold: median(firsts.map(({ cold }) => cold)),
    process: median(firsts.map(({ whole }) => whole)),
  }
  if (isFirstOnly) return { ...first, repeated: Number.NaN, varied: undefined, renamed: undefined }
  // A server has what it renders again in memory, as Git's objects; the fork reads its files again.
  const sources = directorySources(one.root)
  renderOurs(one, version, sources, chance)
  const repeated = Array.from({ length: repetitions }, () => renderOurs(one, version, sources, chance).ms)
  return {
    ...first,
    repeated: median(repeated),
    varied: variedOf(one, version, sources),
    renamed: renamedOf(one, version, sources),
  }
}

/** With a value that is another each time, and that no template asks for by its name; undefined for what takes no such value. */
function variedOf(one: RenderCase, version: '3' | '4', sources: Sources): number | undefined {
  if (one.tool !== 'helm') return undefined
  const values = ['benchRender', 'global.benchRender']
  const value = values.find((name) => renderOurs(withValue(one, name, repetitions), version, sources, chance).ok)
  if (value === undefined) return undefined
  return median(Array.from({ length: repetitions }, (_, count) => renderOurs(withValue(one, value, count), version, sources, chance).ms))
}

function renamedOf(one: RenderCase, version: '3' | '4', sources: Sources): number | undefined {
  if (one.tool !== 'helm') return undefined
  const answers = Array.from({ length: repetitions }, (_, count) => renderOurs(one, version, sources, { ...chance, name: `app-${count}` }))
  return answers.every(({ ok }) => ok) ? median(answers.map(({ ms }) => ms)) : undefined
}

function withValue(one: RenderCase, name: string, value: number): RenderCase {
  return { ...one, flags: [...one.flags, `--set=${name}=${value}`] }
}

async function firstOf(asked: { one: RenderCase; others: readonly RenderCase[]; version: '3' | '4' }): Promise<number> {
  return (JSON.parse(await mustRun(process.execPath, [program, JSON.stringify(asked)])) as { first: number }).first
}

function casesFor(oracle: Oracle): RenderCase[] {
  const own = (...names: string[]): string[] => (options.isOwnLeftOut ? [] : names.map((name) => join(root, 'examples', name)))
  const folders =
    oracle.for === 'helm' ? [...own('charts', 'my-app'), ...options.charts] : [...own('kustomizations'), ...options.kustomizations]
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap(oracle.for === 'helm' ? chartCases : kustomizationCases)
    .filter(({ name }) => !name.startsWith('failing/') && !arithmetic.has(name) && (options.only?.test(name) ?? true))
}

/** At most `count` of them, from all over the list. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]).filter((each) => each !== undefined)
}
