import { JqError } from '../error.ts'
import type { Run } from '../frame.ts'
import { bindPattern, variablesOf } from '../pattern.ts'
import { type Scope, withEntry } from '../scope.ts'
import type { Pattern } from '../syntax.ts'
import type { Compiling, NodeOf } from './compiling.ts'

export function compileFold(compiling: Compiling, node: NodeOf<'reduce' | 'foreach'>, scope: Scope | undefined): Run {
  const [start, source] = [compiling.compile(node.start, scope), compiling.compile(node.source, scope)]
  const { bind, inner } = compilePatterns(compiling, [node.pattern], scope)
  const update = compiling.compile(node.update, inner)
  const extract = node.kind === 'foreach' ? compiling.compile(node.extract ?? { kind: 'identity' }, inner) : undefined
  return (input, path, frame, emit) =>
    start(input, path, frame, (first, begun) => {
      let state = first
      source(input, begun, frame, (item, reached) => {
        compiling.machine.step()
        bind(0, item, input, frame, (bound) =>
          update(state, reached, bound, (next, changed) => {
            state = next
            extract?.(next, changed, bound, emit)
          }),
        )
      })
      if (!extract) emit(state, begun)
    })
}

export function compileBind(compiling: Compiling, node: NodeOf<'bind'>, scope: Scope | undefined): Run {
  const source = compiling.compile(node.source, scope)
  const { bind, inner } = compilePatterns(compiling, node.patterns, scope)
  const body = compiling.compile(node.body, inner)
  const last = node.patterns.length - 1
  return (input, path, frame, emit) =>
    source(input, undefined, frame, (value) => {
      for (let at = 0; at <= last; at++) {
        try {
          return bind(at, value, input, frame, (bound) => body(input, path, bound, emit))
        } catch (error) {
          // `?//`: where one pattern, or what is done with it, fails, the next has its turn.
          if (at === last || !(error instanceof JqError)) throw error
        }
      }
    })
}

/** All patterns bind all names of all of them, so that the body finds each at the same place. */
function compilePatterns(
  compiling: Compiling,
  patterns: readonly Pattern[],
  scope: Scope | undefined,
): ReturnType<typeof bindPattern> & { inner: Scope | undefined } {
  const names = [...new Set(patterns.flatMap(variablesOf))]
  const inner = names.reduce<Scope | undefined>((outer, name) => withEntry(outer, { kind: 'variable', name }), scope)
  return { ...bindPattern(patterns, names, (key, known) => compiling.compile(key, known), scope), inner }
}
