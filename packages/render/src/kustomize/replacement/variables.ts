import { RenderError } from '../../engine/tree.ts'
import { visitField, type FieldSpec } from '../field-spec.ts'
import { isObject, type JsonValue } from '../json.ts'
import type { Var } from '../kustomization.ts'
import { describeGvk, parseApiVersion } from '../resource-id.ts'
import type { Resource } from '../resource.ts'
import { splitFieldPath } from './field-path.ts'
import { lookup, type Found } from './lookup.ts'
import { expandVariables, type VariableOf } from './variable-text.ts'

/**
 * Puts the values of `vars` into the fields that `specs` name, at the end of a build. Each variable takes its value from the resource that carries
 * its name (`Resource.varNames`). Warnings are kustomize's. Throws `RenderError` when a resource or its field is missing, in its words.
 */
export function resolveVariables(
  resources: Iterable<Resource>,
  vars: Iterable<Var>,
  specs: readonly FieldSpec[],
  warnings: string[],
): void {
  const all = [...resources]
  const values = new Map<string, JsonValue>()
  for (const variable of [...vars].toSorted((left, right) => ((left.name ?? '') < (right.name ?? '') ? -1 : 1))) {
    values.set(variable.name ?? '', readValue(all, variable))
  }
  if (values.size === 0) return

  const used = new Set<string>()
  const valueOf: VariableOf = (name) => {
    const value = values.get(name)
    if (value === undefined) return undefined
    if (typeof value !== 'object') {
      used.add(name)
      return value
    }
    warnings.push(`MakePrimitiveReplacer: bad replacement type=${Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'}`)
    return undefined
  }
  for (const resource of all) {
    for (const spec of specs) {
      visitField(resource, spec, undefined, (place) => {
        const { value } = place
        if (typeof value === 'string') place.set(expandVariables(value, valueOf))
        else if (Array.isArray(value)) expandItems(value, valueOf)
        else if (isObject(value)) {
          for (const key of Object.keys(value)) {
            const item = value[key]
            if (typeof item === 'string') value[key] = expandVariables(item, valueOf)
          }
        }
      })
    }
  }
  const unused = [...values.keys()].filter((name) => !used.has(name))
  if (unused.length > 0) warnings.push(`well-defined vars that were never replaced: ${unused.join(',')}`)
}

function expandItems(list: JsonValue[], valueOf: VariableOf): void {
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'string') throw new RenderError('invalid value type expect a string')
    list[index] = expandVariables(item, valueOf)
  }
}

function readValue(resources: readonly Resource[], variable: Var): JsonValue {
  const name = variable.name ?? ''
  const resource = resources.find((each) => each.varNames.includes(name))
  if (resource === undefined) {
    throw new RenderError(`var '${describeVariable(variable)}' cannot be mapped to a field in the set of known resources`)
  }
  let found: Found | undefined
  try {
    found = lookup(
      resource.object,
      splitFieldPath(fieldPathOf(variable)).flatMap((part) => splitIndex(part)),
    )
  } catch (error) {
    if (!(error instanceof RenderError)) throw error
  }
  if (found === undefined)
    throw new RenderError(`field specified in var '${describeVariable(variable)}' not found in corresponding resource`)
  return found.value === null ? found.text : found.value
}

/** `ports[0]` is written here for `ports.0`. */
function splitIndex(part: string): string[] {
  const match = /^(.*)\[([0-9]+)\]$/s.exec(part)
  if (match === null) return [part]
  const [, name = '', index = ''] = match
  return name === '' ? [index] : [name, index]
}

function fieldPathOf({ fieldref }: Var): string {
  return fieldref?.fieldPath === undefined || fieldref.fieldPath === '' ? 'metadata.name' : fieldref.fieldPath
}

/** As Go's `%v` prints it. */
function describeVariable(variable: Var): string {
  const { apiVersion = '', group = '', version = '', kind = '' } = variable.objref ?? {}
  const known = apiVersion === '' ? { group, version } : parseApiVersion(apiVersion)
  return `{${variable.name ?? ''} ${describeGvk({ ...known, kind })} {${fieldPathOf(variable)}}}`
}
