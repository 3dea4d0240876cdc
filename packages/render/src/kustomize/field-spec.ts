import { RenderError } from '../engine/tree.ts'
import { reworded } from './build-error.ts'
import { emptyObject, isObject, type JsonObject, type JsonValue } from './json.ts'
import { describeId, isSelectedBy, type Gvk } from './resource-id.ts'
import type { Resource } from './resource.ts'
import type { Trail } from './shared-pairs.ts'

/** Where a transformer works: a path in the objects of a kind. Empty parts of the kind match everything. */
export interface FieldSpec extends Partial<Gvk> {
  /** `spec/template/metadata/labels`; lists are walked through; `a\/b` is one name; `containers[]` says that it is a list. */
  path: string
  /** Whether what is missing on the way is made. */
  create?: boolean
}

/** The place that a path leads to. */
export interface FieldPlace {
  readonly value: JsonValue
  set(value: JsonValue): void
}

/** What the last field of a path becomes where it is missing or null, and may be created. */
export type CreatedValue = 'object' | 'list' | 'text'

const paths = new WeakMap<FieldSpec, readonly string[]>()

/**
 * Calls `visit` for every place in `resource` that the path leads to; for none when the kind is another one. kustomize's `fieldspec.Filter`.
 * Throws `RenderError` in its words where the path leads through a scalar.
 */
export function visitField(
  resource: Resource,
  spec: FieldSpec,
  created: CreatedValue | undefined,
  visit: (place: FieldPlace, trail: Trail) => void,
): void {
  if (isSelectedBy(resource.gvk, spec)) visitPath(resource, spec, created, visit)
}

/** As `visitField`, whatever the kind of `resource`. */
export function visitPath(
  resource: Resource,
  spec: FieldSpec,
  created: CreatedValue | undefined,
  visit: (place: FieldPlace, trail: Trail) => void,
): void {
  let path = paths.get(spec)
  if (path === undefined) paths.set(spec, (path = splitPath(spec.path)))
  const walk = new FieldWalk(path, spec.create === true ? created : undefined, visit)
  try {
    walk.enter(objectPlace(resource, path[0] === 'metadata' && path.length > 1), 0)
  } catch (error) {
    if (!(error instanceof RenderError)) throw error
    const id = describeId({ ...resource.gvk, name: resource.name, namespace: resource.namespace })
    throw reworded(error, `considering field '${spec.path}' of object ${id}: ${error.message}`)
  }
}

/** A path's names: split at slashes, but not at those with a backslash before them. */
export function splitPath(path: string, delimiter = '/'): string[] {
  const names: string[] = []
  for (const part of path.split(delimiter)) {
    const last = names.at(-1)
    if (last?.endsWith('\\')) names[names.length - 1] = last.slice(0, -1) + delimiter + part
    else names.push(part)
  }
  return names
}

/** What kyaml takes for an item of a list; fields of such names are out of its reach. */
const listPart = /^(?:[-+]?[0-9]+|-|\[.*\])$/s

class FieldWalk {
  readonly #path: readonly string[]
  readonly #created: CreatedValue | undefined
  readonly #visit: (place: FieldPlace, trail: Trail) => void
  /** The way to where the walk is; the list changes with it. */
  readonly #trail: (string | number)[] = []

  constructor(path: readonly string[], created: CreatedValue | undefined, visit: (place: FieldPlace, trail: Trail) => void) {
    this.#path = path
    this.#created = created
    this.#visit = visit
  }

  enter(place: FieldPlace, depth: number): void {
    if (depth === this.#path.length) return this.#visit(place, this.#trail)
    const { value } = place
    if (value === null) return
    if (Array.isArray(value)) this.#enterList(value, depth)
    else if (isObject(value)) this.#enterField(value, depth)
    else throw new RenderError('expected sequence or mapping node')
  }

  #enterList(list: JsonValue[], depth: number): void {
    for (let index = 0; index < list.length; index += 1) {
      this.#trail.push(index)
      try {
        this.enter(itemPlace(list, index), depth)
      } catch (error) {
        if (!(error instanceof RenderError)) throw error
        throw reworded(error, `visit traversal on path: [${this.#path.slice(depth).join(' ')}]: ${error.message}`)
      }
    }
  }

  #enterField(object: JsonObject, depth: number): void {
    const part = this.#path[depth] ?? ''
    const isList = part.endsWith('[]')
    const name = isList ? part.slice(0, -2) : part
    if (name === '') throw new RenderError('cannot set or create an empty field name')
    if (name === '*') throw new RenderError('fieldName: *: wildcard is not supported in PathGetter')
    if (listPart.test(name)) throw new RenderError(`fieldName: ${name}: wrong node kind: expected SequenceNode but got MappingNode`)
    const isLast = depth + 1 === this.#path.length
    const kind = isList ? 'list' : this.#created === undefined ? undefined : isLast ? this.#created : 'object'

    const isThere = Object.hasOwn(object, name)
    if (!isThere && (kind === undefined || isList)) return
    if (kind !== undefined && (object[name] ?? null) === null) object[name] = newValue(kind)
    this.#trail.push(name)
    this.enter(fieldPlace(object, name), depth + 1)
    this.#trail.pop()
  }
}

function newValue(kind: CreatedValue | undefined): JsonValue {
  return kind === 'object' ? emptyObject() : kind === 'list' ? [] : ''
}

function fieldPlace(object: JsonObject, name: string): FieldPlace {
  return {
    get value() {
      return object[name] ?? null
    },
    set(value) {
      object[name] = value
    },
  }
}

function itemPlace(list: JsonValue[], index: number): FieldPlace {
  return {
    get value() {
      return list[index] ?? null
    },
    set(value) {
      list[index] = value
    },
  }
}

function objectPlace(resource: Resource, isMetadata: boolean): FieldPlace {
  return {
    get value() {
      return isMetadata ? resource.withOwnMetadata : resource.object
    },
    set(value) {
      if (isObject(value)) resource.object = value
    },
  }
}
