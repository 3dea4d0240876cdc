import { Break, checkIntact, type Emit, keysOf, rootPath, type Run } from '../frame.ts'
import { operate } from '../operators.ts'
import { deletePaths, getPath, setPath } from '../paths.ts'
import type { Scope } from '../scope.ts'
import { isTruthy, type JqValue, newMap } from '../value.ts'
import type { Compiling, NodeOf } from './compiling.ts'

export function compileAssignment(compiling: Compiling, node: NodeOf<'assign' | 'modify' | 'update'>, scope: Scope | undefined): Run {
  const target = compiling.compile(node.target, scope)
  const pathsOf = (input: JqValue, frame: Parameters<Run>[2], visit: (keys: JqValue[]) => void): void =>
    target(input, rootPath(input), frame, (value, reached) => {
      checkIntact(reached, value)
      if (reached) visit(keysOf(reached))
    })
  if (node.kind === 'assign') {
    const to = compiling.compile(node.value, scope)
    return (input, path, frame, emit) =>
      to(input, undefined, frame, (value) => {
        let changed = input
        pathsOf(input, frame, (keys) => {
          compiling.machine.step()
          changed = setPath(changed, keys, value)
        })
        emit(changed, path)
      })
  }
  if (node.kind === 'modify') {
    const by = compiling.compile(node.by, scope)
    return (input, path, frame, emit) =>
      emit(
        modified(
          compiling,
          input,
          (visit) => pathsOf(input, frame, visit),
          (old, give) => by(old, undefined, frame, give),
        ),
        path,
      )
  }
  const other = compiling.compile(node.value, scope)
  const { operator } = node
  return (input, path, frame, emit) =>
    other(input, undefined, frame, (b) => {
      const combined = (a: JqValue): JqValue => (operator === '//' ? (isTruthy(a) ? a : b) : operate(operator, a, b))
      emit(
        modified(
          compiling,
          input,
          (visit) => pathsOf(input, frame, visit),
          (a, give) => give(combined(a), undefined),
        ),
        path,
      )
    })
}

/** `|=`: the first output counts; where there is none, what was there goes. */
function modified(
  compiling: Compiling,
  input: JqValue,
  eachPath: (visit: (keys: JqValue[]) => void) => void,
  by: (old: JqValue, give: Emit) => void,
): JqValue {
  let changed = input
  const dropped: JqValue[] = []
  eachPath((keys) => {
    compiling.machine.step()
    const first = newMap()
    try {
      by(getPath(changed, keys), (value) => {
        changed = setPath(changed, keys, value)
        throw new Break(first)
      })
      compiling.machine.collect(dropped, keys)
    } catch (error) {
      if (!(error instanceof Break) || error.label !== first) throw error
    }
  })
  return deletePaths(changed, dropped)
}
