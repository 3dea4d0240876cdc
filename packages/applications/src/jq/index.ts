/**
 * jq: a whole implementation of the language, as Argo CD runs it (itchyny/gojq 0.12), for `jqPathExpressions`.
 *
 * Terminology
 * - program: a text that was read and understood. - output: one of the values that a program makes of its input; there may be none or many.
 * - path: the keys that lead from the input to a value. - machine: what ends a program that goes on for too long.
 */
import { compileProgram } from './compile/compile.ts'
import { JqStopped, JqSyntaxError } from './error.ts'
import { Break, type Run } from './frame.ts'
import { Machine } from './machine.ts'
import { parseJq } from './parser.ts'
import type { Node } from './syntax.ts'
import type { JqValue } from './value.ts'

export { JqError, JqStopped, JqSyntaxError } from './error.ts'
export { parseJq } from './parser.ts'
export type { Node } from './syntax.ts'
export { compare as compareJqValues, isMap, type JqObject, type JqValue, jsonText } from './value.ts'

export interface JqProgram {
  /** Says its outputs, one by one, until `visit` answers false. Throws `JqError`, and `JqStopped` when it goes on for longer than `timeoutMs`. */
  run(input: JqValue, timeoutMs: number, visit: (output: JqValue) => boolean): void
}

/** Throws `JqSyntaxError` also for names that are not defined. */
export function compileJq(program: string | Node): JqProgram {
  const machine = new Machine()
  const compiled = compiledBy(machine, program)
  return {
    run(input, timeoutMs, visit) {
      machine.start(timeoutMs)
      runOnce(compiled, input, visit)
    },
  }
}

function compiledBy(machine: Machine, program: string | Node): Run {
  try {
    return compileProgram(machine, typeof program === 'string' ? parseJq(program) : program)
  } catch (error) {
    // Thousands of `+` in a row are as deep as brackets.
    if (error instanceof RangeError) throw new JqSyntaxError('the expression is nested too deeply', 0)
    throw error
  }
}

function runOnce(compiled: Run, input: JqValue, visit: (output: JqValue) => boolean): void {
  const enough = {}
  try {
    compiled(input, undefined, undefined, (output) => {
      if (!visit(output)) throw new Break(enough)
    })
  } catch (error) {
    if (error instanceof Break && error.label === enough) return
    // The stack is what recursion without end meets first.
    if (error instanceof RangeError) throw new JqStopped('it is nested too deeply')
    throw error
  }
}
