import { RenderError } from '../engine/tree.ts'
import { requireTextKey } from './created-key.ts'
import { visitField, type FieldSpec } from './field-spec.ts'
import { isObject, scalarText, type JsonValue } from './json.ts'
import { compareBytes } from './kind-order.ts'
import { textMap, type Replica } from './kustomization.ts'
import { describeGvk, isSelectedBy } from './resource-id.ts'
import type { ResourceList } from './resource-list.ts'
import type { Resource } from './resource.ts'
import { SharedPairs, type Trail } from './shared-pairs.ts'

/** Kinds whose names say what they are, and so are never changed. */
const fixedNames: readonly FieldSpec[] = [
  { kind: 'CustomResourceDefinition', path: '' },
  { group: 'apiregistration.k8s.io', kind: 'APIService', path: '' },
  { kind: 'Namespace', path: '' },
]

export function addPrefix(resources: ResourceList, prefix: string, specs: readonly FieldSpec[]): void {
  changeNames(
    resources,
    specs,
    prefix,
    (resource) => resource.prefixes.push(prefix),
    (name) => prefix + name,
  )
}

export function addSuffix(resources: ResourceList, suffix: string, specs: readonly FieldSpec[]): void {
  changeNames(
    resources,
    specs,
    suffix,
    (resource) => resource.suffixes.push(suffix),
    (name) => name + suffix,
  )
}

function changeNames(
  resources: ResourceList,
  specs: readonly FieldSpec[],
  affix: string,
  remember: (resource: Resource) => void,
  change: (name: string) => string,
): void {
  for (const resource of resources) {
    const id = resource.originalId
    if (fixedNames.some((fixed) => isSelectedBy(id, fixed))) continue
    for (const spec of specs) {
      if (!isSelectedBy(id, spec)) continue
      if (spec.path === 'metadata/name' && affix !== '') {
        remember(resource)
        resource.rememberId()
      }
      visitField(resource, spec, 'text', (place) => place.set(change(scalarOf(place.value))))
    }
  }
}

/** Labels or annotations: each pair at every place, names in order. */
export function addPairs(
  resources: ResourceList,
  pairs: ReadonlyMap<string, string | undefined> | undefined,
  specs: readonly FieldSpec[],
): void {
  const sorted = [...textMap(pairs)].toSorted(([left], [right]) => compareBytes(left, right))
  if (sorted.length === 0) return
  for (const resource of resources) {
    const added = new Map<string, Trail[]>()
    for (const spec of specs) {
      visitField(resource, spec, 'object', (place, trail) => {
        const { value } = place
        if (value === null) return
        if (!isObject(value)) throw new RenderError(`wrong node kind: expected MappingNode but got ${nodeKind(value)}`)
        for (const [name, text] of sorted) {
          if (!Object.hasOwn(value, name)) {
            requireTextKey(name)
            added.set(name, [...(added.get(name) ?? []), [...trail, name]])
          }
          value[name] = text
        }
      })
    }
    for (const [name, places] of added) {
      if (places.length > 1) resource.share(new SharedPairs(pairs?.get(name) ?? '', places))
    }
  }
}

/** An entry of `replicas`. Throws when nothing is called so. */
export function setReplicas(resources: ResourceList, replica: Replica, specs: readonly FieldSpec[]): void {
  const name = replica.name ?? ''
  let isFound = false
  for (const spec of specs) {
    for (const resource of resources.byAnyId((id) => id.name === name && isSelectedBy(id, spec))) {
      isFound = true
      visitField(resource, spec, 'text', (place) => place.set(replica.count ?? 0))
    }
  }
  if (isFound) return
  const kinds = specs.map((spec) => describeGvk({ group: spec.group ?? '', version: spec.version ?? '', kind: spec.kind ?? '' }))
  throw new RenderError(`resource with name ${name} does not match a config with the following GVK [${kinds.join(' ')}]`)
}

export function scalarOf(value: JsonValue | undefined): string {
  if (typeof value === 'object' && value !== null) {
    throw new RenderError(`wrong node kind: expected ScalarNode but got ${nodeKind(value)}`)
  }
  return scalarText(value)
}

function nodeKind(value: JsonValue): string {
  return Array.isArray(value) ? 'SequenceNode' : isObject(value) ? 'MappingNode' : 'ScalarNode'
}
