import { NotFetched } from '../engine/tree.ts'
import { goTypeName, isTruthy } from '../go/kind.ts'
import { GoCallable, type GoFunction, type GoValue, type ParameterType } from '../go/value.ts'
import { reflectValue, validateArgument } from './argument.ts'
import { and, call, or } from './builtins.ts'
import { TemplateLimitError, isStackOverflow } from './limit-error.ts'
import type { TreeNode } from './node.ts'
import { printNode } from './node-text.ts'
import type { Run } from './run.ts'

/** An argument that is evaluated once the parameter's type is known. */
export type Argument = (run: Run, dot: GoValue, type: ParameterType) => GoValue

/**
 * Go's `evalCall`: checks the number of arguments, evaluates them for the parameters' types, calls. `final` is what the pipeline's command
 * before gave, and goes last. `node` is where an error of the function itself is reported.
 */
export function callFunction(
  run: Run,
  dot: GoValue,
  called: GoFunction,
  name: string,
  node: TreeNode,
  args: readonly Argument[],
  hasFinal: boolean,
  final: GoValue,
): GoValue {
  const { parameters } = called
  const count = args.length + (hasFinal ? 1 : 0)
  let fixed = args.length
  if (called.variadic === true) {
    fixed = parameters.length - 1
    if (count < fixed) run.fail(`wrong number of args for ${name}: want at least ${fixed} got ${args.length}`)
  } else if (count !== parameters.length) {
    run.fail(`wrong number of args for ${name}: want ${parameters.length} got ${count}`)
  }
  run.step(1)
  if (called === and || called === or) return shortCircuit(run, dot, called === or, args, hasFinal, final)
  const last = parameters.length - 1
  // The commonest calls without a list of their arguments. The checks above keep every index within the parameters.
  if (count === 1) {
    const only = hasFinal ? validateArgument(run, final, parameters[0]!) : args[0]!(run, dot, parameters[0]!)
    return finish(run, name, node, called, called === call ? [only] : undefined, only, undefined, 1)
  }
  if (count === 2 && called !== call) {
    const first = args[0]!(run, dot, parameters[0]!)
    const type = parameters[last < 1 ? 0 : 1]!
    const second = hasFinal ? validateArgument(run, final, type) : args[1]!(run, dot, type)
    return finish(run, name, node, called, undefined, first, second, 2)
  }
  const values: GoValue[] = []
  for (let index = 0; index < args.length; index += 1) values.push(args[index]!(run, dot, parameters[index < last ? index : last]!))
  if (hasFinal) values.push(validateArgument(run, final, parameters[Math.min(count - 1, last)]!))
  return finish(run, name, node, called, values, undefined, undefined, count)
}

/** Calls with `values`, or with one or two arguments where there are none, and counts what comes of it. */
function finish(
  run: Run,
  name: string,
  node: TreeNode,
  called: GoFunction,
  values: readonly GoValue[] | undefined,
  first: GoValue,
  second: GoValue,
  count: number,
): GoValue {
  try {
    const result =
      values !== undefined
        ? called === call
          ? callValue(run, node, values)
          : called.call(...values)
        : count === 1
          ? called.call(first)
          : called.call(first, second)
    if (typeof result === 'string') {
      if (result.length > run.budget.limits.outputBytes)
        run.failLimit(`result of ${name} is larger than ${run.budget.limits.outputBytes} bytes`)
      run.step(result.length >> 8)
    } else if (Array.isArray(result)) run.step(result.length >> 3)
    return result
  } catch (error) {
    if (error instanceof NotFetched || error instanceof TemplateLimitError || isStackOverflow(error)) throw error
    run.node = node
    return run.fail(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Go's `call`: the first is the function. */
function callValue(run: Run, node: TreeNode, [callee, ...given]: readonly GoValue[]): GoValue {
  if (!(callee instanceof GoCallable)) return call.call(callee, writtenCallee(node, callee))
  const { parameters } = callee.function
  if (given.length !== parameters.length) throw new Error(`wrong number of args: got ${given.length} want ${parameters.length}`)
  return callee.function.call(...given.map((value, index) => validateArgument(run, value, parameters[index] ?? 'any')))
}

/** Go's error about what `call` is given names it as the template writes it. */
function writtenCallee(node: TreeNode, value: GoValue): string {
  const written = node.type === 'command' ? node.args[1] : undefined
  if (written !== undefined) return printNode(written)
  return typeof value === 'string' ? value : `<${goTypeName(value)} Value>`
}

/** `and` and `or` evaluate no more arguments than they need. */
function shortCircuit(run: Run, dot: GoValue, isOr: boolean, args: readonly Argument[], hasFinal: boolean, final: GoValue): GoValue {
  let value: GoValue
  for (const arg of args) {
    value = arg(run, dot, reflectValue)
    if (isTruthy(value) === isOr) return value
  }
  return hasFinal ? final : value
}
