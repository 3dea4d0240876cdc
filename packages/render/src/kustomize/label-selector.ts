import { RenderError } from '../engine/tree.ts'

type Requirement =
  | { operator: 'exists' | 'absent'; key: string }
  | { operator: 'in' | 'not-in'; key: string; values: ReadonlySet<string> }
  | { operator: 'greater' | 'less'; key: string; bound: bigint }

const token = /\s*(?:(==|=|!=|!|,|\(|\)|>|<)|([^\s=!,()<>]+))\s*/y
const nameText = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const valueText = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const integer = /^[+-]?[0-9]+$/

/**
 * The label selectors of Kubernetes (`k8s.io/apimachinery/pkg/labels`, `Parse`): `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>3`. An empty one matches
 * everything. Throws `RenderError` for what is none.
 */
export function parseLabelSelector(text: string): (labels: ReadonlyMap<string, string>) => boolean {
  const requirements = text.trim() === '' ? [] : readRequirements(text)
  return (labels) => requirements.every((requirement) => meets(labels, requirement))
}

function meets(labels: ReadonlyMap<string, string>, requirement: Requirement): boolean {
  const value = labels.get(requirement.key)
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined
    case 'absent':
      return value === undefined
    case 'in':
      return value !== undefined && requirement.values.has(value)
    case 'not-in':
      return value === undefined || !requirement.values.has(value)
    case 'greater':
      return value !== undefined && integer.test(value) && BigInt(value) > requirement.bound
    case 'less':
      return value !== undefined && integer.test(value) && BigInt(value) < requirement.bound
  }
}

function readRequirements(text: string): Requirement[] {
  const tokens = splitTokens(text)
  const requirements: Requirement[] = []
  let position = 0
  const next = () => tokens[position++] ?? ''
  const peek = () => tokens[position] ?? ''

  for (;;) {
    if (peek() === '!') {
      next()
      requirements.push({ operator: 'absent', key: readKey(next()) })
    } else {
      requirements.push(readOne())
    }
    const separator = next()
    if (separator === '') return requirements
    if (separator !== ',') throw unparsable(`found '${separator}', expected: ',' or 'end of string'`)
    if (peek() === '') throw unparsable(`found '', expected: identifier after ','`)
  }

  function readOne(): Requirement {
    const key = readKey(next())
    const operator = peek()
    if (operator === '' || operator === ',') return { operator: 'exists', key }
    next()
    switch (operator) {
      case 'in':
      case 'notin':
        return { operator: operator === 'in' ? 'in' : 'not-in', key, values: new Set(readValues()) }
      case '=':
      case '==':
        return { operator: 'in', key, values: new Set([checkValue(readValue())]) }
      case '!=':
        return { operator: 'not-in', key, values: new Set([checkValue(readValue())]) }
      case '>':
      case '<': {
        const bound = readValue()
        if (!integer.test(bound)) throw unparsable('for Gt, Lt operators, the value must be an integer')
        return { operator: operator === '>' ? 'greater' : 'less', key, bound: BigInt(bound) }
      }
      default:
        throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  /** Nothing at all is the empty value. */
  function readValue(): string {
    return peek() === '' || peek() === ',' ? '' : next()
  }

  function readValues(): string[] {
    if (next() !== '(') throw unparsable(`found '${tokens[position - 1] ?? ''}', expected: '('`)
    const values: string[] = []
    let expectsValue = true
    for (;;) {
      const part = next()
      if (part === '') throw unparsable(`found '', expected: ',', or ')'`)
      if (part === ')' || part === ',') {
        if (expectsValue) values.push('')
        if (part === ')') return values
        expectsValue = true
      } else {
        if (!expectsValue) throw unparsable(`found '${part}', expected: ',', or ')'`)
        values.push(checkValue(part))
        expectsValue = false
      }
    }
  }
}

function splitTokens(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const start = token.lastIndex
    const match = token.exec(text)
    if (match === null) throw unparsable(`found '${text.slice(start)}', expected: identifier`)
    tokens.push(match[1] ?? match[2] ?? '')
  }
  return tokens
}

/** A label's name, with an optional DNS domain and a slash before it. */
function readKey(key: string): string {
  const parts = key.split('/')
  const name = parts.pop() ?? ''
  const hasPrefix = parts.length === 1 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(parts[0] ?? '')
  if (!nameText.test(name) || name.length > 63 || !(parts.length === 0 || hasPrefix)) {
    throw unparsable(`key: Invalid value: ${JSON.stringify(key)}`)
  }
  return key
}

function checkValue(value: string): string {
  if (!valueText.test(value) || value.length > 63) throw unparsable(`values[0][key]: Invalid value: ${JSON.stringify(value)}`)
  return value
}

function unparsable(reason: string): RenderError {
  return new RenderError(`unable to parse requirement: ${reason}`)
}
