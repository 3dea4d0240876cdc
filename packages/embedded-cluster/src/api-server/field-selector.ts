import { type KubeObject, parseFieldSelector, SelectorError } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'

export interface FieldSelector {
  matches(object: KubeObject): boolean
  /** The one name that can match, when the selector says so: then there is nothing to scan. */
  name: string | undefined
}

/** Throws 400 for a selector that cannot be read, or for a field that the kind does not select by. */
export function fieldSelectorFor(definition: KindDefinition, text: string): FieldSelector {
  const tests: ((object: KubeObject) => boolean)[] = []
  let name: string | undefined
  for (const { path, operator, value } of requirementsOf(text)) {
    const read = readerOf(definition, path)
    if (read === undefined) throw badRequest(`field label not supported: ${path}`)
    if (path === 'metadata.name' && operator === '=') name = value
    tests.push((object) => (read(object) === value) === (operator === '='))
  }
  return { matches: (object) => tests.every((test) => test(object)), name }
}

function requirementsOf(text: string): ReturnType<typeof parseFieldSelector>['requirements'] {
  try {
    return parseFieldSelector(text).requirements
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}

function readerOf(definition: KindDefinition, path: string): ((object: KubeObject) => string) | undefined {
  if (path === 'metadata.name') return (object) => object.metadata.name
  if (path === 'metadata.namespace') return definition.type.namespaced ? (object) => object.metadata.namespace ?? '' : undefined
  const selectable = definition.selectableFields?.find((candidate) => candidate.path === path)
  return selectable && ((object) => selectable.valueOf(object))
}
