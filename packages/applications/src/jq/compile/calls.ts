import { nativeFunctions } from '../builtins/native-functions.ts'
import { JqError, JqSyntaxError } from '../error.ts'
import { checkIntact, keysOf, outerFrame, rootPath, type Run, withProgram, withValue } from '../frame.ts'
import { preludeFunction, preludeNames } from '../prelude.ts'
import { type Definition, depthOf, distanceTo, findCallee, type Scope, withEntry } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { type JqValue, newMap, preview } from '../value.ts'
import type { Compiling, NodeOf } from './compiling.ts'
import { compileGetPath } from './steps.ts'

export function compileDefinition(compiling: Compiling, node: NodeOf<'define'>, scope: Scope | undefined): Run {
  return compiling.compile(node.rest, withEntry(scope, functionEntry(compiling, node, scope)))
}

function functionEntry(
  compiling: Compiling,
  node: Pick<NodeOf<'define'>, 'name' | 'parameters' | 'body'>,
  scope: Scope | undefined,
): Scope['entry'] & { kind: 'function' } {
  const { name, parameters } = node
  const definition: Definition = { parameters, run: () => undefined, depth: depthOf(scope) }
  const entry = { kind: 'function' as const, name, arity: parameters.length, definition }
  let inner = withEntry(scope, entry)
  for (const parameter of parameters) inner = withEntry(inner, { kind: 'parameter', name: parameter.replace(/^\$/, '') })
  for (const parameter of parameters) if (parameter.startsWith('$')) inner = withEntry(inner, { kind: 'variable', name: parameter })
  definition.run = compiling.compile(node.body, inner)
  return entry
}

export function compileVariable({ name, at }: NodeOf<'variable'>, scope: Scope | undefined): Run {
  const distance = distanceTo(scope, 'variable', name)
  if (distance !== undefined) return (_input, path, frame, emit) => emit(outerFrame(frame, distance)?.value ?? null, path)
  // What the server's environment holds is nobody's business here.
  if (name === '$ENV') return (_input, path, _frame, emit) => emit(newMap(), path)
  throw new JqSyntaxError(`the variable ${name} is not defined`, at)
}

export function compileCall(compiling: Compiling, node: NodeOf<'call'>, scope: Scope | undefined): Run {
  const { name, args } = node
  const callee = findCallee(scope, name, args.length)
  if (callee?.kind === 'parameter') {
    return (input, path, frame, emit) => {
      compiling.machine.step()
      const parameter = outerFrame(frame, callee.distance)
      parameter?.run?.(input, path, parameter.frame, emit)
    }
  }
  if (callee) return invoke(compiling, callee.definition, callee.distance, args, scope)
  const special = specialForm(compiling, node, scope)
  if (special) return special
  const native = nativeFunctions.get(`${name}/${args.length}`)
  if (native) {
    const runs = args.map((arg) => compiling.compile(arg, scope))
    return (input, path, frame, emit) => {
      // The last argument is the outermost loop.
      const collect = (at: number, values: readonly JqValue[]): void => {
        compiling.machine.step()
        const run = runs[at]
        if (run) run(input, undefined, frame, (value) => collect(at - 1, [value, ...values]))
        else emit(native(input, ...values), path)
      }
      collect(runs.length - 1, [])
    }
  }
  const written = fromPrelude(compiling, name, args.length)
  if (written) return invoke(compiling, written, depthOf(scope), args, scope)
  throw new JqSyntaxError(`the function ${name}/${args.length} is not defined`, node.at)
}

function fromPrelude(compiling: Compiling, name: string, arity: number): Definition | undefined {
  const id = `${name}/${arity}`
  const known = compiling.prelude.get(id)
  if (known) return known
  const written = preludeFunction(id)
  if (!written) return undefined
  // Known before it is compiled, because it may call itself through another.
  const pending: Definition = { parameters: written.parameters, run: () => undefined, depth: 0 }
  compiling.prelude.set(id, pending)
  pending.run = functionEntry(compiling, written, undefined).definition.run
  return pending
}

function invoke(compiling: Compiling, definition: Definition, distance: number, args: readonly Node[], scope: Scope | undefined): Run {
  const runs = args.map((arg) => compiling.compile(arg, scope))
  const values = definition.parameters.flatMap((parameter, index) => (parameter.startsWith('$') ? [runs[index] as Run] : []))
  return (input, path, frame, emit) => {
    compiling.machine.step()
    let bound = outerFrame(frame, distance)
    for (const run of runs) bound = withProgram(bound, run, frame)
    if (values.length === 0) return definition.run(input, path, bound, emit)
    const bind = (at: number, inner: typeof bound): void => {
      const run = values[at]
      if (run) run(input, undefined, frame, (value) => bind(at + 1, withValue(inner, value)))
      else definition.run(input, path, inner, emit)
    }
    bind(0, bound)
  }
}

/** What looks at its arguments as programs, or at how its input was reached. */
function specialForm(compiling: Compiling, { name, args, at }: NodeOf<'call'>, scope: Scope | undefined): Run | undefined {
  const [arg] = args
  switch (`${name}/${args.length}`) {
    case 'empty/0':
      return () => undefined
    case 'error/0':
    case 'error/1': {
      const value = compiling.compile(arg ?? { kind: 'identity' }, scope)
      return (input, _path, frame) =>
        value(input, undefined, frame, (thrown) => {
          throw new JqError(typeof thrown === 'string' ? thrown : preview(thrown), thrown)
        })
    }
    case 'path/1': {
      const run = compiling.compile(arg as Node, scope)
      return (input, path, frame, emit) =>
        run(input, rootPath(input), frame, (value, reached) => {
          checkIntact(reached, value)
          emit(reached ? keysOf(reached) : [], path)
        })
    }
    case 'getpath/1':
      return compileGetPath(compiling, compiling.compile(arg as Node, scope))
    case 'range/1':
    case 'range/2':
    case 'range/3':
      return compileRange(
        compiling,
        args.map((one) => compiling.compile(one, scope)),
      )
    case 'env/0':
      return (_input, path, _frame, emit) => emit(newMap(), path)
    case 'input/0':
    case 'inputs/0':
      throw new JqSyntaxError(`${name} has nothing to read here: there is one object at a time`, at)
    case 'builtins/0':
      return (_input, path, _frame, emit) => emit([...nativeFunctions.keys(), ...preludeNames()], path)
    default:
      return undefined
  }
}

function compileRange({ machine }: Compiling, runs: readonly Run[]): Run {
  const constant =
    (value: number): Run =>
    (_input, path, _frame, emit) =>
      emit(value, path)
  const [from, to, by] = runs.length === 1 ? [constant(0), runs[0], constant(1)] : [runs[0], runs[1], runs[2] ?? constant(1)]
  return (input, path, frame, emit) =>
    from?.(input, undefined, frame, (start) =>
      to?.(input, undefined, frame, (end) =>
        by(input, undefined, frame, (step) => {
          if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number')
            throw new JqError(
              `range needs numbers but got: ${preview([start, end, step].find((value) => typeof value !== 'number') ?? null)}`,
            )
          for (let value = start; step > 0 ? value < end : step < 0 && value > end; value += step) {
            machine.step()
            emit(value, path)
          }
        }),
      ),
    )
}
