import { JqError, JqSyntaxError } from '../error.ts'
import { Break, Downstream, outerFrame, type Run, withValue } from '../frame.ts'
import { distanceTo, type Scope, withEntry } from '../scope.ts'
import { isTruthy, type JqValue, newMap } from '../value.ts'
import type { Compiling, NodeOf } from './compiling.ts'

export function compileAlternative(compiling: Compiling, node: NodeOf<'alternative'>, scope: Scope | undefined): Run {
  const [left, right] = [compiling.compile(node.left, scope), compiling.compile(node.right, scope)]
  return (input, path, frame, emit) => {
    let hasFound = false
    left(input, path, frame, (value, reached) => {
      if (!isTruthy(value)) return
      hasFound = true
      emit(value, reached)
    })
    if (!hasFound) right(input, path, frame, emit)
  }
}

export function compileConnective(compiling: Compiling, node: NodeOf<'and' | 'or'>, scope: Scope | undefined): Run {
  const [left, right] = [compiling.compile(node.left, scope), compiling.compile(node.right, scope)]
  const decides = node.kind === 'or'
  return (input, path, frame, emit) =>
    left(input, undefined, frame, (a) => {
      if (isTruthy(a) === decides) emit(decides, path)
      else right(input, undefined, frame, (b) => emit(isTruthy(b), path))
    })
}

export function compileCondition(compiling: Compiling, { branches, otherwise }: NodeOf<'if'>, scope: Scope | undefined): Run {
  return branches.reduceRight<Run>(
    (rest, branch) => {
      const [condition, body] = [compiling.compile(branch.condition, scope), compiling.compile(branch.body, scope)]
      return (input, path, frame, emit) =>
        condition(input, undefined, frame, (holds) => (isTruthy(holds) ? body : rest)(input, path, frame, emit))
    },
    compiling.compile(otherwise ?? { kind: 'identity' }, scope),
  )
}

export function compileTry(compiling: Compiling, node: NodeOf<'try'>, scope: Scope | undefined): Run {
  const body = compiling.compile(node.body, scope)
  const handler = node.handler && compiling.compile(node.handler, scope)
  return (input, path, frame, emit) => {
    let caught: JqError
    try {
      return body(input, path, frame, (value, reached) => {
        try {
          emit(value, reached)
        } catch (error) {
          throw new Downstream(error)
        }
      })
    } catch (error) {
      if (error instanceof Downstream) throw error.thrown
      if (!(error instanceof JqError)) throw error
      caught = error
    }
    handler?.(caught.thrown as JqValue, path, frame, emit)
  }
}

export function compileLabel(compiling: Compiling, node: NodeOf<'label'>, scope: Scope | undefined): Run {
  const body = compiling.compile(node.body, withEntry(scope, { kind: 'label', name: node.name }))
  return (input, path, frame, emit) => {
    const label = newMap()
    try {
      body(input, path, withValue(frame, label), emit)
    } catch (error) {
      if (!(error instanceof Break) || error.label !== label) throw error
    }
  }
}

export function compileBreak({ name, at }: NodeOf<'break'>, scope: Scope | undefined): Run {
  const distance = distanceTo(scope, 'label', name)
  if (distance === undefined) throw new JqSyntaxError(`the label ${name} is not defined`, at)
  return (_input, _path, frame) => {
    throw new Break(outerFrame(frame, distance)?.value as object)
  }
}
