import type { Contexts, Scope, Value, ValueMap } from '../contract.ts'
import { compare, equals, foldCase, isList, isMap, isPrimitive, isTruthy, toNumber, toText } from './coercion.ts'
import { fromJson, toJson } from './json.ts'
import type { Comparison, Expression } from './syntax.ts'

/** Characters and list entries that one template, or one tree of them, may make: GitHub's own limit for a template's result is 10 MiB. */
const greatestOutput = 10 * 1024 * 1024
/** Characters that it may look at while comparing: about a second's work. */
const greatestWork = 256 * 1024 * 1024

/** What an evaluation may still cost. One is shared by all that are evaluated together: a tree has many leaves. */
export class Budget {
  output = greatestOutput
  work = greatestWork

  make(length: number): void {
    this.output -= length
    if (this.output < 0) throw new Error(`the expressions make more than ${greatestOutput} characters`)
    this.look(length)
  }

  look(length: number): void {
    this.work -= length
    if (this.work < 0) throw new Error(`the expressions compare more than ${greatestWork} characters`)
  }
}

/** Thrown when a digest is needed that is not known yet: it is looked up, and the evaluation, which has no effects, starts again. */
export class DigestNeeded extends Error {
  readonly patterns: readonly string[]

  constructor(patterns: readonly string[]) {
    super('digest needed')
    this.patterns = patterns
  }
}

/** What `.*` yields: an index applies to each entry. */
const filtered = new WeakSet<readonly Value[]>()

/** Throws an Error that says what is wrong, or DigestNeeded. `digests`: by the patterns, joined with line feeds. */
export function evaluateExpression(
  expression: Expression,
  scope: Pick<Scope, 'contexts' | 'status'>,
  digests: ReadonlyMap<string, string>,
  budget = new Budget(),
): Value {
  const spend = (length: number): void => budget.make(length)
  return value(expression)

  function value(node: Expression): Value {
    switch (node.kind) {
      case 'literal':
        return node.value
      case 'context':
        return context(scope.contexts, node.name)
      case 'index':
        return index(node)
      case 'filter':
        return filter(value(node.of))
      case 'not':
        return !isTruthy(value(node.of))
      case 'and':
      case 'or': {
        let result: Value = null
        for (const term of node.terms) {
          result = value(term)
          if (isTruthy(result) === (node.kind === 'or')) break
        }
        return result
      }
      case 'compare':
        return holds(node.by, looked(value(node.left)), looked(value(node.right)))
      case 'call':
        return call(node.name, node.arguments)
    }
  }

  function looked(seen: Value): Value {
    budget.look(textLength(seen))
    return seen
  }

  function index(node: Expression & { kind: 'index' }): Value {
    const of = value(node.of)
    const by = value(node.by)
    if (isList(of) && filtered.has(of)) {
      const found = of.flatMap((item) => {
        const one = isPrimitive(item) ? undefined : entry(item, by, false)
        return one === undefined ? [] : [one]
      })
      spend(found.length)
      filtered.add(found)
      return found
    }
    return entry(of, by, node.of.kind === 'context' && node.of.name === 'env') ?? null
  }

  function filter(of: Value): Value {
    let found: Value[] = []
    if (isList(of)) found = filtered.has(of) ? of.flatMap((item) => contents(item)) : [...of]
    else found = contents(of)
    spend(found.length)
    filtered.add(found)
    return found
  }

  function call(name: string, given: readonly Expression[]): Value {
    // The parser has checked how many there are; one that is missing is null.
    const at = (position: number): Value => (given[position] ? value(given[position]) : null)
    switch (name) {
      case 'contains': {
        const [search, item] = [looked(at(0)), looked(at(1))]
        if (isList(search)) {
          // The item is folded for each entry that is text.
          for (const one of search) budget.look(1 + textLength(one) + textLength(item))
        }
        if (isPrimitive(search)) return isPrimitive(item) && foldCase(toText(search)).includes(foldCase(toText(item)))
        return isList(search) && search.some((one) => equals(item, one))
      }
      case 'startswith':
      case 'endswith': {
        const [text, part] = [looked(at(0)), looked(at(1))]
        if (!isPrimitive(text) || !isPrimitive(part)) return false
        const [a, b] = [foldCase(toText(text)), foldCase(toText(part))]
        return name === 'startswith' ? a.startsWith(b) : a.endsWith(b)
      }
      case 'format':
        return format(toText(at(0)), given.length - 1, (position) => toText(at(position + 1)), spend)
      case 'join': {
        const list = at(0)
        if (isPrimitive(list)) return toText(list)
        if (!isList(list)) return ''
        const separator = given.length > 1 ? at(1) : ','
        const glue = isPrimitive(separator) ? toText(separator) : ','
        for (const item of list) spend(toText(item).length + glue.length)
        return list.map((item) => toText(item)).join(glue)
      }
      case 'tojson':
        return toJson(at(0), spend)
      case 'fromjson': {
        const text = toText(at(0))
        spend(text.length)
        return fromJson(text)
      }
      case 'case': {
        for (let position = 0; position + 1 < given.length; position += 2) {
          const predicate = at(position)
          if (typeof predicate !== 'boolean') throw new Error('case: each predicate must be true or false')
          if (predicate) return at(position + 1)
        }
        return at(given.length - 1)
      }
      case 'hashfiles': {
        const patterns = given.map((one) => toText(value(one)))
        const known = digests.get(patterns.join('\n'))
        if (known === undefined) throw new DigestNeeded(patterns)
        return known
      }
      case 'always':
        return true
      case 'success':
        return scope.status?.success(...given.map((one) => toText(value(one)))) ?? true
      case 'failure':
        return scope.status?.failure(...given.map((one) => toText(value(one)))) ?? false
      case 'cancelled':
        return scope.status?.cancelled() ?? false
      default:
        throw new Error(`there is no function '${name}'`)
    }
  }
}

function textLength(value: Value): number {
  return typeof value === 'string' ? value.length : 0
}

function context(contexts: Contexts, name: string): Value {
  const all: Readonly<Record<string, ValueMap | null | undefined>> = contexts
  if (!Object.hasOwn(all, name)) return Object.create(null) as ValueMap
  return all[name] ?? null
}

function contents(of: Value): Value[] {
  if (isList(of)) return [...of]
  return isMap(of) ? Object.values(of) : []
}

function entry(of: Value, by: Value, isCaseSensitive: boolean): Value | undefined {
  if (isList(of)) {
    const at = Math.floor(toNumber(by))
    return at >= 0 && at < of.length ? of[at] : undefined
  }
  if (!isMap(of) || !isPrimitive(by)) return undefined
  const key = toText(by)
  if (Object.hasOwn(of, key)) return of[key]
  if (isCaseSensitive) return undefined
  const folded = foldCase(key)
  const found = Object.keys(of).find((one) => one.length === key.length && foldCase(one) === folded)
  return found === undefined ? undefined : of[found]
}

function holds(by: Comparison, left: Value, right: Value): boolean {
  if (by === '==') return equals(left, right)
  if (by === '!=') return !equals(left, right)
  const order = compare(left, right)
  if (order === undefined) return (by === '<=' || by === '>=') && equals(left, right)
  if (by === '<') return order < 0
  if (by === '<=') return order <= 0
  return by === '>' ? order > 0 : order >= 0
}

/** `{0}` to `{254}`, `{{` and `}}`. */
function format(text: string, count: number, argument: (position: number) => string, spend: (length: number) => void): string {
  let result = ''
  const pieces = /\{\{|\}\}|\{([0-9]+)\}|[{}]/g
  let from = 0
  for (const found of text.matchAll(pieces)) {
    result += text.slice(from, found.index)
    from = found.index + found[0].length
    if (found[0] === '{{' || found[0] === '}}') result += found[0].charAt(0)
    else if (found[1] === undefined) throw new Error(`format: a brace is not closed; write {{ or }} for a brace itself`)
    else {
      if (Number(found[1]) >= count) throw new Error(`format: the text names argument {${found[1]}}, but ${count} are given`)
      const inserted = argument(Number(found[1]))
      spend(inserted.length)
      result += inserted
    }
  }
  spend(text.length)
  return result + text.slice(from)
}
