import { JqError } from '../error.ts'
import { checkIntact, type Emit, type Run } from '../frame.ts'
import { getPath, pathOf, sliceOf, stepInto } from '../paths.ts'
import type { Scope } from '../scope.ts'
import type { Step } from '../syntax.ts'
import { isMap, type JqValue, newMap, preview, sortedNames } from '../value.ts'
import type { Compiling } from './compiling.ts'

export function compileRecurse(compiling: Compiling): Run {
  const walk: Run = (input, path, frame, emit) => {
    compiling.machine.step()
    emit(input, path)
    if (input === null || typeof input !== 'object') return
    checkIntact(path, input)
    if (Array.isArray(input)) {
      for (const [index, item] of input.entries()) walk(item, path && { parent: path, key: index, value: item }, frame, emit)
    } else {
      for (const name of sortedNames(input)) {
        const member = input[name] as JqValue
        walk(member, path && { parent: path, key: name, value: member }, frame, emit)
      }
    }
  }
  return walk
}

export function compileStep(compiling: Compiling, node: Step, scope: Scope | undefined): Run {
  const of = compiling.compile(node.of, scope)
  if (node.kind === 'iterate') {
    return (input, path, frame, emit) =>
      of(input, path, frame, (value, reached) => {
        if (value === null || typeof value !== 'object') {
          if (node.isOptional) return
          throw new JqError(`cannot iterate over: ${preview(value)}`)
        }
        if (!checkedIntact(reached, value, node)) return
        if (Array.isArray(value)) {
          for (const [index, item] of value.entries()) {
            compiling.machine.step()
            emit(item, reached && { parent: reached, key: index, value: item })
          }
          return
        }
        for (const name of sortedNames(value)) {
          compiling.machine.step()
          const member = value[name] as JqValue
          emit(member, reached && { parent: reached, key: name, value: member })
        }
      })
  }
  const step = (input: JqValue, path: Parameters<Run>[1], frame: Parameters<Run>[2], key: JqValue, emit: Emit): void =>
    of(input, path, frame, (value, reached) => {
      let found: JqValue
      try {
        found = node.kind === 'slice' && isMap(key) ? sliceOf(value, key.start ?? null, key.end ?? null) : stepInto(value, key)
        checkIntact(reached, value)
      } catch (error) {
        if (node.isOptional && error instanceof JqError) return
        throw error
      }
      emit(found, reached && { parent: reached, key, value: found })
    })
  if (node.kind === 'field') return (input, path, frame, emit) => step(input, path, frame, node.name, emit)
  if (node.kind === 'index') {
    const index = compiling.compile(node.index, scope)
    return (input, path, frame, emit) => index(input, undefined, frame, (key) => step(input, path, frame, key, emit))
  }
  const nothing: Run = (_input, path, _frame, emit) => emit(null, path)
  const from = node.from ? compiling.compile(node.from, scope) : nothing
  const to = node.to ? compiling.compile(node.to, scope) : nothing
  return (input, path, frame, emit) =>
    from(input, undefined, frame, (start) =>
      to(input, undefined, frame, (end) => {
        const key = newMap()
        key.start = start
        key.end = end
        step(input, path, frame, key, emit)
      }),
    )
}

/** False: the step is forgiven. */
function checkedIntact(path: Parameters<Run>[1], value: JqValue, { isOptional }: Step): boolean {
  try {
    checkIntact(path, value)
    return true
  } catch (error) {
    if (isOptional && error instanceof JqError) return false
    throw error
  }
}

export function compileGetPath(compiling: Compiling, run: Run): Run {
  return (input, path, frame, emit) =>
    run(input, undefined, frame, (keys) => {
      const value = getPath(input, keys)
      checkIntact(path, input)
      let reached = path
      if (reached) for (const key of pathOf(keys)) reached = { parent: reached, key, value }
      emit(value, reached)
    })
}
