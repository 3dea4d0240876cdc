import { joinApiVersion, type KubeObject, type KubeStatus, type ObjectMeta } from '@plimsoll/kube'
import { type Change, type Store, type StoredObject } from '../storage/index.ts'
import { alreadyExists, badRequest, conflict, failure, invalid, modifiedMeanwhile, notFound } from './api-failure.ts'
import { planDeletion } from './deletion.ts'
import type { AdmissionContext, FieldProblem, KindDefinition } from './kind-registry.ts'
import { admitToNamespace } from './namespace-admission.ts'
import { checkEnvelope, generateName, initializeMeta, keepServerMeta, normalizeMeta } from './object-meta.ts'
import { applyObject, ownAfterUpdate } from './ownership.ts'
import { patchObject } from './patching.ts'
import { resourceName, type ResourceTable } from './resource-table.ts'
import { mergeScale, scaleOf } from './scale.ts'
import { type Selection, selectionOf } from './selection.ts'
import { cloneTree, equalTrees, valueAt } from './tree.ts'
import type { DeleteRequest, PatchBody, WriteRequest } from './write-request.ts'

/** An object after a verb. `stored` is set when `object` is what the store holds, so that its text can be used. */
export interface Written {
  object: KubeObject
  stored: StoredObject | undefined
  created: boolean
}

/** Tries for a name that `generateName` made and that was taken. */
const generateAttempts = 8
/** etcd refuses requests above 1.5 MiB; clients know the limit. */
const maxObjectBytes = 1.5 * 1024 * 1024

/**
 * Create, update, patch, apply, delete: the only way into the store, for HTTP and for the cluster's own controllers.
 * A write is decided synchronously against the current state (`Store.write`), so that there is never a conflict to retry.
 */
export class ObjectVerbs {
  readonly #store: Store
  readonly #table: ResourceTable
  readonly #now: () => number

  constructor(store: Store, table: ResourceTable, now: () => number) {
    this.#store = store
    this.#table = table
    this.#now = now
  }

  /** Selectors read an object at the version that they were written for. */
  select(definition: KindDefinition, options: Parameters<typeof selectionOf>[1]): Selection {
    const selection = selectionOf(definition, options)
    const isStoredSo = definition.sharedStorage === undefined && definition.type.version === definition.storageVersion
    return isStoredSo ? selection : { ...selection, matches: (object) => selection.matches(this.atVersion(definition, object)) }
  }

  get(definition: KindDefinition, namespace: string, name: string): StoredObject | undefined {
    return this.#store.get(resourceOf(definition), namespace, name)
  }

  /** A stored object as the version that was asked for; the stored one itself when that is the same. */
  atVersion(definition: KindDefinition, object: KubeObject): KubeObject {
    const { group, version } = definition.type
    const apiVersion = joinApiVersion(group, version)
    if (object.apiVersion === apiVersion) return object
    const copy = { ...object }
    if (definition.sharedStorage !== undefined) definition.convert?.(copy, apiVersion)
    else this.#table.storageOf(definition).convert?.(copy, version)
    copy.apiVersion = apiVersion
    return copy
  }

  /** Rejects with 409, 422, 403, 404 for the namespace. `body` becomes the server's own. */
  async create(request: WriteRequest, body: unknown): Promise<Written> {
    const { definition, namespace } = request
    this.#refuseWhileTerminating(definition)
    checkEnvelope(definition, apiVersionOf(definition), body)
    const meta: ObjectMeta = body.metadata
    const unknown = [...(request.decodeProblems ?? []), ...normalizeMeta(definition, meta as unknown as Record<string, unknown>)]
    if (meta.namespace !== undefined && meta.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    if (meta.resourceVersion !== undefined && meta.resourceVersion !== '0')
      throw badRequest('resourceVersion should not be set on objects to be created')
    delete meta.resourceVersion
    const generated = meta.name === undefined && meta.generateName !== undefined
    for (let attempt = 1; ; attempt++) {
      const object = attempt === 1 && !generated ? body : cloneTree(body)
      if (generated) object.metadata.name = generateName(meta.generateName ?? '')
      if (object.metadata.name === undefined) {
        throw invalid(definition, '', [
          { field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' },
        ])
      }
      const { name } = object.metadata
      const prepared = this.#prepareNew(request, object, attempt === 1 ? unknown : [])
      const written = await this.#write(request, name, (current) => {
        if (current !== undefined) return undefined
        admitToNamespace(this.#store, definition, namespace, name)
        return { put: prepared }
      })
      if (written !== undefined) return { ...written, created: true }
      if (!generated) throw alreadyExists(definition, name)
      if (attempt === generateAttempts) throw alreadyExists(definition, name)
    }
  }

  /** PUT. Rejects with 404, 409, 422. */
  async update(request: WriteRequest, body: unknown): Promise<Written> {
    const { definition, name } = request
    if (request.subresource === 'scale') {
      return this.#change(request, (current) => mergeScale(definition, current, body))
    }
    checkEnvelope(definition, apiVersionOf(definition), body)
    const unknown = [...(request.decodeProblems ?? []), ...normalizeMeta(definition, body.metadata as unknown as Record<string, unknown>)]
    if (body.metadata.name !== undefined && body.metadata.name !== name) {
      throw badRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`)
    }
    if (body.metadata.namespace !== undefined && body.metadata.namespace !== request.namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    if (definition.isCustom && body.metadata.resourceVersion === undefined) {
      throw invalid(definition, name, [
        { field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update' },
      ])
    }
    return this.#change(request, () => body, unknown)
  }

  /** A change that the server itself makes for a subresource of its own. `change` gets a frozen object. */
  async edit(request: WriteRequest, change: (current: KubeObject) => KubeObject): Promise<Written> {
    return this.#change(request, change)
  }

  /** JSON, merge and strategic merge patches; server-side apply, which also creates. */
  async patch(request: WriteRequest, patch: PatchBody): Promise<Written> {
    const { definition, name } = request
    if (patch.type === 'apply') return this.#apply(request, patch.object, patch.force)
    return this.#change(request, (current) => {
      const before = request.subresource === 'scale' ? scaleOf(definition, current) : current
      const after = patchObject(definition, before, patch)
      if (request.subresource === 'scale') return mergeScale(definition, current, after)
      checkEnvelope(definition, apiVersionOf(definition), after)
      const unknown = normalizeMeta(definition, after.metadata as unknown as Record<string, unknown>)
      if (after.metadata.name !== name) {
        throw invalid(definition, name, [
          {
            field: 'metadata.name',
            reason: 'FieldValueInvalid',
            message: `Invalid value: ${JSON.stringify(after.metadata.name ?? '')}: field is immutable`,
          },
        ])
      }
      if (after.metadata.namespace !== current.metadata.namespace) {
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
      }
      if (after.metadata.uid !== undefined && after.metadata.uid !== current.metadata.uid) {
        throw conflict(definition, name, uidMismatch(after.metadata.uid, current.metadata.uid))
      }
      this.#reportUnknown(request, unknown)
      return after
    })
  }

  async #apply(request: WriteRequest, sent: unknown, force: boolean): Promise<Written> {
    const { definition, namespace, name } = request
    checkEnvelope(definition, apiVersionOf(definition), sent, { isApplied: true })
    const meta: ObjectMeta = sent.metadata
    const unknown = [...(request.decodeProblems ?? []), ...normalizeMeta(definition, meta as unknown as Record<string, unknown>)]
    if (meta.name !== undefined && meta.name !== name)
      throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`)
    if (meta.namespace !== undefined && meta.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    if (meta.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
    meta.name = name
    if (definition.type.namespaced) meta.namespace = namespace
    const writer = { manager: request.manager, subresource: request.subresource, now: this.#now() }
    // A built-in kind refuses unknown fields in an apply by its schema, as in a real cluster.
    const unknownSent = [...unknown, ...(definition.isCustom ? definition.prune(sent) : [])]
    this.#reportUnknown(request, unknownSent)
    let created = false
    const written = await this.#write(request, name, (current) => {
      if (current === undefined) {
        if (request.subresource !== '') throw notFound(definition, name)
        if (meta.uid !== undefined) throw conflict(definition, name, uidMismatch(meta.uid, ''))
        admitToNamespace(this.#store, definition, namespace, name)
        this.#refuseWhileTerminating(definition)
        created = true
        const object = cloneTree(applyObject(definition, undefined, sent, force, writer))
        return { put: this.#prepareNew({ ...request, fieldValidation: 'Ignore' }, object, [], object.metadata.managedFields) }
      }
      const old = this.atVersion(definition, current.object)
      if (meta.uid !== undefined && meta.uid !== old.metadata.uid) throw conflict(definition, name, uidMismatch(meta.uid, old.metadata.uid))
      if (meta.resourceVersion !== undefined && meta.resourceVersion !== '0' && meta.resourceVersion !== old.metadata.resourceVersion) {
        throw conflict(definition, name, modifiedMeanwhile)
      }
      const applied = applyObject(definition, old, sent, force, writer)
      if (applied === old) return { keep: current }
      const object = cloneTree(applied)
      return this.#decideUpdate(request, current, old, object, object.metadata.managedFields)
    })
    return { ...(written as Omit<Written, 'created'>), created }
  }

  /** Resolves to the object while something holds it, else to a Status. Rejects with 404, 409, 403. */
  async delete(request: WriteRequest, options: DeleteRequest): Promise<Written | KubeStatus> {
    const { definition, name } = request
    let status: KubeStatus | undefined
    const written = await this.#write(request, name, (current) => {
      if (current === undefined) throw notFound(definition, name)
      const plan = planDeletion(definition, current.object, options, this.#now())
      if (plan.type === 'keep') return { keep: current }
      if (plan.type === 'mark') return { put: plan.object }
      status = deletedStatus(definition, current.object)
      const last = cloneTree(current.object)
      return { remove: plan.object ?? last }
    })
    if (status !== undefined) return status
    return { ...(written as Omit<Written, 'created'>), created: false }
  }

  /** Reads, changes and stores one existing object. `change` gets it at the request's version. */
  async #change(request: WriteRequest, change: (current: KubeObject) => KubeObject, unknown: string[] = []): Promise<Written> {
    const { definition, name } = request
    const written = await this.#write(request, name, (current) => {
      if (current === undefined) throw notFound(definition, name)
      const old = this.atVersion(definition, current.object)
      const object = change(old)
      const { uid, resourceVersion } = object.metadata
      if (uid !== undefined && uid !== old.metadata.uid) throw conflict(definition, name, uidMismatch(uid, old.metadata.uid))
      if (resourceVersion !== undefined && resourceVersion !== '0' && resourceVersion !== old.metadata.resourceVersion) {
        throw conflict(definition, name, modifiedMeanwhile)
      }
      const pruned = definition.prune(object)
      this.#reportUnknown(request, [...unknown, ...pruned])
      checkTypes(definition, object)
      return this.#decideUpdate(request, current, old, object, undefined)
    })
    return { ...(written as Omit<Written, 'created'>), created: false }
  }

  /** From a changed object to a change of the store. `managedFields` is set when an apply has already worked out the ownership. */
  #decideUpdate(
    request: WriteRequest,
    current: StoredObject,
    old: KubeObject,
    changed: KubeObject,
    managedFields: ObjectMeta['managedFields'],
  ): Change {
    const { definition, name, subresource } = request
    const now = this.#now()
    let object = changed
    if (subresource === 'status' || subresource === 'approval') {
      object = { ...old, metadata: { ...old.metadata } }
      if (changed['status'] === undefined) delete object['status']
      else object['status'] = changed['status']
      if (changed.metadata.managedFields !== undefined) object.metadata.managedFields = changed.metadata.managedFields
    } else if (subresource === 'finalize') {
      const finalizers = valueAt(changed, ['spec', 'finalizers'])
      object = { ...old, metadata: { ...old.metadata }, spec: { ...(old['spec'] as object | undefined), finalizers: finalizers ?? [] } }
    } else {
      keepServerMeta(object.metadata, old.metadata)
      if (definition.hasStatus) {
        if (old['status'] === undefined) delete object['status']
        else object['status'] = cloneTree(old['status'])
      }
      definition.applyDefaults(object)
      definition.prepareForUpdate?.(object, old, this.#admission(now))
    }
    object.metadata.resourceVersion = old.metadata.resourceVersion ?? ''
    if (subresource !== 'status' && definition.generation !== 'none' && specChanged(old, object, definition)) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1
    }
    const owned = managedFields ?? ownAfterUpdate(definition, old, object, { manager: request.manager, subresource, now })
    if (owned === undefined || owned.length === 0) delete object.metadata.managedFields
    else object.metadata.managedFields = owned
    if (isSame(old, object)) return { keep: current }

    const problems = definition.validate(object, old, subresourceForValidation(subresource))
    if (problems.length > 0) throw invalid(definition, name, unique(problems))
    request.warnings.push(...(definition.warnings?.(object, old) ?? []))
    checkSize(object)
    const stored = this.#toStorage(definition, object)
    if (isFinallyDeleted(stored, resourceOf(definition))) {
      // Something may have been let in while the deletion was on its way to the disk: its controller looks again.
      if (resourceOf(definition) === '/namespaces' && !this.#store.isEmptyNamespace(name))
        throw conflict(definition, name, 'the namespace is not empty')
      return { remove: stored }
    }
    return { put: stored }
  }

  #prepareNew(request: WriteRequest, object: KubeObject, unknown: string[], managedFields?: ObjectMeta['managedFields']): KubeObject {
    const { definition, namespace } = request
    const now = this.#now()
    this.#reportUnknown(request, [...unknown, ...definition.prune(object)])
    checkTypes(definition, object)
    initializeMeta(definition, object.metadata, namespace, now)
    if (definition.hasStatus && (definition.isCustom || definition.type.kind === 'CustomResourceDefinition')) delete object['status']
    definition.applyDefaults(object)
    const owned = managedFields ?? ownAfterUpdate(definition, undefined, object, { manager: request.manager, subresource: '', now })
    definition.prepareForCreate?.(object, this.#admission(now))
    if (owned === undefined || owned.length === 0) delete object.metadata.managedFields
    else object.metadata.managedFields = owned
    const problems = definition.validate(object, undefined, '')
    if (problems.length > 0) throw invalid(definition, object.metadata.name, unique(problems))
    request.warnings.push(...(definition.warnings?.(object, undefined) ?? []))
    checkSize(object)
    return this.#toStorage(definition, object)
  }

  /** Through the store, or only as far as it for a dry run. Undefined when `decide` said so. */
  async #write(
    request: WriteRequest,
    name: string,
    decide: (current: StoredObject | undefined) => Change | undefined,
  ): Promise<Omit<Written, 'created'> | undefined> {
    const { definition, namespace } = request
    const resource = resourceOf(definition)
    if (request.dryRun) {
      const change = decide(this.#store.get(resource, namespace, name))
      if (change === undefined) return undefined
      const object = 'put' in change ? change.put : 'remove' in change ? change.remove : (change.keep?.object as KubeObject)
      return { object: this.atVersion(definition, object), stored: undefined }
    }
    let declined = false
    const stored = await this.#store.write(resource, namespace, name, (current) => {
      const change = decide(current)
      declined = change === undefined
      return change ?? { keep: undefined }
    })
    if (declined || stored === undefined) return undefined
    const object = this.atVersion(definition, stored.object)
    return { object, stored: object === stored.object ? stored : undefined }
  }

  #toStorage(definition: KindDefinition, object: KubeObject): KubeObject {
    const { sharedStorage, type, storageVersion } = definition
    if (sharedStorage === undefined && type.version === storageVersion) return object
    const result = { ...object }
    const apiVersion =
      sharedStorage === undefined ? joinApiVersion(type.group, storageVersion) : joinApiVersion(sharedStorage.group, sharedStorage.version)
    definition.convert?.(result, sharedStorage === undefined ? storageVersion : apiVersion)
    result.apiVersion = apiVersion
    return result
  }

  /** A kind whose definition is being deleted takes no new objects. */
  #refuseWhileTerminating(definition: KindDefinition): void {
    if (!definition.isCustom) return
    const { plural, group } = definition.type
    const crd = this.#store.get('apiextensions.k8s.io/customresourcedefinitions', '', `${plural}.${group}`)
    if (crd?.object.metadata.deletionTimestamp === undefined) return
    throw failure(405, 'MethodNotAllowed', 'create not allowed while custom resource definition is terminating')
  }

  #reportUnknown(request: WriteRequest, unknown: string[]): void {
    if (unknown.length === 0 || request.fieldValidation === 'Ignore') return
    if (request.fieldValidation === 'Warn') {
      request.warnings.push(...unknown)
      return
    }
    const { kind, version } = request.definition.type
    const message = `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${unknown.join(', ')}`
    throw failure(400, 'BadRequest', message)
  }

  #admission(now: number): AdmissionContext {
    return {
      now,
      find: (group, plural, namespace, name) => this.#store.get(resourceName(group, plural), namespace, name)?.object,
      list: (group, plural, namespace) => this.#store.list(resourceName(group, plural), namespace).map((stored) => stored.object),
    }
  }
}

/** What the store files objects of this kind under. */
export function resourceOf(definition: KindDefinition): string {
  const { group, plural } = definition.sharedStorage ?? definition.type
  return resourceName(group, plural)
}

export function apiVersionOf(definition: KindDefinition): string {
  return joinApiVersion(definition.type.group, definition.type.version)
}

/** Nothing but what every write changes is different: then the write changes nothing. */
function isSame(old: KubeObject, object: KubeObject): boolean {
  for (const key of new Set([...Object.keys(old), ...Object.keys(object)])) {
    if (key === 'metadata') continue
    if (!equalTrees(old[key], object[key])) return false
  }
  const { managedFields: oldFields, ...oldMeta } = old.metadata
  const { managedFields: newFields, ...newMeta } = object.metadata
  return equalTrees(oldMeta, newMeta) && equalTrees(withoutTimes(oldFields), withoutTimes(newFields))
}

function withoutTimes(entries: ObjectMeta['managedFields']): unknown {
  return entries?.map(({ time: _time, ...rest }) => rest) ?? []
}

function specChanged(old: KubeObject, object: KubeObject, definition: KindDefinition): boolean {
  for (const key of new Set([...Object.keys(old), ...Object.keys(object)])) {
    if (
      key === 'metadata' ||
      key === 'apiVersion' ||
      key === 'kind' ||
      (key === 'status' && (definition.hasStatus || !definition.isCustom))
    )
      continue
    if (!equalTrees(old[key], object[key])) return true
  }
  return false
}

/** An object that waits for nothing any more goes with the update that took the last finalizer off. */
function isFinallyDeleted(object: KubeObject, resource: string): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false
  if (resource !== '/namespaces') return true
  const spec = object['spec'] as { finalizers?: string[] } | undefined
  return (spec?.finalizers?.length ?? 0) === 0
}

function checkTypes(definition: KindDefinition, object: KubeObject): void {
  const problem = definition.typeProblem?.(object)
  if (problem === undefined) return
  const { kind, version } = definition.type
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${problem}`)
}

function checkSize(object: KubeObject): void {
  const size = estimateSize(object)
  if (size <= maxObjectBytes) return
  throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxObjectBytes} bytes, the object has ${size}`)
}

/** Length as JSON, near enough, without making the text. */
function estimateSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 5
  let size = 2
  if (Array.isArray(value)) for (const item of value) size += estimateSize(item) + 1
  else for (const key of Object.keys(value)) size += key.length + 4 + estimateSize((value as Record<string, unknown>)[key])
  return size
}

function subresourceForValidation(subresource: string): '' | 'status' | 'scale' {
  return subresource === 'status' || subresource === 'scale' ? subresource : ''
}

function unique(problems: readonly FieldProblem[]): FieldProblem[] {
  const seen = new Set<string>()
  return problems.filter(({ field, message }) => {
    const key = `${field} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}

function uidMismatch(wanted: string, found: string | undefined): string {
  return `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found ?? ''}`
}

function deletedStatus(definition: KindDefinition, object: KubeObject): KubeStatus {
  const { group, plural } = definition.type
  const details: NonNullable<KubeStatus['details']> = { name: object.metadata.name, ...(group === '' ? {} : { group }), kind: plural }
  if (object.metadata.uid !== undefined) details.uid = object.metadata.uid
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
