import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Fewer cases and fewer repetitions. */
  isShort: boolean
  charts: string[]
  kustomizations: string[]
  /** First renders alone. */
  isFirstOnly: boolean
  /** Without the corpus of `examples/` and the thousand applications. */
  isOwnLeftOut: boolean
  only: RegExp | undefined
  /** Tools to measure beside; undefined: all. */
  tools: ReadonlySet<string> | undefined
}

export const usage = `Usage: npm run bench:render [-- OPTIONS]
  --short                fewer renders, and each less often
  --first                first renders alone, without repeated ones and the fleet
  --charts DIR           charts, however deep, beside those of examples/; may be repeated
  --kustomizations DIR   kustomizations, likewise
  --no-own               only what --charts and --kustomizations name; no fleet of 1,000 applications
  --only PATTERN         cases whose name matches the regular expression
  --tool NAME            helm3, helm4 or kubectl alone; may be repeated
`

/** Throws with what is wrong with the arguments. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
      charts: { type: 'string', multiple: true, default: [] },
      kustomizations: { type: 'string', multiple: true, default: [] },
      'no-own': { type: 'boolean', default: false },
      only: { type: 'string' },
      tool: { type: 'string', multiple: true },
    },
  })
  for (const tool of values.tool ?? [])
    if (!['helm3', 'helm4', 'kubectl'].includes(tool)) throw new Error(`--tool takes helm3, helm4 or kubectl, not '${tool}'`)
  return {
    isShort: values.short,
    isFirstOnly: values.first,
    charts: values.charts.map((path) => resolve(path)),
    kustomizations: values.kustomizations.map((path) => resolve(path)),
    isOwnLeftOut: values['no-own'],
    only: values.only === undefined ? undefined : new RegExp(values.only),
    tools: values.tool === undefined ? undefined : new Set(values.tool),
  }
}
