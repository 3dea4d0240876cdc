import {
  applyJsonPatch,
  applyMergePatch,
  applyObject,
  applyStrategicMergePatch,
  type CacheChange,
  type ClusterCache,
  type DeleteOptions,
  FakeClock,
  type GroupKind,
  KubeApiError,
  type KubeClient,
  type KubeObject,
  type KubeStatus,
  keyString,
  type NamespacedName,
  type ObjectKey,
  objectKey,
  type Patch,
  type ResourceType,
  splitApiVersion,
  typeSchemaFor,
  updateManagedFields,
  type WriteOptions,
} from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import { isDeepEqual, textAt } from '../json.ts'
import { indexKeysOf } from '../tracking.ts'

/** `GROUP/VERSION KIND`, with `*` before those that are in no namespace. */
const servedKinds = [
  '*v1 Namespace',
  'v1 ConfigMap',
  'v1 Secret',
  'v1 Service',
  'v1 Pod',
  'v1 ServiceAccount',
  'apps/v1 Deployment',
  'batch/v1 Job',
  'batch/v1 CronJob',
  '*rbac.authorization.k8s.io/v1 ClusterRole',
  '*apiextensions.k8s.io/v1 CustomResourceDefinition',
  'argoproj.io/v1alpha1 Application',
  'argoproj.io/v1alpha1 AppProject',
]

export type Verb = 'get' | 'create' | 'update' | 'patch' | 'apply' | 'delete'

/**
 * A cluster in memory, as far as a sync can tell: server-side apply with managed fields, finalizers, preconditions, dry runs, namespaces that must be
 * there, definitions that bring kinds. Nothing lives in it: tests set what controllers would.
 */
export class FakeCluster implements TargetCluster {
  readonly server = 'https://kubernetes.default.svc'
  readonly name = 'in-cluster'
  readonly clock: FakeClock
  readonly client: KubeClient
  readonly cache: ClusterCache
  /** What has been written, dry runs aside: `create Job/a`. */
  readonly effects: string[] = []
  /** Everything that was asked for, with ` (dry run)` where it was one. */
  readonly calls: string[] = []
  /** Says no to a call; the error is thrown as it is. */
  refuse: (verb: Verb, object: KubeObject | NamespacedName, options: { dryRun: boolean }) => Error | undefined = () => undefined
  readonly #types: ResourceType[] = servedKinds.map(typeFrom)
  readonly #objects = new Map<string, KubeObject>()
  readonly #listeners = new Set<(change: CacheChange) => void>()
  #version = 100

  constructor(clock = new FakeClock()) {
    this.clock = clock
    this.client = this.#createClient()
    this.cache = this.#createCache()
  }

  put(object: KubeObject): KubeObject {
    return this.#store({ ...object, metadata: { uid: this.#nextUid(), creationTimestamp: this.#now(), ...object.metadata } })
  }

  get(kind: string, name: string, namespace?: string): KubeObject | undefined {
    return [...this.#objects.values()].find(
      (object) =>
        object.kind === kind && object.metadata.name === name && (namespace === undefined || object.metadata.namespace === namespace),
    )
  }

  all(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind)
  }

  /** What a controller, or anybody else, does to an object. */
  change(kind: string, name: string, change: (object: KubeObject) => KubeObject): void {
    const object = this.get(kind, name)
    if (!object) throw new Error(`there is no ${kind} ${name}`)
    this.#store(change(object))
  }

  setStatus(kind: string, name: string, status: unknown): void {
    this.change(kind, name, (object) => ({ ...object, status }))
  }

  remove(kind: string, name: string): void {
    const object = this.get(kind, name)
    if (object) this.#drop(object)
  }

  serve(kind: string): void {
    this.#types.push(typeFrom(kind))
  }

  #createClient(): KubeClient {
    const typeOf = async (apiVersion: string, kind: string): Promise<ResourceType | undefined> => this.#typeOf(apiVersion, kind)
    return {
      types: async () => [...this.#types],
      typeOf,
      version: async () => ({ major: '1', minor: '34', gitVersion: 'v1.34.0' }),
      get: async (type, ref) => {
        this.#called('get', type, ref, false)
        return this.#objects.get(keyString(keyOf(type, ref)))
      },
      list: async (type, { namespace } = {}) => ({
        apiVersion: 'v1',
        kind: 'List',
        metadata: { resourceVersion: String(this.#version) },
        items: this.cache.ofKind(type, namespace),
      }),
      watch: () => {
        throw new Error('nobody watches here')
      },
      create: async (type, object, options = {}) => {
        this.#called('create', type, object, options.dryRun === true)
        if (this.#objects.has(keyString(keyOf(type, object.metadata))))
          throw new KubeApiError(409, 'AlreadyExists', `${type.plural} "${object.metadata.name}" already exists`)
        const managedFields = updateManagedFields({ ...this.#writing(object, options), before: undefined, after: object })
        return this.#write('create', type, undefined, { ...object, metadata: { ...object.metadata, managedFields } }, options)
      },
      update: async (type, object, options = {}) => {
        this.#called('update', type, object, options.dryRun === true)
        const live = this.#mustFind(type, object.metadata)
        this.#requireVersion(live, object.metadata.resourceVersion)
        return this.#update('update', type, live, { ...object, metadata: { ...object.metadata, ...serverFieldsOf(live) } }, options)
      },
      patch: async (type, ref, patch, options = {}) => {
        this.#called('patch', type, ref, options.dryRun === true)
        const live = this.#mustFind(type, ref)
        const patched = applyPatch(live, patch)
        this.#requireVersion(live, patched.metadata.resourceVersion)
        return this.#update('patch', type, live, patched, options)
      },
      apply: async (type, object, options) => {
        this.#called('apply', type, object, options.dryRun === true)
        const live = this.#objects.get(keyString(keyOf(type, object.metadata)))
        const result = applyObject({ ...this.#writing(object, options), live, applied: object, force: options.force ?? false })
        if (result.outcome === 'conflict') throw new KubeApiError(409, 'Conflict', result.message)
        if (result.outcome === 'invalid') throw new KubeApiError(400, 'BadRequest', result.message)
        return result.isChanged ? this.#write('apply', type, live, result.object, options) : result.object
      },
      delete: async (type, ref, options = {}) => this.#delete(type, ref, options),
      logs: () => {
        throw new Error('nothing runs here')
      },
    }
  }

  #delete(type: ResourceType, ref: NamespacedName, options: DeleteOptions): KubeObject | KubeStatus {
    this.#called('delete', type, ref, options.dryRun === true)
    const live = this.#mustFind(type, ref)
    if (options.preconditions?.uid && options.preconditions.uid !== live.metadata.uid)
      throw new KubeApiError(409, 'Conflict', 'the uid is another')
    if (options.dryRun) return live
    if ((live.metadata.finalizers ?? []).length > 0) {
      if (live.metadata.deletionTimestamp !== undefined) return live
      this.effects.push(`delete ${live.kind}/${live.metadata.name}`)
      return this.#store({ ...live, metadata: { ...live.metadata, deletionTimestamp: this.#now() } })
    }
    this.effects.push(`delete ${live.kind}/${live.metadata.name}`)
    this.#drop(live)
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  }

  #update(verb: Verb, type: ResourceType, live: KubeObject, after: KubeObject, options: WriteOptions): KubeObject {
    const managedFields = isDeepEqual(live.metadata.managedFields, after.metadata.managedFields)
      ? updateManagedFields({ ...this.#writing(after, options), before: live, after })
      : (after.metadata.managedFields ?? [])
    return this.#write(verb, type, live, { ...after, metadata: { ...after.metadata, managedFields } }, options)
  }

  #write(verb: Verb, type: ResourceType, live: KubeObject | undefined, after: KubeObject, options: WriteOptions): KubeObject {
    const { namespace } = after.metadata
    if (type.namespaced && namespace !== undefined && !this.get('Namespace', namespace))
      throw new KubeApiError(404, 'NotFound', `namespaces "${namespace}" not found`)
    if (live && after.kind === 'Job' && !isDeepEqual(templateOf(live), templateOf(after)))
      throw new KubeApiError(422, 'Invalid', `Job.batch "${after.metadata.name}" is invalid: spec.template: field is immutable`)
    if (live && isDeepEqual(contentOf(live), contentOf(after))) return live
    const isSpecSame = live !== undefined && isDeepEqual(live['spec'], after['spec'])
    const generation = (live?.metadata.generation ?? 0) + (isSpecSame ? 0 : 1)
    const metadata = { uid: this.#nextUid(), creationTimestamp: this.#now(), ...after.metadata, generation }
    if (options.dryRun) return { ...after, metadata }
    this.effects.push(`${live ? verb : 'create'} ${after.kind}/${after.metadata.name}`)
    const stored = { ...after, metadata }
    if (live?.metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      this.#drop(live)
      return stored
    }
    return this.#store(stored)
  }

  #called(verb: Verb, type: ResourceType, object: KubeObject | NamespacedName, dryRun: boolean): void {
    const name = 'metadata' in object ? object.metadata.name : object.name
    this.calls.push(`${verb} ${type.kind}/${name}${dryRun ? ' (dry run)' : ''}`)
    const refusal = this.refuse(verb, object, { dryRun })
    if (refusal) throw refusal
  }

  #writing(object: KubeObject, options: WriteOptions): { schema: ReturnType<typeof typeSchemaFor>; manager: string; time: string } {
    const schema = typeSchemaFor({ ...splitApiVersion(object.apiVersion), kind: object.kind })
    return { schema, manager: options.fieldManager ?? 'unknown', time: this.#now() }
  }

  #mustFind(type: ResourceType, ref: NamespacedName): KubeObject {
    const object = this.#objects.get(keyString(keyOf(type, ref)))
    if (!object) throw new KubeApiError(404, 'NotFound', `${type.plural} "${ref.name}" not found`)
    return object
  }

  #requireVersion(live: KubeObject, version: string | undefined): void {
    if (version !== undefined && version !== live.metadata.resourceVersion)
      throw new KubeApiError(409, 'Conflict', 'the object has been modified; please apply your changes to the latest version and try again')
  }

  #store(object: KubeObject): KubeObject {
    const key = objectKey(object)
    const previous = this.#objects.get(keyString(key))
    const current = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.#objects.set(keyString(key), current)
    if (current.kind === 'CustomResourceDefinition') this.#define(current)
    for (const listener of this.#listeners) listener({ key, previous, current })
    return current
  }

  #drop(object: KubeObject): void {
    const key = objectKey(object)
    this.#objects.delete(keyString(key))
    for (const listener of this.#listeners) listener({ key, previous: object, current: undefined })
  }

  #define(definition: KubeObject): void {
    const group = textAt(definition, 'spec', 'group') ?? ''
    const kind = textAt(definition, 'spec', 'names', 'kind') ?? ''
    const mark = textAt(definition, 'spec', 'scope') === 'Cluster' ? '*' : ''
    if (!this.#typeOf(`${group}/v1`, kind)) this.serve(`${mark}${group}/v1 ${kind}`)
  }

  #typeOf(apiVersion: string, kind: string): ResourceType | undefined {
    const { group, version } = splitApiVersion(apiVersion)
    return this.#types.find((type) => type.group === group && type.version === version && type.kind === kind)
  }

  #createCache(): ClusterCache {
    const all = (): KubeObject[] => [...this.#objects.values()]
    return {
      start: async () => undefined,
      stop: async () => undefined,
      isSynced: true,
      get: (key: ObjectKey) => this.#objects.get(keyString(key)),
      indexed: (indexKey) => all().filter((object) => indexKeysOf(object).includes(indexKey)),
      ownedBy: (uid) => all().filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false),
      ofKind: (of: GroupKind, namespace) =>
        all().filter(
          (object) =>
            object.kind === of.kind &&
            splitApiVersion(object.apiVersion).group === of.group &&
            (namespace === undefined || object.metadata.namespace === namespace),
        ),
      types: () => [...this.#types],
      typeOf: (apiVersion, kind) => this.#typeOf(apiVersion, kind),
      follows: (of: GroupKind) => this.#types.some((type) => type.group === of.group && type.kind === of.kind),
      problems: () => [],
      size: 0,
      connectionProblem: () => undefined,
      observe: () => undefined,
      observeDeletion: () => undefined,
      subscribe: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  }

  #nextUid(): string {
    return `uid-${++this.#version}`
  }
}

function typeFrom(text: string): ResourceType {
  const [apiVersion = '', kind = ''] = text.replace('*', '').split(' ')
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
  const plural = `${kind.toLowerCase()}s`
  return { ...splitApiVersion(apiVersion), kind, plural, namespaced: !text.startsWith('*'), verbs, subresources: [] }
}

function keyOf(type: ResourceType, { name, namespace }: NamespacedName): ObjectKey {
  return { group: type.group, kind: type.kind, namespace: type.namespaced ? (namespace ?? '') : '', name }
}

function applyPatch(live: KubeObject, patch: Patch): KubeObject {
  if (patch.type === 'json') return applyJsonPatch(live, patch.patch) as KubeObject
  if (patch.type === 'merge') return applyMergePatch(live, patch.patch) as KubeObject
  const schema = typeSchemaFor({ ...splitApiVersion(live.apiVersion), kind: live.kind })
  return applyStrategicMergePatch(live, patch.patch, schema) as KubeObject
}

function serverFieldsOf({ metadata }: KubeObject): Partial<KubeObject['metadata']> {
  const { uid, creationTimestamp, generation, managedFields, deletionTimestamp } = metadata
  return {
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(generation !== undefined && { generation }),
    ...(managedFields && { managedFields }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  }
}

function templateOf(job: KubeObject): unknown {
  return (job['spec'] as { template?: unknown } | undefined)?.template
}

function contentOf({ metadata, ...rest }: KubeObject): unknown {
  const { resourceVersion: _version, uid: _uid, creationTimestamp: _time, generation: _generation, ...kept } = metadata
  return { ...rest, metadata: kept }
}
