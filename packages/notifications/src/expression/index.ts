/**
 * Expressions of triggers: the part of expr-lang (github.com/expr-lang/expr, 1.17) that conditions about an application need. They run in this thread: each
 * has a number of steps, texts and ranges have a length, patterns take linear time, and nothing of JavaScript can be reached.
 */
export { evaluate } from './evaluate.ts'
export { parseExpression } from './parser.ts'
export type { Node } from './syntax.ts'
export { durationMs } from './builtins.ts'
export { ExpressionError } from './token.ts'
export { type Callable, Duration, isMap, type MapValue, parseTime, printed, textOf, Time, type Value } from './values.ts'
