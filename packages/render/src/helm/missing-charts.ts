import { RenderError, type Sources, type Tree } from '../engine/tree.ts'
import { quote } from '../go/format.ts'
import { fromBytes } from '../go/value.ts'
import type { Chart } from './chart.ts'
import { joinPath } from './go-path.ts'
import { loadChart, loadUnpacked } from './load-chart.ts'
import type { ChartDependency } from './metadata.ts'
import { isInRange } from './version-range.ts'

/** What Chart.yaml asks for and charts/ does not hold (`action.CheckDependencies`: by name only). */
export function missingNames(chart: Chart): string[] {
  const present = new Set(chart.dependencies.map((dependency) => dependency.metadata.name))
  return (chart.metadata.dependencies ?? []).filter((requirement) => !present.has(requirement.name)).map((requirement) => requirement.name)
}

/** Throws what Helm says when charts are missing. */
export function refuseMissing(names: readonly string[], version: '3' | '4'): never {
  const start = version === '3' ? 'An' : 'an'
  const what = `${start} error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies`
  throw new RenderError(`${what}: found in Chart.yaml, but missing in charts/ directory: ${fromBytes(names.join(', '))}`, {
    remedy: 'Run helm dependency build and commit charts/, or let the Application resolve dependencies.',
  })
}

/**
 * The chart with what is missing from `charts/`, as `helm dependency build` would put it there: the versions of Chart.lock where there is one, otherwise
 * the newest of each range. Charts of charts are not looked at, since Helm does not either.
 */
export function withMissingCharts(chart: Chart, sources: Sources, chartPath: string, version: '3' | '4'): Chart {
  const found: Chart[] = []
  for (const requirement of chart.metadata.dependencies ?? []) {
    const isThere = [...chart.dependencies, ...found].some((each) => matches(each, requirement, version))
    if (!isThere) found.push(fetchChart(chart, requirement, sources, chartPath, version))
  }
  const dependencies = [...chart.dependencies, ...found]
  const digest = `${chart.digest} + ${found.map((each) => each.digest).join(' ')}`
  return { ...chart, dependencies, digest, warnings: [...chart.warnings, ...found.flatMap((each) => each.warnings)] }
}

function fetchChart(chart: Chart, requirement: ChartDependency, sources: Sources, chartPath: string, version: '3' | '4'): Chart {
  const name = fromBytes(requirement.name)
  const repository = fromBytes(requirement.repository)
  if (repository === '') {
    throw new RenderError(`no repository definition for ${name}. Please add it to charts/, or give the dependency a repository.`)
  }
  if (repository.startsWith('file://')) {
    const local = localChart(sources.tree, joinPath(chartPath, repository.slice('file://'.length)), version)
    if (!isInRange(requirement.version, local.metadata.version, version)) {
      throw new RenderError(`can't get a valid version for dependency ${name}: ${repository} holds ${fromBytes(local.metadata.version)}`)
    }
    return local
  }
  if (repository.startsWith('@') || repository.startsWith('alias:')) {
    throw new RenderError(`no repository definition for ${repository}: names of repositories are kept on the machine of a user.`, {
      remedy: 'Write the URL of the repository in Chart.yaml.',
    })
  }
  const wanted = lockedVersion(chart, requirement, version)
  const tree = sources.chart({ repository, name, version: fromBytes(wanted) })
  return loadUnpacked(tree, tree.stat('Chart.yaml') === 'file' ? '' : name, version)
}

function localChart(tree: Tree, path: string, version: '3' | '4'): Chart {
  if (tree.stat(path) === undefined) throw new RenderError(`directory ${path} not found`)
  return loadChart(tree, path, version)
}

/** The version of Chart.lock. A lock that does not answer to Chart.yaml is refused, as `helm dependency build` does. */
function lockedVersion(chart: Chart, requirement: ChartDependency, version: '3' | '4'): string {
  if (chart.lock === undefined) return requirement.version
  const locked = chart.lock.find((each) => each.name === requirement.name && isInRange(requirement.version, each.version, version))
  if (locked !== undefined) return locked.version
  throw new RenderError(
    `the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml): it has no ${quote(requirement.name)} of ${quote(requirement.version)}. Please update the dependencies`,
    { remedy: 'Run helm dependency update and commit Chart.lock.' },
  )
}

function matches(chart: Chart, requirement: ChartDependency, version: '3' | '4'): boolean {
  return chart.metadata.name === requirement.name && isInRange(requirement.version, chart.metadata.version, version)
}
