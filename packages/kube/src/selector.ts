/**
 * Label and field selectors: compiled once, matched often. Grammar and meaning as apimachinery's labels/selector.go and
 * fields/selector.go.
 */
export interface LabelMatcher {
  matches(labels: Readonly<Record<string, string>> | null | undefined): boolean
  readonly requirements: readonly LabelRequirement[]
  /** False for a selector that matches nothing, whatever its requirements. */
  readonly canMatch: boolean
  /** The selector as a query parameter, sorted by key. */
  toString(): string
}

export interface LabelRequirement {
  key: string
  operator: LabelOperator
  values: readonly string[]
}

export type LabelOperator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt'

/** `LabelSelector` of meta/v1, as in `spec.selector`. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] | null }[]
}

/** The selector is none. HTTP 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

/** Selects everything. */
export const everything: LabelMatcher = compileRequirements([])

/** Selects nothing: what an absent LabelSelector means. */
export const nothing: LabelMatcher = { matches: () => false, requirements: [], canMatch: false, toString: () => '' }

/** As in `?labelSelector=`: `app=web,tier in (a,b),!legacy,weight>3`. The empty text selects everything. @throws SelectorError */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text.length > maxLength) throw new SelectorError(`a selector may have ${maxLength} characters, this one has ${text.length}`)
  return compileRequirements(new Parser(readTokens(text)).parse())
}

/** A LabelSelector object. Absent: nothing; empty: everything. @throws SelectorError */
export function compileLabelSelector(selector: LabelSelector | null | undefined): LabelMatcher {
  if (selector === null || selector === undefined) return nothing
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]))
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = operatorNames.get(operator)
    if (known === undefined)
      throw new SelectorError(
        `${JSON.stringify(operator)} is not a valid label selector operator; take one of ${[...operatorNames.keys()].join(', ')}`,
      )
    requirements.push(requirement(key, known, values ?? []))
  }
  return compileRequirements(requirements)
}

const maxLength = 64 * 1024

const operatorNames: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
])

type Test = (value: string | undefined) => boolean

function compileRequirements(found: readonly LabelRequirement[]): LabelMatcher {
  const requirements = [...found].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const tests = requirements.map(({ key, operator, values }): [string, Test] => [key, compileTest(operator, values)])
  return {
    requirements,
    canMatch: true,
    toString: () => requirements.map(printRequirement).join(','),
    matches(labels) {
      for (const [key, test] of tests) {
        const value = labels !== null && labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined
        if (!test(value)) return false
      }
      return true
    },
  }
}

function compileTest(operator: LabelOperator, values: readonly string[]): Test {
  const [first = ''] = values
  const all = new Set(values)
  switch (operator) {
    case '=':
      return (value) => value === first
    case '!=':
      return (value) => value !== first
    case 'in':
      return (value) => value !== undefined && all.has(value)
    case 'notin':
      return (value) => value === undefined || !all.has(value)
    case 'exists':
      return (value) => value !== undefined
    case '!':
      return (value) => value === undefined
    case 'gt':
    case 'lt': {
      const limit = readInteger(first)
      return (value) => {
        const number = value === undefined ? undefined : readInteger(value)
        return number !== undefined && limit !== undefined && (operator === 'gt' ? number > limit : number < limit)
      }
    }
  }
}

/** A 64-bit integer, as Go's ParseInt reads it. */
function readInteger(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  return value === BigInt.asIntN(64, value) ? value : undefined
}

function printRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`
    case 'gt':
      return `${key}>${values[0]}`
    case 'lt':
      return `${key}<${values[0]}`
    default:
      return `${key}${operator}${values[0]}`
  }
}

function requirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  checkLabelKey(key)
  if ((operator === 'in' || operator === 'notin') && values.length === 0)
    throw new SelectorError(`values of ${JSON.stringify(key)}: for 'in', 'notin' operators, values set can't be empty`)
  if ((operator === 'exists' || operator === '!') && values.length > 0)
    throw new SelectorError(`values of ${JSON.stringify(key)}: values set must be empty for exists and does not exist`)
  for (const value of values) checkLabelValue(key, value)
  if ((operator === 'gt' || operator === 'lt') && readInteger(values[0] ?? '') === undefined) {
    throw new SelectorError(`values of ${JSON.stringify(key)}: for 'Gt', 'Lt' operators, the value must be an integer`)
  }
  return { key, operator, values }
}

const namePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/
const prefixPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** `[DNS_SUBDOMAIN/]NAME` (apimachinery content.IsLabelKey). */
function checkLabelKey(key: string): void {
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  const prefix = slash < 0 ? undefined : key.slice(0, slash)
  if (
    typeof key !== 'string' ||
    name.length > 63 ||
    !namePattern.test(name) ||
    (prefix !== undefined && (prefix.length > 253 || !prefixPattern.test(prefix)))
  ) {
    throw new SelectorError(
      `${JSON.stringify(String(key).slice(0, 80))} is no label key: it must be NAME or DOMAIN/NAME, the name of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit`,
    )
  }
}

function checkLabelValue(key: string, value: unknown): void {
  if (typeof value !== 'string' || value.length > 63 || (value !== '' && !namePattern.test(value))) {
    throw new SelectorError(
      `${JSON.stringify(String(value).slice(0, 80))} is no label value for ${key}: it must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit`,
    )
  }
}

interface Token {
  kind: 'word' | 'in' | 'notin' | '=' | '==' | '!=' | '!' | '>' | '<' | ',' | '(' | ')' | 'end'
  text: string
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = []
  // Symbols are taken as long as they can be; a word ends at a symbol or a blank.
  for (const [found] of text.matchAll(/==|!=|[=!<>,()]|[^ \t\r\n=!<>,()]+/g)) {
    const isWord = !/^[=!<>,()]/.test(found) && found !== 'in' && found !== 'notin'
    tokens.push({ kind: isWord ? 'word' : (found as Token['kind']), text: found })
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = []
    while (this.#peek().kind !== 'end') {
      const { kind, text } = this.#peek()
      if (kind !== 'word' && kind !== '!') throw found(text, "!, identifier, or 'end of string'")
      requirements.push(this.#parseRequirement())
      const next = this.#take()
      if (next.kind === 'end') return requirements
      if (next.kind !== ',') throw found(next.text, "',' or 'end of string'")
      const after = this.#peek()
      if (after.kind !== 'word' && after.kind !== '!') throw found(after.text, "identifier after ','")
    }
    return requirements
  }

  /** `in` and `notin` are operators only where one is looked for. */
  #peek(asOperator = false): Token {
    // The list ends with a token that is never taken past.
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!
    return !asOperator && (token.kind === 'in' || token.kind === 'notin') ? { kind: 'word', text: token.text } : token
  }

  #take(asOperator = false): Token {
    const token = this.#peek(asOperator)
    this.#at++
    return token
  }

  #parseRequirement(): LabelRequirement {
    const isAbsent = this.#peek().kind === '!'
    if (isAbsent) this.#take()
    const key = this.#take()
    if (key.kind !== 'word') throw found(key.text, 'identifier')
    checkLabelKey(key.text)
    if (isAbsent) return requirement(key.text, '!', [])
    const next = this.#peek().kind
    if (next === 'end' || next === ',') return requirement(key.text, 'exists', [])
    const operator = this.#take(true)
    switch (operator.kind) {
      case 'in':
      case 'notin':
        return requirement(key.text, operator.kind, this.#parseValues())
      case '=':
      case '==':
        return requirement(key.text, '=', [this.#parseValue()])
      case '!=':
        return requirement(key.text, '!=', [this.#parseValue()])
      case '>':
        return requirement(key.text, 'gt', [this.#parseValue()])
      case '<':
        return requirement(key.text, 'lt', [this.#parseValue()])
      default:
        throw found(operator.text, 'in, notin, =, ==, !=, gt, lt')
    }
  }

  #parseValue(): string {
    const next = this.#peek()
    if (next.kind === 'end' || next.kind === ',') return ''
    const value = this.#take()
    if (value.kind !== 'word') throw found(value.text, 'identifier')
    return value.text
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  #parseValues(): string[] {
    const open = this.#take()
    if (open.kind !== '(') throw found(open.text, "'('")
    const values = new Set<string>()
    for (;;) {
      const value = this.#peek().kind === 'word' ? this.#take().text : ''
      values.add(value)
      const next = this.#take()
      if (next.kind === ')') return [...values]
      if (next.kind !== ',') throw found(next.text, "',' or ')'")
    }
  }
}

function found(text: string, expected: string): SelectorError {
  return new SelectorError(`unable to parse requirement: found '${text}', expected: ${expected}`)
}

export interface FieldRequirement {
  /** Dotted path, `metadata.name`. */
  path: string
  operator: '=' | '!='
  value: string
}

export interface FieldMatcher {
  readonly requirements: readonly FieldRequirement[]
  /** `read` gives the value of a field as text, '' for one that is not set. By default it is read from the object itself. */
  matches(object: Readonly<Record<string, unknown>>, read?: (object: Readonly<Record<string, unknown>>, path: string) => string): boolean
  toString(): string
}

/** As in `?fieldSelector=`: `metadata.name=web,status.phase!=Running`. Which fields a kind supports is the server's matter. @throws SelectorError */
export function parseFieldSelector(text: string): FieldMatcher {
  if (text.length > maxLength) throw new SelectorError(`a selector may have ${maxLength} characters, this one has ${text.length}`)
  const requirements = splitTerms(text)
    .filter((term) => term !== '')
    .sort()
    .map((term): FieldRequirement => {
      const parts = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
      if (parts === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`)
      const [, path = '', operator, value = ''] = parts
      return { path, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) }
    })
  return {
    requirements,
    matches: (object, read = readField) =>
      requirements.every(({ path, operator, value }) => (read(object, path) === value) === (operator === '=')),
    toString: () => requirements.map(({ path, operator, value }) => `${path}${operator}${value.replace(/[\\,=]/g, '\\$&')}`).join(','),
  }
}

/** At commas that no backslash stands before. */
function splitTerms(text: string): string[] {
  return text.match(/(?:[^\\,]|\\[\s\S]?)+/g) ?? []
}

function unescapeValue(value: string): string {
  let plain = ''
  for (let index = 0; index < value.length; index++) {
    const char = value.charAt(index)
    if (char === '\\') {
      const next = value.charAt(++index)
      if (next === '' || !'\\,='.includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`)
      plain += next
    } else if (char === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${char}`)
    else plain += char
  }
  return plain
}

/** The field at a dotted path as text; '' when it is not set or is no scalar. */
export function readField(object: Readonly<Record<string, unknown>>, path: string): string {
  let value: unknown = object
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return ''
    value = (value as Record<string, unknown>)[name]
  }
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
