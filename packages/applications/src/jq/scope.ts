import type { Run } from './frame.ts'

/** The names that are visible where a piece of a program stands. The innermost comes first. */
export interface Scope {
  parent: Scope | undefined
  /** How many of the outer names take a place in a frame: all but functions. */
  depth: number
  entry: ScopeEntry
}

export type ScopeEntry =
  | { kind: 'variable' | 'label' | 'parameter'; name: string }
  | { kind: 'function'; name: string; arity: number; definition: Definition }

export interface Definition {
  parameters: string[]
  /** Set once the body is compiled; it may call itself. */
  run: Run
  /** Depth of the scope in which it stands. */
  depth: number
}

export function depthOf(scope: Scope | undefined): number {
  if (!scope) return 0
  return scope.entry.kind === 'function' ? scope.depth : scope.depth + 1
}

export function withEntry(parent: Scope | undefined, entry: ScopeEntry): Scope {
  return { parent, depth: depthOf(parent), entry }
}

/** How many frames out the innermost variable or label of this name is; undefined when there is none. */
export function distanceTo(scope: Scope | undefined, kind: 'variable' | 'label', name: string): number | undefined {
  for (let at = scope; at; at = at.parent) {
    if (at.entry.kind === kind && at.entry.name === name) return depthOf(scope) - at.depth - 1
  }
  return undefined
}

export type Callee = { kind: 'parameter'; distance: number } | { kind: 'function'; definition: Definition; distance: number }

export function findCallee(scope: Scope | undefined, name: string, arity: number): Callee | undefined {
  for (let at = scope; at; at = at.parent) {
    const { entry } = at
    if (entry.name !== name) continue
    if (entry.kind === 'parameter' && arity === 0) return { kind: 'parameter', distance: depthOf(scope) - at.depth - 1 }
    if (entry.kind === 'function' && entry.arity === arity)
      return { kind: 'function', definition: entry.definition, distance: depthOf(scope) - entry.definition.depth }
  }
  return undefined
}
