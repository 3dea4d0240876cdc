import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEqualJson, type KubeObject } from '@plimsoll/kube'
import type { BinaryComparison, ProgramLimits, Programs, RenderResult, SourceTree } from '../contract.ts'
import type { RenderLimits } from '../limits.ts'
import { failedCommand } from '../plugin/failed-command.ts'
import { type CopyLimits, copyFolder } from '../plugin/private-copy.ts'
import { normalPath } from '../repository-path.ts'
import type { BinaryPlan } from './binary-plan.ts'
import { parseInWorker } from './read-pieces.ts'
import { findTool, refused } from './real-binary-program.ts'
import { RenderError } from './tree.ts'
import type { WorkerPool } from './worker-pool.ts'

const maxDifferences = 50

export interface BinaryRun {
  tool: string
  manifests: RenderResult['manifests']
  durationMs: number
}

/** Runs the real tool in a copy of the repository, with the charts that the engine was given in place. Throws `RenderError`. */
export async function runBinary(
  plan: BinaryPlan,
  request: {
    programs: Programs
    tree: SourceTree
    /** Unpacked charts that are missing in `charts/`, by name. */
    charts: readonly { name: string; version: string; tree: SourceTree }[]
    pool: WorkerPool
    limits: RenderLimits
    programLimits: ProgramLimits
    copyLimits: CopyLimits
    /** Functions and plugins that are none of kustomize's own are run. */
    runsForeign: boolean
  },
): Promise<BinaryRun> {
  const { programs, programLimits, copyLimits } = request
  const tool = await findTool(plan, programs, request.runsForeign)
  const started = performance.now()
  const copy = await copyFolder(request.tree, '', { preservesModes: tool.startsFiles, limits: copyLimits })
  try {
    const folder = join(copy.folder, plan.folder)
    for (const { name, version, tree } of request.charts) await addChart(tree, join(folder, 'charts'), `${name}-${version}`, copyLimits)
    for (const { name, content } of plan.files) await writeFile(join(copy.scratch, name), content)
    for (const { name, content } of plan.edits ?? []) {
      // In the place of a link, and not into what it leads to: that may be a base as well.
      await rm(join(folder, name))
      await writeFile(join(folder, name), content, { flag: 'wx' })
    }
    const helm = (plan.helm && (await programs.find(plan.helm))) ?? 'helm'
    const words = tool.arguments.map((word) => word.replaceAll('{files}/', `${copy.scratch}/`).replaceAll('{helm}', helm))
    const environment = {
      PATH: '/usr/bin:/bin',
      HOME: copy.scratch,
      TMPDIR: copy.scratch,
      LANG: 'C.UTF-8',
      KUBECONFIG: '/dev/null',
      // What helm would keep, and would load.
      HELM_CACHE_HOME: copy.scratch,
      HELM_CONFIG_HOME: copy.scratch,
      HELM_DATA_HOME: copy.scratch,
      HELM_PLUGINS: copy.scratch,
    }
    const result = await programs.run({ command: [tool.program, ...words], folder, environment, limits: programLimits })
    if (result.end !== 'exited' || result.exitCode !== 0)
      throw failedCommand(
        [tool.name, ...tool.arguments.map((word) => word.replaceAll('{files}/', '').replaceAll('{helm}', 'helm'))],
        result,
        programLimits,
        copy,
      )
    const { objects, problems } = await parseInWorker(request.pool, result.stdout, 'output', request.limits)
    const [problem] = problems
    if (problem !== undefined) throw new RenderError(problem.message, { code: problem.code, remedy: problem.remedy })
    const file = plan.folder === '' ? '.' : plan.folder
    return {
      tool: tool.name,
      // What the check of the manifest let through is a Kubernetes object.
      manifests: objects.map(({ object }) => ({ object: object as KubeObject, at: { file } })),
      durationMs: performance.now() - started,
    }
  } finally {
    await copy.remove()
  }
}

/**
 * The same objects in the same order? What the real tool itself makes anew at each run is no difference: `again` is a second run of it, asked for
 * where something random was called.
 */
export function compareWithBinary(ours: RenderResult['manifests'], real: BinaryRun, again?: BinaryRun): BinaryComparison {
  const differences: string[] = []
  const left = byName(ours)
  const right = byName(real.manifests)
  const repeated = again && byName(again.manifests)
  for (const [name, object] of right) {
    const twin = repeated?.get(name)
    // A name that is random.
    if (repeated !== undefined && twin === undefined) continue
    const own = left.get(name)
    const difference = own && firstDifference(own, object, '', twin ?? object)
    if (own === undefined) differences.push(`${name}: only ${real.tool} has it`)
    else if (difference !== undefined) differences.push(`${name}: ${difference}`)
  }
  const surplus = [...left.keys()].filter((name) => !right.has(name))
  const renamed = repeated === undefined ? 0 : [...right.keys()].filter((name) => !repeated.has(name)).length
  if (surplus.length > renamed) for (const name of surplus) differences.push(`${name}: ${real.tool} does not have it`)
  const common = (names: Iterable<string>): string => [...names].filter((name) => left.has(name) && right.has(name)).join('\n')
  if (differences.length === 0 && common(left.keys()) !== common(right.keys())) differences.push('the objects come in another order')
  const rest = differences.length - maxDifferences
  const shown = rest > 0 ? [...differences.slice(0, maxDifferences), `… and ${rest} more`] : differences
  return { tool: real.tool, isEqual: differences.length === 0, differences: shown, durationMs: real.durationMs }
}

/** Several objects of one name are numbered. */
function byName(manifests: RenderResult['manifests']): Map<string, KubeObject> {
  const named = new Map<string, KubeObject>()
  for (const { object } of manifests) {
    const { name, namespace } = object.metadata
    const base = `${object.apiVersion} ${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
    let unique = base
    for (let count = 2; named.has(unique); count++) unique = `${base} (${count})`
    named.set(unique, object)
  }
  return named
}

/** The way to it; values stay out, since they may be secrets. `again` is the real one's second run. */
function firstDifference(ours: unknown, real: unknown, path: string, again: unknown): string | undefined {
  if (isEqualJson(ours, real)) return undefined
  if (!isContainer(ours) || !isContainer(real) || Array.isArray(ours) !== Array.isArray(real)) {
    return isEqualJson(real, again) ? `${path === '' ? 'it' : path} differs` : undefined
  }
  const [left, right] = [new Map(Object.entries(ours)), new Map(Object.entries(real))]
  const twin = new Map(isContainer(again) ? Object.entries(again) : [])
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const step = path === '' ? key : `${path}.${key}`
    if (!left.has(key)) return `${step} is missing`
    if (!right.has(key)) return `${step} is not in the real one`
    const found = firstDifference(left.get(key), right.get(key), step, twin.get(key))
    if (found !== undefined) return found
  }
  return undefined
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

async function addChart(tree: SourceTree, charts: string, name: string, limits: CopyLimits): Promise<void> {
  const safe = normalPath(name.replaceAll('/', '-'))
  if (safe === undefined || safe === '') throw refused(`'${name}' is no name of a chart`)
  const target = join(charts, safe)
  await mkdir(target, { recursive: true })
  for (const entry of await tree.list('')) {
    const path = normalPath(entry.path)
    if (path !== entry.path || entry.kind === 'symlink' || entry.kind === 'submodule') continue
    await mkdir(join(target, path, '..'), { recursive: true })
    await writeFile(join(target, path), await tree.read(entry.hash, limits.fileBytes))
  }
}
