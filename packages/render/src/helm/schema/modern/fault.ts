import { quote } from '../../../go/quote.ts'
import { formatFloatG } from '../../../yaml/number-text.ts'

/** What a schema finds wrong with a value, as a tree: causes of a cause. `isReference` is that of a `$ref`, which is not told when it has one cause. */
export interface Fault {
  /** Path into the values. */
  at: readonly string[]
  message: string
  causes: readonly Fault[]
  isReference: boolean
  /** Several faults of one schema, which belong to whatever holds it. */
  isGroup: boolean
}

export function fault(at: readonly string[], message: string, causes: readonly Fault[] = []): Fault {
  return { at, message, causes, isReference: false, isGroup: false }
}

/** The library's layout: one line each, indented by two blanks below what it is a cause of. */
export function describeFaults(faults: readonly Fault[]): string {
  const lines: string[] = []
  for (const found of faults) describe(found, 0, lines)
  return lines.join('\n')
}

function describe(found: Fault, indent: number, lines: string[]): void {
  const isTold = !(found.isReference && found.causes.length === 1)
  if (isTold) lines.push(`${'  '.repeat(indent)}- at ${quoteSingle(pointer(found.at))}: ${found.message}`)
  for (const cause of found.causes) describe(cause, isTold ? indent + 1 : indent, lines)
}

export function pointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join('')
}

export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Go's `%q` with single quotes. */
export function quoteSingle(text: string): string {
  return `'${quote(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

export function joinQuoted(texts: readonly string[]): string {
  return texts.map(quoteSingle).join(', ')
}

/** Numbers in messages are English: `70,000`, and `1.5×10⁰⁶` (golang.org/x/text/message), in bytes of UTF-8. */
export function englishNumber(value: number): string {
  const text = formatFloatG(value === 0 ? 0 : value)
  const scientific = /^(-?[\d.]+)e([-+])(\d+)$/.exec(text)
  if (scientific !== null) {
    const [, mantissa = '', sign, exponent = ''] = scientific
    const raised = exponent.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)))
    return Buffer.from(`${mantissa}×10${sign === '-' ? '⁻' : ''}${raised}`, 'utf8').toString('latin1')
  }
  const [whole = '', fraction] = text.split('.')
  const grouped = group(whole)
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

export function englishCount(value: number): string {
  return group(String(value))
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}
