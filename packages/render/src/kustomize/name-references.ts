import { RenderError } from '../engine/tree.ts'
import { reworded } from './build-error.ts'
import type { NameReference } from './default-name-references.ts'
import { visitPath, type FieldPlace, type FieldSpec } from './field-spec.ts'
import { fieldOf, isObject, scalarText, type JsonObject, type JsonValue } from './json.ts'
import { describeId, effectiveNamespace, hasSameNamespace, isSelectedBy, type Gvk, type ResourceId } from './resource-id.ts'
import type { ResourceList } from './resource-list.ts'
import type { Resource } from './resource.ts'

/**
 * Writes the names that resources have now where others name them (`api/filters/nameref`, kustomize 5.7). Whom a name means is found by the names
 * that resources had before; of several, the one with the prefixes and suffixes of the one who names it.
 */
export function fixNameReferences(resources: ResourceList, references: readonly NameReference[]): void {
  const index = new CandidateIndex(resources)
  for (const resource of resources) {
    const original = resource.originalId
    const referrer = new Referrer(resource, index)
    for (const reference of references) {
      for (const spec of reference.referrers) {
        if (!isSelectedBy(original, spec)) continue
        const fix = new ReferenceFix(referrer, spec, reference)
        try {
          visitPath(resource, spec, undefined, (place) => fix.visit(place))
        } catch (error) {
          if (!(error instanceof RenderError)) throw error
          throw reworded(error, `updating name reference in '${spec.path}' field of '${describeId(referrer.id)}': ${error.message}`)
        }
      }
    }
  }
}

/** Resources by a name that they had, so that not everything is looked at for each reference. */
class CandidateIndex {
  readonly all: readonly Resource[]
  readonly #byOldName = new Map<string, Resource[]>()

  constructor(resources: ResourceList) {
    this.all = resources.items
    for (const resource of resources) {
      for (const name of new Set(resource.previous.map((entry) => entry.name))) {
        const named = this.#byOldName.get(name)
        if (named === undefined) this.#byOldName.set(name, [resource])
        else named.push(resource)
      }
    }
  }

  named(name: string): readonly Resource[] {
    return this.#byOldName.get(name) ?? []
  }
}

/** One who names others, and whom he may see. */
class Referrer {
  readonly resource: Resource
  readonly id: ResourceId
  readonly #index: CandidateIndex
  readonly #subjectNamespaces: ReadonlySet<string>
  #originalNamespaces: ReadonlySet<string> | undefined

  constructor(resource: Resource, index: CandidateIndex) {
    this.resource = resource
    this.id = resource.currentId
    this.#index = index
    this.#subjectNamespaces = this.id.clusterScoped ? new Set() : subjectNamespaces(resource)
  }

  /** Those that he sees and that once had the name. */
  candidates(oldName: string): Resource[] {
    return this.#index.named(oldName).filter((candidate) => this.#sees(candidate))
  }

  /** As `candidates`, but only those of a namespace: the first one that they had, if anybody's first one was this, or else the one of now. */
  candidatesIn(namespace: string, oldName: string): Resource[] {
    this.#originalNamespaces ??= new Set(
      this.#index.all.filter((resource) => this.#sees(resource)).map((resource) => effectiveNamespace(resource.originalId)),
    )
    const wasThere = this.#originalNamespaces.has(namespace)
    return this.candidates(oldName).filter(
      (candidate) => effectiveNamespace(wasThere ? candidate.originalId : candidate.currentId) === namespace,
    )
  }

  /** Things of the cluster name and are named by everything; others only what is in their namespace, or a role binding's service accounts. */
  #sees(candidate: Resource): boolean {
    const id = candidate.currentId
    return this.id.clusterScoped || id.clusterScoped || hasSameNamespace(id, this.id) || this.#subjectNamespaces.has(candidate.namespace)
  }

  isNear(candidate: Resource): boolean {
    const id = candidate.currentId
    return this.id.clusterScoped || id.clusterScoped || id.kind === 'ServiceAccount' || hasSameNamespace(id, this.id)
  }
}

class ReferenceFix {
  readonly #referrer: Referrer
  readonly #spec: FieldSpec
  readonly #target: Partial<Gvk>

  constructor(referrer: Referrer, spec: FieldSpec, target: Partial<Gvk>) {
    this.#referrer = referrer
    this.#spec = spec
    this.#target = target
  }

  visit(place: FieldPlace): void {
    const { value } = place
    if (value === null) return
    if (isObject(value)) this.#fixObject(value)
    else if (Array.isArray(value)) this.#fixList(value)
    else this.#fixName(value, (name) => place.set(name))
  }

  #fixList(list: JsonValue[]): void {
    list.forEach((item, index) => {
      if (item === null) return
      if (isObject(item)) this.#fixObject(item)
      else if (Array.isArray(item)) throw new RenderError(`${JSON.stringify(item)} is expected to be either a string or a map of string`)
      else this.#fixName(item, (name) => (list[index] = name))
    })
  }

  #fixName(value: JsonValue, set: (name: string) => void): void {
    const oldName = scalarText(value)
    const referral = this.#select(oldName, this.#referrer.candidates(oldName), (left, right) => left.name === right.name)
    if (referral === undefined) return
    referral.referredBy.push(this.#referrer.id)
    if (referral.name !== oldName) set(referral.name)
  }

  /** A subject or a reference to a service: its namespace says more, and is written too. */
  #fixObject(object: JsonObject): void {
    const name = fieldOf(object, 'name')
    if (name === undefined) throw new RenderError("path config error; no 'name' field in node")
    const oldName = scalarText(name)
    const namespace = fieldOf(object, 'namespace')
    const candidates =
      namespace === undefined ? this.#referrer.candidates(oldName) : this.#referrer.candidatesIn(scalarText(namespace), oldName)
    const isSame = (left: Resource, right: Resource) => left.name === right.name && left.namespace === right.namespace
    const referral = this.#select(oldName, candidates, isSame)
    if (referral === undefined) return
    referral.referredBy.push(this.#referrer.id)
    if (referral.name === oldName && referral.namespace === '') return
    object['name'] = referral.name
    if (referral.namespace !== '') object['namespace'] = referral.namespace
  }

  #select(oldName: string, candidates: readonly Resource[], isSame: (left: Resource, right: Resource) => boolean): Resource | undefined {
    const role = this.#roleReference()
    let found = candidates.filter(
      (candidate) =>
        candidate.previousIds.some((id) => isSelectedBy(id, this.#target)) &&
        (role === undefined || candidate.previousIds.some((id) => isSelectedBy(id, role))) &&
        this.#referrer.isNear(candidate),
    )
    if (found.length === 1) return found[0]
    const { resource } = this.#referrer
    found = found.filter((candidate) => hasSameAffixes(candidate, resource, true))
    if (found.length > 1) found = found.filter((candidate) => hasSameAffixes(candidate, resource, false))
    const [first, ...others] = found
    if (first === undefined || others.every((other) => isSame(first, other))) return first
    const ids = found.map((candidate) => describeId(candidate.currentId)).join(', ')
    throw new RenderError(`found multiple possible referrals: ${ids}`, {
      remedy: `Several resources were called '${oldName}': give one of them another name, or put them into different namespaces.`,
    })
  }

  #roleReference(): Partial<Gvk> | undefined {
    if (!this.#spec.path.endsWith('roleRef/name')) return undefined
    const role = fieldOf(this.#referrer.resource.content, 'roleRef')
    const group = fieldOf(role, 'apiGroup')
    const kind = fieldOf(role, 'kind')
    return group === undefined || kind === undefined ? undefined : { group: scalarText(group), kind: scalarText(kind) }
  }
}

function subjectNamespaces(referrer: Resource): Set<string> {
  const namespaces = new Set<string>()
  const subjects = fieldOf(referrer.content, 'subjects')
  if (referrer.kind !== 'RoleBinding' || !Array.isArray(subjects)) return namespaces
  for (const subject of subjects) {
    if (!isObject(subject) || !Object.hasOwn(subject, 'namespace') || subject['kind'] !== 'ServiceAccount') continue
    const namespace = subject['namespace']
    if (typeof namespace !== 'string') {
      throw new RenderError(`Invalid Input: namespace is blank for resource ${JSON.stringify(describeId(referrer.currentId))}\n`)
    }
    namespaces.add(namespace)
  }
  return namespaces
}

/** Whether both were changed in the same kustomizations: the shorter list of affixes ends the longer one. With `allowEmpty` no affix fits any. */
function hasSameAffixes(left: Resource, right: Resource, allowEmpty: boolean): boolean {
  return (['prefixes', 'suffixes'] as const).every((key) => {
    if (allowEmpty && (left[key].length === 0 || right[key].length === 0)) return true
    return isEndOf(left[key], right[key])
  })
}

function isEndOf(left: readonly string[], right: readonly string[]): boolean {
  const [short, long] = left.length > right.length ? [right, left] : [left, right]
  if (short.length === 0) return long.length === 0
  const offset = long.length - short.length
  return short.every((affix, index) => long[index + offset] === affix)
}
