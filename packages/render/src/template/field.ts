import { goTypeName, zeroValue } from '../go/kind.ts'
import { jsonNumberMethod } from '../go/json-number.ts'
import { namedIntMethod } from '../go/named-int.ts'
import type { GoFunction, GoValue } from '../go/value.ts'
import { GoInt, GoStruct, JsonNumber, TypedList, TypedMap } from '../go/value.ts'
import { WatchedRoot } from '../go/watched-map.ts'
import { type Argument, callFunction } from './call.ts'
import type { TreeNode } from './node.ts'
import type { Run } from './run.ts'

const noArguments: readonly Argument[] = []

/** A chain of fields `.A.B.C` on a receiver; the last one gets the arguments, should it be a method. */
export interface FieldChain {
  node: TreeNode
  names: readonly string[]
  args: readonly Argument[]
  hasFinal: boolean
  /** Slot that holds the element type of the loop which the receiver comes from; undefined: the receiver comes out of no interface. */
  typeSlot: number | undefined
}

/** Go's `evalFieldChain`. */
export function evaluateChain(run: Run, dot: GoValue, receiver: GoValue, chain: FieldChain, final: GoValue): GoValue {
  const { names } = chain
  const last = names.length - 1
  let container: GoValue
  let value = receiver
  for (let index = 0; index <= last; index += 1) {
    // The index is within the names.
    const name = names[index]!
    let next: GoValue
    // The commonest case at a glance: a plain map that has the key.
    if (
      value instanceof Map &&
      (value.constructor === Map || value.constructor === WatchedRoot) &&
      (index < last || (!chain.hasFinal && chain.args.length === 0))
    ) {
      next = value.get(name)
      if (next === undefined) next = missingKey(run, value, name)
    } else {
      const isLast = index === last
      next = evaluateField(
        run,
        dot,
        value,
        name,
        chain,
        isLast ? chain.args : noArguments,
        isLast && chain.hasFinal,
        final,
        container,
        index === 0,
      )
    }
    container = value
    value = next
  }
  return value
}

function missingKey(run: Run, map: ReadonlyMap<string, GoValue>, name: string): GoValue {
  if (map.has(name)) return null
  if (run.missingKey === 'error') run.fail(`map has no entry for key "${name}"`)
  if (run.missingKey === 'default') return undefined
  return map instanceof TypedMap ? zeroValue(map.elementType) : null
}

/** Go's `evalField`. `container` is what the receiver was found in. */
function evaluateField(
  run: Run,
  dot: GoValue,
  receiver: GoValue,
  name: string,
  chain: FieldChain,
  args: readonly Argument[],
  hasFinal: boolean,
  final: GoValue,
  container: GoValue,
  isFirst: boolean,
): GoValue {
  if (receiver === undefined) {
    if (run.missingKey === 'error') run.fail(`nil data; no entry for key "${name}"`)
    return undefined
  }
  const method = methodOf(receiver, name)
  if (method !== undefined) return callFunction(run, dot, method, name, chain.node, args, hasFinal, final)
  const hasArguments = args.length > 0 || hasFinal
  if (receiver instanceof Map) {
    if (hasArguments) run.fail(`${name} is not a method but has arguments`)
    const value = receiver.get(name)
    return value === undefined ? missingKey(run, receiver, name) : value
  }
  const type = typeOf(run, receiver, chain, container, isFirst)
  if (receiver === null) return run.fail(`nil pointer evaluating ${type}.${name}`)
  if (receiver instanceof GoStruct && receiver.fields.has(name)) {
    if (hasArguments) run.fail(`${name} has arguments but cannot be invoked as function`)
    return receiver.fields.get(name)
  }
  return run.fail(`can't evaluate field ${name} in type ${type}`)
}

function methodOf(receiver: GoValue, name: string): GoFunction | undefined {
  if (receiver instanceof GoStruct) return receiver instanceof JsonNumber ? jsonNumberMethod(receiver, name) : receiver.methods.get(name)
  if (receiver instanceof TypedMap || receiver instanceof TypedList) return receiver.methods?.get(name)
  return receiver instanceof GoInt ? namedIntMethod(receiver, name) : undefined
}

/** The static type that Go's error names: an element of a `map[string]interface {}` is of type `interface {}`, whatever is inside. */
function typeOf(run: Run, receiver: GoValue, chain: FieldChain, container: GoValue, isFirst: boolean): string {
  if (isFirst) {
    const type = chain.typeSlot === undefined ? undefined : run.variables[chain.typeSlot]
    return typeof type === 'string' ? type : typeText(receiver)
  }
  return container instanceof Map ? elementType(container) : typeText(receiver)
}

function typeText(value: GoValue): string {
  return value === null ? 'interface {}' : goTypeName(value)
}

/** The element type of a list or map, as Go prints it. */
export function elementType(container: GoValue): string {
  return container instanceof TypedMap || container instanceof TypedList ? container.elementType : 'interface {}'
}
