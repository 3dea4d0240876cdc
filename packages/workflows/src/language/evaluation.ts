import type { Condition, Position, Scope, Template, TemplateTree, Value } from './contract.ts'
import { availability } from './expression/availability.ts'
import { isMap, isPrimitive, isTruthy, toNumber, toText } from './expression/coercion.ts'
import { Budget, DigestNeeded, evaluateExpression } from './expression/evaluate-expression.ts'
import type { Expression } from './expression/syntax.ts'
import { compileTemplate } from './template.ts'

/** Digests that one evaluation may ask for. */
const mostDigests = 100

/** An expression that could not be evaluated, or whose value does not fit. The message is meant for the log of the run. */
export class ExpressionFailure extends Error {
  override readonly name = 'ExpressionFailure'
  readonly line: number
  readonly column: number

  constructor(message: string, at: Position) {
    super(message)
    this.line = at.line
    this.column = at.column
  }
}

/** The typed value of a template that is one expression, the text of any other, the literal of one without. */
export async function evaluate(template: Template, scope: Scope): Promise<Value> {
  return evaluateWithin(template, scope, new Budget())
}

async function evaluateWithin(template: Template, scope: Scope, budget: Budget): Promise<Value> {
  if (template.parts.length === 0) return template.literal
  const digests = new Map<string, string>()
  if (template.isWhole) return evaluatePart(template.parts[0] as Expression, template, scope, digests, budget)
  let text = ''
  for (const part of template.parts) {
    const piece = typeof part === 'string' ? part : toText(await evaluatePart(part, template, scope, digests, budget))
    try {
      budget.make(piece.length)
    } catch (error) {
      throw new ExpressionFailure((error as Error).message, template)
    }
    text += piece
  }
  return text
}

export async function interpolate(template: Template, scope: Scope): Promise<string> {
  return interpolateWithin(template, scope, new Budget())
}

async function interpolateWithin(template: Template, scope: Scope, budget: Budget): Promise<string> {
  const value = await evaluateWithin(template, scope, budget)
  if (!isPrimitive(value))
    throw new ExpressionFailure(
      `${shown(template)}: text was expected, but its value is a ${kind(value)}; toJSON makes text of it`,
      template,
    )
  return toText(value)
}

export async function evaluateTree(tree: TemplateTree, scope: Scope): Promise<Value> {
  return evaluateTreeWithin(tree, scope, new Budget())
}

async function evaluateTreeWithin(tree: TemplateTree, scope: Scope, budget: Budget): Promise<Value> {
  if ('items' in tree) {
    const list: Value[] = []
    for (const item of tree.items) list.push(await evaluateTreeWithin(item, scope, budget))
    return list
  }
  if ('entries' in tree) {
    const map: Record<string, Value> = Object.create(null)
    for (const [key, value] of tree.entries) map[key] = await evaluateTreeWithin(value, scope, budget)
    for (const { key, value } of tree.computed ?? [])
      map[await interpolateWithin(key, scope, budget)] = await evaluateTreeWithin(value, scope, budget)
    return map
  }
  return evaluateWithin(tree, scope, budget)
}

/** A map of texts. A value that is a list or a map fails. */
export async function evaluateStrings(
  tree: TemplateTree | ReadonlyMap<string, Template> | undefined,
  scope: Scope,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  if (!tree) return texts
  if (tree instanceof Map) {
    const budget = new Budget()
    for (const [key, template] of tree as ReadonlyMap<string, Template>) texts.set(key, await interpolateWithin(template, scope, budget))
    return texts
  }
  const node = tree as TemplateTree
  const value = await evaluateTree(node, scope)
  if (value === null || value === '') return texts
  if (!isMap(value)) throw new ExpressionFailure(`a map of texts was expected, not a ${kind(value)}`, node)
  for (const [key, item] of Object.entries(value)) {
    if (!isPrimitive(item)) throw new ExpressionFailure(`'${key}': text was expected, but its value is a ${kind(item)}`, node)
    texts.set(key, toText(item))
  }
  return texts
}

export async function evaluateBoolean(template: Template | undefined, scope: Scope, otherwise: boolean): Promise<boolean> {
  if (!template) return otherwise
  const value = await evaluate(template, scope)
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  if (value === null || value === '') return otherwise
  throw new ExpressionFailure(`${shown(template)}: true or false was expected, not ${article(kind(value))}`, template)
}

export async function evaluateNumber<T extends number | undefined>(
  template: Template | undefined,
  scope: Scope,
  otherwise: T,
): Promise<number | T> {
  if (!template) return otherwise
  const value = await evaluate(template, scope)
  if (value === null || value === '') return otherwise
  const number = typeof value === 'boolean' ? Number.NaN : toNumber(value)
  if (!Number.isFinite(number))
    throw new ExpressionFailure(`${shown(template)}: a number was expected, not ${article(kind(value))}`, template)
  return number
}

export async function evaluateCondition(condition: Condition | undefined, scope: Scope): Promise<boolean> {
  const holdsSoFar = condition?.hasStatusFunction || (scope.status?.success() ?? true)
  if (!condition || !holdsSoFar) return holdsSoFar
  const place = { source: condition.source, line: condition.line, column: condition.column }
  return isTruthy(await evaluatePart(condition.expression, place, scope, new Map(), new Budget()))
}

/** Of text that is in no file: every context and function is available. */
export function parseTemplate(text: string): Template | { problem: string } {
  const { template, problems } = compileTemplate(text, text, { line: 1, column: 1 }, availability.everything)
  return template ?? { problem: problems[0]?.message ?? 'not a template' }
}

async function evaluatePart(
  expression: Expression,
  place: Position & { source: string },
  scope: Scope,
  digests: Map<string, string>,
  budget: Budget,
): Promise<Value> {
  for (;;) {
    try {
      return evaluateExpression(expression, scope, digests, budget)
    } catch (error) {
      if (error instanceof DigestNeeded) {
        if (digests.size >= mostDigests) throw new ExpressionFailure(`more than ${mostDigests} calls of hashFiles`, place)
        if (!scope.hashFiles) throw new ExpressionFailure('hashFiles cannot be used here: there is no workspace', place)
        digests.set(error.patterns.join('\n'), await scope.hashFiles(error.patterns))
        continue
      }
      throw new ExpressionFailure(`${shown(place)}: ${(error as Error).message}`, place)
    }
  }
}

function kind(value: Value): string {
  return Array.isArray(value) ? 'list' : isMap(value) ? 'map' : typeof value
}

/** Values are not shown: one may be a secret. */
function article(kind: string): string {
  return kind === 'string' ? 'other text' : `a ${kind}`
}

function shown(template: { source: string }): string {
  const line = template.source.trim().split('\n', 1)[0] ?? ''
  return line.length > 80 ? `${line.slice(0, 80)}…` : line
}
