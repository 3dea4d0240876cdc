import v8 from 'node:v8'
import vm from 'node:vm'

/**
 * Regular expressions that users write into schemas. A real API server has RE2, which is linear by construction.
 * Here V8's own linear engine runs every pattern that it can (flag `l`); it refuses counted repetitions such as
 * `{1,63}`, and those run in the ordinary engine with a time limit, so that no pattern can stop the server.
 */
export interface Pattern {
  readonly source: string
  /** Undefined when the answer took too long. */
  matches(text: string): boolean | undefined
}

const timeLimitMs = 50
const longestPattern = 4096
const longestText = 1024 * 1024

const compiled = new Map<string, Pattern | string>()

/** A text says why it is no pattern. */
export function compilePattern(source: string): Pattern | string {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const pattern = compile(source)
  if (compiled.size > 5000) compiled.clear()
  compiled.set(source, pattern)
  return pattern
}

function compile(source: string): Pattern | string {
  if (source.length > longestPattern) return `error parsing regexp: expression is longer than ${longestPattern} characters`
  const { body, flags } = translate(source)
  const linear = compileLinear(body, flags)
  if (linear !== undefined) return { source, matches: (text) => text.length <= longestText && linear.test(text) }
  try {
    const ordinary = new RegExp(body, flags)
    return { source, matches: (text) => (text.length > longestText ? undefined : testWithin(ordinary, text)) }
  } catch (error) {
    return `error parsing regexp: ${(error as Error).message}`
  }
}

function compileLinear(body: string, flags: string): RegExp | undefined {
  try {
    // Only the constructor asks for the flag; it is not left on for the rest of the process.
    v8.setFlagsFromString('--enable-experimental-regexp-engine')
    return new RegExp(body, `${flags}l`)
  } catch {
    return undefined
  } finally {
    v8.setFlagsFromString('--no-enable-experimental-regexp-engine')
  }
}

const sandbox = vm.createContext({ pattern: undefined, text: '' }) as { pattern: RegExp | undefined; text: string }
const test = new vm.Script('pattern.test(text)')

function testWithin(pattern: RegExp, text: string): boolean | undefined {
  sandbox.pattern = pattern
  sandbox.text = text
  try {
    return test.runInContext(sandbox as vm.Context, { timeout: timeLimitMs }) as boolean
  } catch {
    return undefined
  }
}

const posixClasses: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: String.raw`\t\n\v\f\r `,
  punct: String.raw`!-\/:-@\[-\x60{-~`,
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

/** What RE2 writes differently. */
function translate(source: string): { body: string; flags: string } {
  const leading = /^\(\?([ims]+)\)/.exec(source)
  const flags = leading === null ? '' : [...new Set(leading[1])].join('')
  const body = source
    .slice(leading?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\([Az])/g, (_, letter: string) => (letter === 'A' ? '^' : '$'))
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => (Object.hasOwn(posixClasses, name) ? (posixClasses[name] ?? whole) : whole))
  return { body, flags }
}
