import { JqError } from '../error.ts'
import type { Run } from '../frame.ts'
import type { Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { type JqValue, newMap, preview } from '../value.ts'
import type { Compiling, NodeOf } from './compiling.ts'

/** Parts are put together by `+`, so that each output of each part makes a text. */
export function compileText(compiling: Compiling, { parts, format }: NodeOf<'text'>, scope: Scope | undefined): Run {
  const whole = parts
    .map((part): Node => (part.kind === 'literal' ? part : { kind: 'pipe', left: part, right: { kind: 'format', name: format ?? 'text' } }))
    .reduce((left, right) => ({ kind: 'operator', operator: '+', left, right }))
  return compiling.compile(whole, scope)
}

export function compileList(compiling: Compiling, { items }: NodeOf<'list'>, scope: Scope | undefined): Run {
  const run = items && compiling.compile(items, scope)
  return (input, path, frame, emit) => {
    const list: JqValue[] = []
    run?.(input, undefined, frame, (item) => compiling.machine.collect(list, item))
    emit(list, path)
  }
}

export function compileMap(compiling: Compiling, { members }: NodeOf<'map'>, scope: Scope | undefined): Run {
  const runs = members.map(({ key, value }) => ({ key: compiling.compile(key, scope), value: compiling.compile(value, scope) }))
  return (input, path, frame, emit) => {
    const fill = (at: number, made: readonly [JqValue, JqValue][]): void => {
      const member = runs[at]
      if (!member) return emit(mapOf(made), path)
      member.key(input, undefined, frame, (name) =>
        member.value(input, undefined, frame, (value) => {
          compiling.machine.step()
          fill(at + 1, [...made, [name, value]])
        }),
      )
    }
    fill(0, [])
  }
}

export function compileSign(compiling: Compiling, { kind, operand }: NodeOf<'negate' | 'plus'>, scope: Scope | undefined): Run {
  const run = compiling.compile(operand, scope)
  return (input, path, frame, emit) =>
    run(input, undefined, frame, (value) => {
      if (typeof value !== 'number') throw new JqError(`cannot ${kind}: ${preview(value)}`)
      emit(kind === 'negate' ? -value : value, path)
    })
}

function mapOf(members: readonly [JqValue, JqValue][]): JqValue {
  const map = newMap()
  for (const [name, value] of members) {
    if (typeof name !== 'string') throw new JqError(`expected a string for an object key but got: ${preview(name)}`)
    map[name] = value
  }
  return map
}
