import type { Run } from '../frame.ts'
import type { Machine } from '../machine.ts'
import type { Definition, Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'

/** What turning a program into functions works with. */
export interface Compiling {
  machine: Machine
  /** Functions of the language that were used already. */
  prelude: Map<string, Definition>
  /** What is not known is said here, before anything runs: `JqSyntaxError`. */
  compile(node: Node, scope: Scope | undefined): Run
}

export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>
