import { RenderError } from '../engine/tree.ts'
import { fromBytes, toBytes } from '../go/value.ts'
import { templateFunctions } from '../sprig/index.ts'
import { newTemplateSet, TemplateError } from '../template/index.ts'
import { flagRules, shortFlags } from './flags.ts'

/** What `helm template [NAME] CHART` was told. Paths are as they were written: the caller reads them. */
export interface HelmTemplateArguments {
  /** `release-name` where none is given, with `--generate-name` too, as Helm does. */
  releaseName: string
  chart: string
  namespace: string
  /** In the order of the command line; `value` is a path for `file`, otherwise the text of the flag. */
  values: { kind: 'file' | 'set' | 'set-string' | 'set-json' | 'set-file' | 'set-literal'; value: string }[]
  kubeVersion: string | undefined
  apiVersions: string[]
  includeCrds: boolean
  skipTests: boolean
  noHooks: boolean
  isUpgrade: boolean
  skipSchemaValidation: boolean
  showOnly: string[]
  /** Missing dependencies are fetched. */
  dependencyUpdate: boolean
  /** Range of versions for a chart that is no path. */
  version: string | undefined
  repo: string | undefined
  debug: boolean
  help: boolean
  /** Flags that were given and change nothing here. */
  ignored: string[]
}

/** Reads the arguments after `template` as Helm's own parser does (pflag). Throws `RenderError` in its words, or with the reason of a refusal. */
export function parseHelmTemplateArguments(argv: readonly string[]): HelmTemplateArguments {
  const { flags, operands } = readFlags(argv)
  const last = (name: string) => flags.filter((flag) => flag.name === name).at(-1)?.value
  const isOn = (name: string) => last(name) === 'true'
  const all = (name: string) => flags.filter((flag) => flag.name === name).map((flag) => flag.value)
  for (const { name, value } of flags) {
    const refused = flagRules.get(name)?.refused
    if (refused !== undefined && value !== 'false')
      throw new RenderError(`--${name} is not supported: ${refused}.`, { remedy: `Leave out --${name}.` })
  }
  checkDryRun(last('dry-run'))
  const help = isOn('help')
  const [releaseName, chart] = help ? ['', ''] : nameAndChart(operands, last('name-template'), isOn('generate-name'))
  const version = last('version')
  return {
    releaseName,
    chart,
    namespace: last('namespace') ?? 'default',
    values: flags.flatMap(({ name, value }) => (isValuesFlag(name) ? [{ kind: name === 'values' ? 'file' : name, value }] : [])),
    kubeVersion: last('kube-version'),
    apiVersions: all('api-versions'),
    includeCrds: isOn('include-crds'),
    skipTests: isOn('skip-tests'),
    noHooks: isOn('no-hooks'),
    isUpgrade: isOn('is-upgrade'),
    skipSchemaValidation: isOn('skip-schema-validation'),
    showOnly: all('show-only'),
    dependencyUpdate: isOn('dependency-update'),
    version: (version === undefined || version === '') && isOn('devel') ? '>0.0.0-0' : version,
    repo: last('repo'),
    debug: isOn('debug'),
    help,
    ignored: [...new Set(flags.map(({ name }) => name).filter((name) => !effective.has(name)))],
  }
}

const valuesFlags = ['values', 'set', 'set-string', 'set-json', 'set-file', 'set-literal'] as const
const effective = new Set<string>(
  [
    [...valuesFlags, 'namespace', 'name-template', 'kube-version', 'api-versions', 'include-crds', 'skip-tests', 'no-hooks', 'is-upgrade'],
    ['skip-schema-validation', 'show-only', 'dependency-update', 'version', 'devel', 'repo', 'debug', 'help', 'dry-run'],
  ].flat(),
)

function isValuesFlag(name: string): name is (typeof valuesFlags)[number] {
  return (valuesFlags as readonly string[]).includes(name)
}

function nameAndChart(operands: readonly string[], nameTemplate: string | undefined, generatesName: boolean): [string, string] {
  const [first, second, ...more] = operands
  if (first === undefined) throw new RenderError('"helm template" requires at least 1 argument')
  if (more.length > 0) throw new RenderError(`expected at most two arguments, unexpected arguments: ${more.join(', ')}`)
  const hasTemplate = nameTemplate !== undefined && nameTemplate !== ''
  if (second === undefined) return [hasTemplate ? nameFrom(nameTemplate) : 'release-name', first]
  if (generatesName) throw new RenderError('cannot set --generate-name and also specify a name')
  if (hasTemplate) throw new RenderError('cannot set --name-template and also specify a name')
  return [first, second]
}

/** A name that is random by nature is so here too: it is made once, by somebody at a terminal. */
function nameFrom(template: string): string {
  const context = { randomBytes: (_: string, count: number) => crypto.getRandomValues(new Uint8Array(count)), now: () => new Date() }
  const set = newTemplateSet({
    functions: templateFunctions(context, '4'),
    missingKey: 'zero',
    limits: { outputBytes: 65_536, steps: 100_000, depth: 100 },
  })
  try {
    set.parse('name-template', toBytes(template))
    return fromBytes(set.execute('name-template', undefined))
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(fromBytes(error.message))
    throw error
  }
}

function checkDryRun(value: string | undefined): void {
  if (value === undefined || ['', 'client', 'true'].includes(value)) return
  if (!['server', 'none', 'false'].includes(value)) {
    throw new RenderError('Invalid dry-run flag. Flag must one of the following: false, true, none, client, server')
  }
  throw new RenderError(`--dry-run=${value} is not supported: the renderer has no cluster to ask.`, { remedy: 'Leave out --dry-run.' })
}

interface GivenFlag {
  name: string
  value: string
}

function readFlags(argv: readonly string[]): { flags: GivenFlag[]; operands: string[] } {
  const flags: GivenFlag[] = []
  const operands: string[] = []
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') {
      operands.push(...rest.splice(0))
    } else if (argument.startsWith('--')) readLong(argument, rest, flags)
    else if (argument.startsWith('-') && argument.length > 1) readShort(argument, rest, flags)
    else operands.push(argument)
  }
  return { flags, operands }
}

function readLong(argument: string, rest: string[], flags: GivenFlag[]): void {
  const equals = argument.indexOf('=')
  const name = equals < 0 ? argument.slice(2) : argument.slice(2, equals)
  const rule = flagRules.get(name)
  if (rule === undefined)
    throw new RenderError(name === '' || name.startsWith('-') ? `bad flag syntax: ${argument}` : `unknown flag: --${name}`)
  if (equals >= 0) add(name, argument.slice(equals + 1), flags)
  else if (rule.kind === 'flag' || rule.kind === 'optional') add(name, rule.kind === 'flag' ? 'true' : (rule.alone ?? ''), flags)
  else add(name, take(rest, `flag needs an argument: ${argument}`), flags)
}

/** `-fx`, `-f x`, `-f=x`, and several flags in one (`-gh`). */
function readShort(argument: string, rest: string[], flags: GivenFlag[]): void {
  for (let at = 1; at < argument.length; at++) {
    const letter = argument[at] ?? ''
    const name = shortFlags.get(letter)
    const rule = name === undefined ? undefined : flagRules.get(name)
    if (name === undefined || rule === undefined) throw new RenderError(`unknown shorthand flag: '${letter}' in ${argument}`)
    const tail = argument.slice(at + 1)
    if (tail.startsWith('=') && tail.length > 1) {
      add(name, tail.slice(1), flags)
      return
    }
    if (rule.kind === 'flag') {
      add(name, 'true', flags)
      continue
    }
    add(name, tail === '' ? take(rest, `flag needs an argument: '${letter}' in ${argument}`) : tail, flags)
    return
  }
}

function take(rest: string[], problem: string): string {
  const value = rest.shift()
  if (value === undefined) throw new RenderError(problem)
  return value
}

function add(name: string, value: string, flags: GivenFlag[]): void {
  const kind = flagRules.get(name)?.kind
  if (kind === 'list') for (const item of splitList(name, value)) flags.push({ name, value: item })
  else flags.push({ name, value: kind === 'flag' ? readFlag(name, value) : value })
}

/** `strconv.ParseBool`. */
function readFlag(name: string, value: string): string {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return 'true'
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return 'false'
  throw new RenderError(
    `invalid argument ${JSON.stringify(value)} for "--${name}" flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  )
}

/** One line of CSV: quotes hold commas, and two of them are one. */
function splitList(name: string, value: string): string[] {
  if (value === '') return []
  const items: string[] = []
  let at = 0
  do {
    if (value[at] === '"') {
      const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(value.slice(at))
      if (quoted === null)
        throw new RenderError(
          `invalid argument ${JSON.stringify(value)} for "--${name}" flag: parse error on line 1: extraneous or missing " in quoted-field`,
        )
      items.push((quoted[1] ?? '').replaceAll('""', '"'))
      at += quoted[0].length + 1
    } else {
      const end = value.indexOf(',', at)
      items.push(value.slice(at, end < 0 ? value.length : end))
      at = end < 0 ? value.length + 1 : end + 1
    }
  } while (at <= value.length)
  return items
}
