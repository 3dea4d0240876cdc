import { isNotFound, type KubeObject } from '@plimsoll/kube'
import type { Store, StoreEvent } from '../storage/index.ts'
import { conditionsFor, nameConflict, type CustomNames } from './custom-kind-status.ts'
import type { KindDefinition, KindRegistry } from './kind-registry.ts'
import type { ObjectVerbs } from './object-verbs.ts'
import { resourceName, type ResourceTable } from './resource-table.ts'
import { cloneTree, equalTrees, field, valueAt } from './tree.ts'
import type { WriteRequest } from './write-request.ts'

/** Set by a deletion, taken off when no object of the kind is left (apiextensions-apiserver `pkg/apis/apiextensions/types.go`). */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export const definitionsResource = 'apiextensions.k8s.io/customresourcedefinitions'

export interface CustomKindsOptions {
  store: Store
  verbs: ObjectVerbs
  table: ResourceTable
  registry: KindRegistry
  now: () => number
  onProblem: (error: unknown) => void
}

/**
 * Serves what CustomResourceDefinitions define. A definition is served in the same turn in which it becomes visible, so that whoever created it
 * can go on at once; its conditions follow some milliseconds later.
 */
export class CustomKinds {
  readonly #options: CustomKindsOptions
  /** Spec that is served, by name of its definition: only another spec is compiled again. */
  readonly #served = new Map<string, { uid: string; spec: unknown; problems: string[] }>()
  readonly #stops: (() => void)[] = []
  /** Definitions that are being deleted, with what ends their watch over the objects that are left. */
  readonly #emptying = new Map<string, () => void>()

  constructor(options: CustomKindsOptions) {
    this.#options = options
  }

  start(): void {
    const { store } = this.#options
    for (const stored of store.list(definitionsResource)) this.#serve(stored.object)
    this.#stops.push(store.subscribe(definitionsResource, (event) => this.#hear(event)))
    for (const stored of store.list(definitionsResource)) this.#follow(stored.object)
  }

  stop(): void {
    for (const stop of [...this.#stops, ...this.#emptying.values()]) stop()
  }

  #hear(event: StoreEvent): void {
    const { object } = event.current
    if (event.type === 'DELETED') {
      this.#served.delete(object.metadata.name)
      this.#emptying.get(object.metadata.name)?.()
      this.#emptying.delete(object.metadata.name)
      this.#options.table.setCustom(object.metadata.name, [])
      return
    }
    this.#serve(object)
    this.#follow(object)
  }

  /** Compiles and serves. Contains its failure: one bad definition harms no other. */
  #serve(crd: KubeObject): void {
    const { name, uid = '' } = crd.metadata
    const known = this.#served.get(name)
    if (known !== undefined && known.uid === uid && equalTrees(known.spec, crd['spec'])) return
    const conflict = this.#conflictOf(crd)
    let definitions: KindDefinition[] = []
    let problems: string[] = []
    if (conflict === undefined) {
      try {
        ;({ definitions, problems } = this.#options.registry.fromCustomResourceDefinition(crd))
      } catch (error) {
        problems = [error instanceof Error ? error.message : String(error)]
        this.#options.onProblem(error)
      }
    }
    this.#served.set(name, { uid, spec: crd['spec'], problems })
    this.#options.table.setCustom(name, definitions)
  }

  /** Writes status, and empties the kind when the definition is being deleted. Nobody waits for it. */
  #follow(crd: KubeObject): void {
    const { name } = crd.metadata
    this.#writeStatus(crd).catch((error: unknown) => this.#tell(error))
    if (crd.metadata.deletionTimestamp !== undefined && !this.#emptying.has(name)) this.#empty(crd)
  }

  /** What is gone in the meantime needs nothing more. */
  #tell(error: unknown): void {
    if (!isNotFound(error)) this.#options.onProblem(error)
  }

  #conflictOf(crd: KubeObject): string | undefined {
    const { table, store } = this.#options
    const own = namesOf(crd)
    if (table.isBuiltIn(own.group, own.plural)) return `${own.plural}.${own.group} is a built-in kind`
    for (const stored of store.list(definitionsResource)) {
      const { object } = stored
      if (object.metadata.name === crd.metadata.name || !this.#isAccepted(object)) continue
      const conflict = nameConflict(own, namesOf(object))
      if (conflict !== undefined) return conflict
    }
    return undefined
  }

  #isAccepted(crd: KubeObject): boolean {
    return this.#options.table.customOf(crd.metadata.name).length > 0
  }

  async #writeStatus(crd: KubeObject): Promise<void> {
    const { name } = crd.metadata
    const definition = this.#definition()
    if (definition === undefined) return
    await this.#options.verbs.edit(this.#request(definition, name, 'status'), (current) => {
      const problems = this.#served.get(name)?.problems ?? []
      const status = conditionsFor(current, this.#conflictOf(current), problems, this.#options.now())
      return equalTrees(status, current['status']) ? cloneTree(current) : { ...cloneTree(current), status }
    })
  }

  /** Deletes every object of the kind, then lets the definition go. */
  #empty(crd: KubeObject): void {
    const { store, onProblem } = this.#options
    const { name } = crd.metadata
    const { group, plural } = namesOf(crd)
    const resource = resourceName(group, plural)
    let isDone = false
    const look = (): void => {
      if (isDone || store.count(resource) > 0) return
      isDone = true
      this.#release(name).catch((error: unknown) => this.#tell(error))
    }
    this.#emptying.set(name, store.subscribe(resource, look))
    this.#deleteAll(name, group, plural).then(look).catch(onProblem)
  }

  async #deleteAll(name: string, group: string, plural: string): Promise<void> {
    const { store, verbs, table } = this.#options
    const definition = table.customOf(name).find(({ isServed }) => isServed !== false)
    if (definition === undefined) return
    await Promise.all(
      store.list(resourceName(group, plural)).map(async (stored) => {
        const request = { ...this.#request(definition, stored.name, ''), namespace: stored.namespace }
        await verbs.delete(request, {}).catch((error: unknown) => this.#tell(error))
      }),
    )
  }

  async #release(name: string): Promise<void> {
    const definition = this.#definition()
    if (definition === undefined) return
    await this.#options.verbs.edit(this.#request(definition, name, ''), (current) => {
      const object = cloneTree(current)
      object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer)
      return object
    })
  }

  #definition(): KindDefinition | undefined {
    return this.#options.table.findAny('apiextensions.k8s.io', 'customresourcedefinitions')
  }

  #request(definition: KindDefinition, name: string, subresource: string): WriteRequest {
    return {
      definition,
      namespace: '',
      name,
      subresource,
      manager: 'kube-apiserver',
      dryRun: false,
      fieldValidation: 'Ignore',
      warnings: [],
    }
  }
}

function namesOf(crd: KubeObject): CustomNames {
  const names = valueAt(crd, ['spec', 'names'])
  const text = (name: string): string => {
    const value = field(names, name)
    return typeof value === 'string' ? value : ''
  }
  const shortNames = field(names, 'shortNames')
  const group = valueAt(crd, ['spec', 'group'])
  const kind = text('kind')
  return {
    group: typeof group === 'string' ? group : '',
    plural: text('plural'),
    singular: text('singular') || kind.toLowerCase(),
    shortNames: Array.isArray(shortNames) ? shortNames.filter((item) => typeof item === 'string') : [],
    kind,
    listKind: text('listKind') || `${kind}List`,
  }
}
