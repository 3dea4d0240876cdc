import type { ListSchema, MapSchema, ScalarKind, TypeSchema } from '../schema/type-schema.ts'
import { itemElement, printPath } from './path-element.ts'
import { isMap } from '../schema/json-value.ts'
import { shapeOf } from './value-kind.ts'

/** One way in which a value does not fit its schema. `path` as in `.spec.containers[name="web"].image`. */
export interface SchemaViolation {
  path: string
  message: string
}

/** Everything that does not fit, in the words of structured-merge-diff; empty when all does. */
export function validateValue(value: unknown, type: TypeSchema, options: { allowDuplicates?: boolean } = {}): SchemaViolation[] {
  const walk: Walk = { path: [], violations: [], allowDuplicates: options.allowDuplicates ?? false }
  check(value, type, walk)
  return walk.violations
}

export function printViolations(violations: readonly SchemaViolation[]): string {
  if (violations.length === 1) return `${violations[0]?.path}: ${violations[0]?.message}`
  return ['errors:', ...violations.map(({ path, message }) => `  ${path}: ${message}`)].join('\n')
}

interface Walk {
  path: string[]
  violations: SchemaViolation[]
  allowDuplicates: boolean
}

/** A hostile object must not make an answer of megabytes. */
const maxViolations = 50

function report(walk: Walk, message: string): void {
  if (walk.violations.length < maxViolations) walk.violations.push({ path: printPath(walk.path), message })
}

function check(value: unknown, type: TypeSchema, walk: Walk): void {
  if (value === null || value === undefined) return
  switch (shapeOf(type, value)) {
    case 'scalar':
      // shapeOf says the type has it
      return checkScalar(value, type.scalar!, walk)
    case 'map':
      if (!isMap(value)) return report(walk, `expected map, got ${describe(value)}`)
      // shapeOf says the type has it
      return checkMembers(value, type.map!, walk)
    case 'list':
      if (!Array.isArray(value)) return report(walk, `expected list, got ${describe(value)}`)
      // shapeOf says the type has it
      return checkItems(value, type.list!, walk)
    case 'none':
      return report(walk, 'schema error: invalid atom')
  }
}

function checkScalar(value: unknown, kind: ScalarKind, walk: Walk): void {
  switch (kind) {
    case 'numeric':
      if (typeof value !== 'number') report(walk, `expected numeric (int or float), got ${describe(value)}`)
      return
    case 'string':
      if (typeof value !== 'string') report(walk, `expected string, got ${describe(value)}`)
      return
    case 'boolean':
      if (typeof value !== 'boolean') report(walk, `expected boolean, got ${describe(value)}`)
      return
    case 'untyped':
      if (typeof value === 'object') report(walk, `expected any scalar, got ${describe(value)}`)
  }
}

function checkMembers(value: Record<string, unknown>, map: MapSchema, walk: Walk): void {
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue
    const field = map.fields.get(key)
    const type = field?.type ?? map.element
    walk.path.push(field?.element ?? `f:${key}`)
    if (type !== undefined) check(value[key], type, walk)
    else if (!map.preservesUnknown) report(walk, 'field not declared in schema')
    walk.path.pop()
  }
}

function checkItems(items: unknown[], list: ListSchema, walk: Walk): void {
  if (list.atomic) {
    for (let index = 0; index < items.length; index++) {
      walk.path.push(`i:${index}`)
      check(items[index], list.element, walk)
      walk.path.pop()
    }
    return
  }
  const seen = walk.allowDuplicates || items.length < 2 ? undefined : new Set<string>()
  for (const [index, item] of items.entries()) {
    const element = itemElement(list, item)
    if (typeof element !== 'string') {
      // Without a name for the item nothing below it can be named either.
      report(walk, `element ${index}: ${element.error}`)
      return
    }
    if (seen?.has(element)) report(walk, `duplicate entries for key ${printPath([element])}`)
    seen?.add(element)
    walk.path.push(element)
    check(item, list.element, walk)
    walk.path.pop()
  }
}

/** Only the kind: what somebody wrote in the wrong place may be a secret. */
function describe(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : typeof value
}
