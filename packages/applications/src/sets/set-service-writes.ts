import { type ApplicationSet, PlimsollError, setAnnotations } from '@plimsoll/api'
import { isConflict, isNotFound, KubeApiError, type KubeObject } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import { translated } from '../service/application-writes.ts'
import type { SetRef } from './contract.ts'
import { typeOfKind } from './reconcile/set-context.ts'
import { setOfObject } from './reconcile/set-object.ts'

const fieldManager = 'argocd-server'
const attempts = 5

/** Writes of ApplicationSets that somebody has asked for, all through the home cluster's API. */
export class SetServiceWrites {
  readonly #home: TargetCluster

  constructor(home: TargetCluster) {
    this.#home = home
  }

  async create(set: ApplicationSet, { upsert }: { upsert: boolean }): Promise<KubeObject> {
    const { name, namespace = '' } = set.metadata
    try {
      const type = await typeOfKind(this.#home, 'ApplicationSet')
      return this.#observed(await this.#home.client.create(type, set as unknown as KubeObject, { fieldManager }))
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.code !== 409) throw asSet(error, name)
    }
    const existing = await this.#read({ name, namespace })
    const before = setOfObject(existing)
    const isSame =
      isDeepEqual(before.spec, set.spec) &&
      isDeepEqual(before.metadata.labels ?? {}, set.metadata.labels ?? {}) &&
      isDeepEqual(before.metadata.annotations ?? {}, set.metadata.annotations ?? {})
    if (isSame) return existing
    if (!upsert) {
      throw new PlimsollError('already-exists', `ApplicationSet ${name} exists, and its spec is different.`, {
        remedy: 'Choose another name, or use --upsert to change the one that is there.',
      })
    }
    return this.change({ name, namespace }, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        labels: { ...current.metadata.labels, ...set.metadata.labels },
        annotations: { ...current.metadata.annotations, ...set.metadata.annotations },
        ...(set.metadata.finalizers && { finalizers: set.metadata.finalizers }),
      },
      spec: set.spec,
    }))
  }

  async delete({ name, namespace }: SetRef): Promise<void> {
    try {
      const answer = await this.#home.client.delete(await typeOfKind(this.#home, 'ApplicationSet'), { name, namespace })
      this.#home.cache.observeDeletion({ group: 'argoproj.io', kind: 'ApplicationSet', namespace, name }, answer)
    } catch (error) {
      if (isNotFound(error)) throw new PlimsollError('not-found', `ApplicationSet ${name} does not exist in namespace ${namespace}.`)
      throw asSet(error, name)
    }
  }

  async annotate(ref: SetRef, annotation: (typeof setAnnotations)[keyof typeof setAnnotations], value: string): Promise<KubeObject> {
    return this.change(ref, (current) => ({
      ...current,
      metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, [annotation]: value } },
    }))
  }

  /** Reads, changes, writes with a precondition; again when it was changed in between. */
  async change(ref: SetRef, change: (current: KubeObject) => KubeObject): Promise<KubeObject> {
    const type = await typeOfKind(this.#home, 'ApplicationSet')
    for (let attempt = 1; ; attempt += 1) {
      const next = change(await this.#read(ref))
      try {
        return this.#observed(await this.#home.client.update(type, next, { fieldManager }))
      } catch (error) {
        if (!isConflict(error) || attempt >= attempts) throw asSet(error, ref.name)
      }
    }
  }

  async #read(ref: SetRef): Promise<KubeObject> {
    const object = await this.#home.client.get(await typeOfKind(this.#home, 'ApplicationSet'), ref)
    if (!object) throw new PlimsollError('not-found', `ApplicationSet ${ref.name} does not exist in namespace ${ref.namespace}.`)
    return object
  }

  #observed(object: KubeObject): KubeObject {
    this.#home.cache.observe(object)
    return object
  }
}

function asSet(error: unknown, name: string): unknown {
  const known = translated(error, name)
  if (!(known instanceof PlimsollError)) return known
  const code = known.code === 'invalid-application' ? 'invalid-application-set' : known.code
  return new PlimsollError(code, known.message.replace(/^Application /, 'ApplicationSet '), { cause: error })
}
