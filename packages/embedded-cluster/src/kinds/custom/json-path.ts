import { type Fields, fieldsOf } from '../reading.ts'

/** The JSONPath of printer columns: client-go `util/jsonpath`, without functions and ranges over texts. */
type Step =
  | { type: 'field'; name: string }
  | { type: 'index'; from: number }
  | { type: 'slice'; from: number | undefined; to: number | undefined }
  | { type: 'all' }
  | { type: 'descend' }
  | { type: 'filter'; path: Step[]; operator: string; value: unknown }

export type JsonPath = readonly Step[]

/** `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.metadata.annotations.a\.b/c`. A text says what is wrong. */
export function parseJsonPath(text: string): JsonPath | string {
  const bare = text
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^\$/, '')
  if (bare.length > 1000) return 'the path is too long'
  const steps: Step[] = []
  let at = 0
  while (at < bare.length) {
    const letter = bare[at]
    if (letter === '.') {
      if (bare[at + 1] === '.') {
        steps.push({ type: 'descend' })
        at += bare[at + 2] === '[' ? 2 : 1
        continue
      }
      if (bare[at + 1] === '[') {
        at++
        continue
      }
      const { name, end } = readName(bare, at + 1)
      at = end
      if (name === '*') steps.push({ type: 'all' })
      else if (name !== '') steps.push({ type: 'field', name })
      continue
    }
    if (letter === '[') {
      const end = closing(bare, at)
      if (end < 0) return `unterminated array in ${JSON.stringify(text)}`
      const step = readBracket(bare.slice(at + 1, end).trim())
      if (step === undefined) return `invalid array index in ${JSON.stringify(text)}`
      steps.push(step)
      at = end + 1
      continue
    }
    if (at === 0) {
      // A leading dot may be left out.
      const { name, end } = readName(bare, 0)
      if (name === '') return `unrecognized character in ${JSON.stringify(text)}`
      steps.push({ type: 'field', name })
      at = end
      continue
    }
    return `unrecognized character in ${JSON.stringify(text)}`
  }
  return steps
}

function readName(text: string, from: number): { name: string; end: number } {
  let name = ''
  let at = from
  while (at < text.length && text[at] !== '.' && text[at] !== '[') {
    if (text[at] === '\\' && at + 1 < text.length) at++
    name += text[at] ?? ''
    at++
  }
  return { name, end: at }
}

/** The bracket that belongs to this one; quoted text does not count. */
function closing(text: string, open: number): number {
  let quote = ''
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (quote !== '') {
      if (letter === '\\') at++
      else if (letter === quote) quote = ''
    } else if (letter === '"' || letter === "'") quote = letter
    else if (letter === '[') depth++
    else if (letter === ']' && --depth === 0) return at
  }
  return -1
}

function readBracket(inside: string): Step | undefined {
  if (inside === '*') return { type: 'all' }
  if (/^-?\d{1,9}$/.test(inside)) return { type: 'index', from: Number(inside) }
  const slice = /^(-?\d{1,9})?:(-?\d{1,9})?$/.exec(inside)
  if (slice !== null) return { type: 'slice', from: toNumber(slice[1]), to: toNumber(slice[2]) }
  const quoted = /^(['"])(.*)\1$/s.exec(inside)
  if (quoted !== null) return { type: 'field', name: (quoted[2] ?? '').replaceAll(/\\(.)/g, '$1') }
  const filter = /^\?\s*\(\s*(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)$/s.exec(inside)
  if (filter === null) return undefined
  const [, left = '', operator = 'exists', right = ''] = filter
  const path = parseJsonPath(left.replace(/^@/, ''))
  if (typeof path === 'string') return undefined
  return { type: 'filter', path: [...path], operator, value: readLiteral(right) }
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function readLiteral(text: string): unknown {
  const quoted = /^(['"])(.*)\1$/s.exec(text)
  if (quoted !== null) return quoted[2]
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? text : number
}

/** All values at a path; none when it leads nowhere. At most 1,000. */
export function findAll(root: unknown, path: JsonPath): unknown[] {
  let values: unknown[] = [root]
  for (const step of path) {
    values = values.flatMap((value) => take(value, step)).slice(0, 1000)
    if (values.length === 0) return []
  }
  return values
}

function take(value: unknown, step: Step): unknown[] {
  switch (step.type) {
    case 'field': {
      const fields = fieldsOf(value)
      return fields !== undefined && Object.hasOwn(fields, step.name) ? [fields[step.name]] : []
    }
    case 'index': {
      if (!Array.isArray(value)) return []
      const at = step.from < 0 ? value.length + step.from : step.from
      return at in value ? [value[at]] : []
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : []
    case 'all':
      return Array.isArray(value) ? value : Object.values(fieldsOf(value) ?? {})
    case 'descend':
      return descend(value, [])
    case 'filter':
      return (Array.isArray(value) ? value : []).filter((item) => passes(item, step))
  }
}

function descend(value: unknown, found: unknown[]): unknown[] {
  if (found.length >= 1000) return found
  found.push(value)
  if (typeof value === 'object' && value !== null) for (const item of Object.values(value as Fields)) descend(item, found)
  return found
}

function passes(item: unknown, step: Extract<Step, { type: 'filter' }>): boolean {
  const found = findAll(item, step.path)
  if (step.operator === 'exists') return found.length > 0
  const left = found[0]
  if (step.operator === '==') return left === step.value
  if (step.operator === '!=') return found.length > 0 && left !== step.value
  if (typeof left !== typeof step.value || (typeof left !== 'number' && typeof left !== 'string')) return false
  const right = step.value as typeof left
  switch (step.operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}
