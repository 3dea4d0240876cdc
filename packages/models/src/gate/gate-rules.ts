import { reachLimit, type Better, type GainOf } from '../statistics/gain.ts'
import type { Label } from '../statistics/label.ts'
import type { Evidence } from '../statistics/rule.ts'
import { betterOf, knownMetric, type KnownMetric, type MetricSettings } from '../statistics/scored-metric.ts'
import { asPercent, figure } from './figures.ts'

/** What a candidate must show, as evaluateGate wants it. `readGateRules` makes it from what a ModelGate's spec has. */
export interface GateRules {
  readonly metrics: readonly MetricRules[]
  readonly slices?: SliceRules | undefined
  /** two-sided */
  readonly confidence: number
  readonly replicates: number
  /** column whose values are drawn as wholes, because their rows belong together */
  readonly groups?: string | undefined
  readonly sameData: 'required' | 'preferred'
  /** in place of the three digests */
  readonly seed?: string | undefined
}

export interface MetricRules {
  readonly name: string
  /** what can be scored from rows; undefined for figures that only somebody else can compute */
  readonly known?: KnownMetric | undefined
  readonly better: Better
  /** the best value there can be; undefined when nobody knows one */
  readonly optimum?: number | undefined
  readonly uncertainty: 'required' | 'optional'
  /** judged and shown, but without a say in the gate's verdict */
  readonly isDryRun?: boolean | undefined
  readonly positive?: Label | undefined
  readonly settings: MetricSettings
  readonly rules: readonly Rule[]
}

export type RuleKind = 'improve' | 'noWorseThan' | 'atLeast' | 'atMost'

export interface Rule {
  readonly rule: RuleKind
  readonly threshold: number
  readonly of: GainOf
  readonly evidence: Evidence
}

export interface SliceRules {
  readonly by: readonly string[]
  /** name of the metric that is compared within slices */
  readonly metric: string
  readonly margin: number
  readonly of: GainOf
  readonly alpha: number
}

export type ReadRules =
  | { readonly rules: GateRules; readonly warnings: readonly string[] }
  /** One sentence each: the field, what was found, what is allowed. */
  | { readonly problems: readonly string[] }

const limits = { metrics: 100, replicates: 100_000, columns: 10, bins: 1000 }

/** Reads metrics, slices, confidence, replicates, uncertainty, sameData, groups and seed of a ModelGate's spec. */
export function readGateRules(spec: unknown): ReadRules {
  const problems: string[] = []
  const fields = new Fields(spec, '', problems)
  const written = fields.list('metrics')
  if (written.length > limits.metrics) problems.push(`metrics has ${written.length} entries; at most ${limits.metrics} are allowed.`)
  if (written.length === 0) problems.push('metrics is empty or missing; a gate needs at least one metric with a rule.')
  const uncertainty = fields.choice('uncertainty', ['required', 'optional'], 'required')
  const metrics = written
    .slice(0, limits.metrics)
    .map((one, index) => readMetric(new Fields(one, `metrics[${index}]`, problems), uncertainty))
  for (const [index, { name }] of metrics.entries()) {
    if (metrics.findIndex((other) => other.name === name) < index)
      problems.push(`metrics[${index}].name: '${name}' is there twice; put both rules into one entry.`)
  }
  const slices = fields.has('slices') ? readSlices(new Fields(fields.get('slices'), 'slices', problems), metrics) : undefined
  const rules: GateRules = {
    metrics,
    slices,
    confidence: fields.number('confidence', { above: 0, below: 1 }, 0.95),
    replicates: fields.whole('replicates', 100, limits.replicates, 2000),
    groups: fields.text('groups'),
    sameData: fields.choice('sameData', ['required', 'preferred'], 'required'),
    seed: fields.text('seed'),
  }
  return problems.length > 0 ? { problems } : { rules, warnings: metrics.flatMap(warningsOf) }
}

function readMetric(fields: Fields, uncertainty: 'required' | 'optional'): MetricRules {
  const name = fields.text('name') ?? ''
  if (name === '') fields.complain('name', 'a metric needs a name, such as average_precision.')
  const known = knownMetric(name)
  const better = fields.choice('better', ['higher', 'lower'], known?.better ?? betterOf(name))
  const rules: Rule[] = []
  const of = fields.has('of') ? fields.choice('of', ['absolute', 'relative', 'error'], 'absolute') : undefined
  if (fields.has('improve')) {
    const improve = new Fields(fields.get('improve'), `${fields.path}.improve`, fields.problems)
    const by = improve.amount('by')
    const scale = improve.has('of') ? improve.choice('of', ['absolute', 'relative', 'error'], 'absolute') : of
    const evidence = improve.choice('evidence', ['interval', 'direction'], 'interval')
    if (by !== undefined) rules.push({ rule: 'improve', threshold: by.value, of: scale ?? by.of, evidence })
  }
  if (fields.has('noWorseThan')) {
    const margin = fields.amount('noWorseThan')
    if (margin !== undefined) rules.push({ rule: 'noWorseThan', threshold: margin.value, of: of ?? margin.of, evidence: 'interval' })
  }
  for (const rule of ['atLeast', 'atMost'] as const) {
    const limit = fields.has(rule) ? fields.amount(rule, 'signed') : undefined
    if (limit !== undefined) rules.push({ rule, threshold: limit.value, of: 'absolute', evidence: 'interval' })
  }
  if (!['improve', 'noWorseThan', 'atLeast', 'atMost'].some((rule) => fields.has(rule))) {
    fields.complain('', `'${name}' has no rule; add improve, noWorseThan, atLeast or atMost.`)
  }
  const dryRun = fields.get('dryRun')
  if (dryRun !== undefined && typeof dryRun !== 'boolean') fields.complain('dryRun', 'should be true or false.')
  const positive = fields.get('positive')
  if (positive !== undefined && !['string', 'number', 'boolean'].includes(typeof positive))
    fields.complain('positive', 'the positive class is text, a number or true or false.')
  return {
    name,
    known,
    better,
    optimum: fields.optional('optimum') ?? known?.optimum ?? (better === 'lower' ? 0 : undefined),
    uncertainty: fields.choice('uncertainty', ['required', 'optional'], uncertainty),
    isDryRun: dryRun === true,
    positive: positive as Label | undefined,
    settings: {
      threshold: fields.optional('threshold'),
      beta: fields.has('beta') ? fields.number('beta', { above: 0, below: 1000 }, 1) : undefined,
      bins: fields.has('bins') ? fields.whole('bins', 1, limits.bins, 10) : undefined,
      average: fields.has('average') ? fields.choice('average', ['macro', 'weighted', 'micro'], 'macro') : undefined,
    },
    rules,
  }
}

function readSlices(fields: Fields, metrics: readonly MetricRules[]): SliceRules {
  const written = fields.get('by')
  const by = (Array.isArray(written) ? written : [written]).filter((one): one is string => typeof one === 'string' && one !== '')
  if (by.length === 0 || by.length > limits.columns)
    fields.complain('by', `the column to slice by, or a list of at most ${limits.columns} of them.`)
  const margin = fields.amount('noWorseThan')
  const primary = metrics.find(({ rules }) => rules.some(({ rule }) => rule === 'improve')) ?? metrics[0]
  const metric = fields.text('metric') ?? primary?.name ?? ''
  if (!metrics.some(({ name }) => name === metric)) fields.complain('metric', `'${metric}' is none of this gate's metrics.`)
  return {
    by,
    metric,
    margin: margin?.value ?? 0,
    of: fields.has('of') ? fields.choice('of', ['absolute', 'relative', 'error'], 'relative') : (margin?.of ?? 'absolute'),
    // Below that, the replicates that a slice needs (two for each slice and 1/alpha) are too many to draw.
    alpha: fields.number('alpha', { above: 0.0009, below: 1 }, 0.05),
  }
}

/** What somebody who writes such a rule wants to know before it surprises them. */
function warningsOf({ name, better, optimum, rules }: MetricRules): string[] {
  return rules.flatMap(({ rule, threshold, of }) => {
    if (rule !== 'improve') return []
    const limit = reachLimit(threshold, { of, better, optimum })
    if (limit !== undefined && of === 'relative') {
      return [
        `A relative improvement of ${asPercent(threshold)} in ${name} can never pass from a baseline above ${limit.toFixed(3)}: ` +
          `its best value is ${figure(optimum ?? 1)}. With \`of: error\` it asks for a share of the remaining error instead.`,
      ]
    }
    if (limit !== undefined && threshold > 0 && limit < 1) {
      return [`An improvement of ${figure(threshold)} in ${name} can never pass from a baseline above ${figure(limit)}.`]
    }
    const isOutOfReach = (of === 'error' || (of === 'relative' && better === 'lower' && optimum === 0)) && threshold > 1
    return isOutOfReach
      ? [`An improvement of ${asPercent(threshold)} in ${name} can never pass: there is no more than 100 % to remove.`]
      : []
  })
}

interface Amount {
  readonly value: number
  /** A percentage is relative, a plain number absolute, unless `of` says otherwise. */
  readonly of: GainOf
}

/** Fields of a written object, each complaint with its path. */
class Fields {
  readonly path: string
  readonly problems: string[]
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(value: unknown, path: string, problems: string[]) {
    this.path = path
    this.problems = problems
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) problems.push(`${path === '' ? 'spec' : path} should be an object, not ${describe(value)}.`)
    this.#fields = new Map(isObject ? Object.entries(value).filter(([, one]) => one !== null && one !== undefined) : [])
  }

  complain(name: string, problem: string): void {
    this.problems.push(`${[this.path, name].filter((part) => part !== '').join('.')}: ${problem}`)
  }

  has(name: string): boolean {
    return this.#fields.has(name)
  }

  get(name: string): unknown {
    return this.#fields.get(name)
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name)
    if (value === undefined || Array.isArray(value)) return value ?? []
    this.complain(name, `should be a list, not ${describe(value)}.`)
    return []
  }

  text(name: string): string | undefined {
    const value = this.get(name)
    if (value === undefined || typeof value === 'string') return value
    this.complain(name, `should be text, not ${describe(value)}.`)
    return undefined
  }

  choice<const T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const value = this.get(name)
    const found = value === undefined ? otherwise : choices.find((choice) => choice === value)
    if (found === undefined) this.complain(name, `should be one of ${choices.join(', ')}, not ${describe(value)}.`)
    return found ?? otherwise
  }

  optional(name: string): number | undefined {
    const value = this.get(name)
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
    this.complain(name, `should be a finite number, not ${describe(value)}.`)
    return undefined
  }

  number(name: string, { above, below }: { above: number; below: number }, otherwise: number): number {
    const value = this.optional(name) ?? otherwise
    if (!(value > above && value < below)) this.complain(name, `should be above ${above} and below ${below}, not ${value}.`)
    return value
  }

  whole(name: string, least: number, most: number, otherwise: number): number {
    const value = this.optional(name) ?? otherwise
    if (!(Number.isInteger(value) && value >= least && value <= most))
      this.complain(name, `should be a whole number of ${least} to ${most}, not ${value}.`)
    return value
  }

  /** `10%` or `0.1`. */
  amount(name: string, sign: 'positive' | 'signed' = 'positive'): Amount | undefined {
    const value = this.get(name)
    const percent = typeof value === 'string' ? /^([+-]?\d{1,15}(?:\.\d{1,15})?) ?%$/.exec(value.trim()) : null
    const plain = typeof value === 'string' && /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(value.trim()) ? Number(value) : value
    const amount: Amount | undefined =
      percent !== null
        ? { value: Number(`${percent[1]}e-2`), of: 'relative' }
        : typeof plain === 'number' && Number.isFinite(plain)
          ? { value: plain, of: 'absolute' }
          : undefined
    if (amount === undefined) {
      this.complain(name, `should be a percentage such as 10% or a number such as 0.01, not ${describe(value)}.`)
      return undefined
    }
    if (sign === 'positive' && amount.value < 0) {
      this.complain(name, `should not be negative, as ${describe(value)} is; which direction is better is said by \`better\`.`)
      return undefined
    }
    return amount
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
