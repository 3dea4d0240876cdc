import type { Position, Template } from './contract.ts'
import { unavailableNames, type Availability } from './expression/availability.ts'
import { parseExpression } from './expression/parse.ts'
import type { Expression } from './expression/syntax.ts'
import { ExpressionProblem } from './expression/tokens.ts'

/** What stands between `${{` and `}}`, and where in the text. */
interface Segment {
  readonly text: string
  readonly offset: number
}

/** Splits text at `${{ … }}`. A `}}` inside a string of an expression does not close it. Throws an ExpressionProblem. */
export function splitTemplate(text: string): (string | Segment)[] {
  const parts: (string | Segment)[] = []
  let from = 0
  for (;;) {
    const open = text.indexOf('${{', from)
    if (open < 0) {
      if (from < text.length) parts.push(text.slice(from))
      return parts
    }
    if (open > from) parts.push(text.slice(from, open))
    const close = closing(text, open + 3)
    if (close < 0) throw new ExpressionProblem("'${{' is not closed: '}}' is missing", open)
    parts.push({ text: text.slice(open + 3, close), offset: open + 3 })
    from = close + 2
  }
}

function closing(text: string, from: number): number {
  let isInString = false
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") isInString = !isInString
    else if (!isInString && text.startsWith('}}', at)) return at
  }
  return -1
}

/** A template and what is wrong with it, by offset in `text`. Positions of its expressions count from the start of the text. */
export function compileTemplate(
  text: string,
  literal: Template['literal'],
  at: Position,
  here: Availability,
  place: (offset: number) => Position = () => at,
): { template?: Template; problems: ExpressionProblem[] } {
  const plain: Template = { source: text, literal, parts: [], places: [], isWhole: false, line: at.line, column: at.column }
  if (typeof literal !== 'string' || !text.includes('${{')) return { template: plain, problems: [] }
  const problems: ExpressionProblem[] = []
  const parts: (string | Expression)[] = []
  const places: (Position & { offset: number })[] = []
  let offset = 0
  try {
    for (const part of splitTemplate(text)) {
      if (typeof part === 'string') {
        parts.push(part)
        places.push({ line: at.line, column: at.column, offset })
        offset += part.length
        continue
      }
      // The brace before it is asked for: of a blank, the place is that of what follows.
      const brace = place(part.offset - 1)
      places.push({ line: brace.line, column: brace.column + 1, offset: part.offset })
      offset = part.offset + part.text.length + 2
      try {
        parts.push(compileExpression(part.text, part.offset, here, problems))
      } catch (error) {
        if (!(error instanceof ExpressionProblem)) throw error
        problems.push(error)
      }
    }
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error
    problems.push(error)
  }
  if (problems.length > 0) return { problems }
  const isWhole = parts.length === 1 && typeof parts[0] !== 'string'
  return { template: { ...plain, parts, places, isWhole }, problems }
}

/** The expression, its offsets moved by `offset`. Names that are not there go to `problems`; throws an ExpressionProblem for bad syntax. */
export function compileExpression(text: string, offset: number, here: Availability, problems: ExpressionProblem[]): Expression {
  if (text.trim() === '') throw new ExpressionProblem('an expression is missing between ${{ and }}', offset)
  let expression: Expression
  try {
    expression = parseExpression(text)
  } catch (error) {
    if (error instanceof ExpressionProblem) throw new ExpressionProblem(error.message, error.offset + offset)
    throw error
  }
  for (const problem of unavailableNames(expression, here)) {
    problems.push(new ExpressionProblem(problem.message, problem.offset + offset))
  }
  return moved(expression, offset)
}

function moved(node: Expression, by: number): Expression {
  const offset = node.offset + by
  switch (node.kind) {
    case 'index':
      return { ...node, offset, of: moved(node.of, by), by: moved(node.by, by) }
    case 'filter':
    case 'not':
      return { ...node, offset, of: moved(node.of, by) }
    case 'and':
    case 'or':
      return { ...node, offset, terms: node.terms.map((term) => moved(term, by)) }
    case 'compare':
      return { ...node, offset, left: moved(node.left, by), right: moved(node.right, by) }
    case 'call':
      return { ...node, offset, arguments: node.arguments.map((one) => moved(one, by)) }
    default:
      return { ...node, offset }
  }
}
