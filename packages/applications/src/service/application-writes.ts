import { randomUUID } from 'node:crypto'
import { annotations, Application, type Operation, PlimsollError, resourcesFinalizer, type SyncOperation } from '@plimsoll/api'
import {
  isConflict,
  isNotFound,
  KubeApiError,
  KubeConnectionError,
  type KubeClient,
  type KubeObject,
  type Patch,
  type ResourceType,
} from '@plimsoll/kube'
import { applicationApiVersion, applicationKey, applicationOf, isDnsSubdomain, specProblem } from '../application-object.ts'
import type { Actor, ApplicationRef, ApplicationsContext, Judge } from '../contract.ts'
import { isDeepEqual, isObject } from '../json.ts'
import {
  askedRevisions,
  historySources,
  revisionFields,
  revisionText,
  sourceFields,
  type SourceSet,
  sourceSetOf,
  specSources,
  targetRevisionsOf,
} from '../application-sources.ts'
import type { HomeApplications } from '../home-applications.ts'
import { projectOf } from '../projects/project.ts'
import { projectGuard } from '../projects/project-guard.ts'
import { permissionAt, windowsOf } from '../projects/sync-windows.ts'
import { readHold } from '../reconcile/automated-sync.ts'

/** Who wrote it, in managed fields: the same name whichever client asked. */
const fieldManager = 'argocd-server'
const attempts = 5

interface WritesContext extends Pick<ApplicationsContext, 'home' | 'namespace' | 'clusters' | 'clock'> {
  applications: HomeApplications
}

/**
 * Writes of Applications, all through the home cluster's API: `kubectl` and this are one way. A change is made to what is there at that moment,
 * and made again when somebody was quicker.
 */
export class ApplicationWrites {
  readonly #context: WritesContext

  constructor(context: WritesContext) {
    this.#context = context
  }

  async create(application: Application, options: { upsert?: boolean; validate?: boolean; judge?: Judge }): Promise<KubeObject> {
    const checked = this.#check(application, options.validate !== false)
    const { status: _status, ...wanted } = checked
    try {
      return await this.#client.create(await this.#type(), toObject(wanted), { fieldManager })
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.code !== 409) throw translated(error, checked.metadata.name)
      return this.#createAgain(checked, options)
    }
  }

  async #createAgain(wanted: Application, options: { upsert?: boolean; judge?: Judge }): Promise<KubeObject> {
    const ref = { name: wanted.metadata.name, namespace: wanted.metadata.namespace ?? '' }
    const existing = applicationOf(await this.read(ref))
    const isSame =
      isDeepEqual(existing.spec, wanted.spec) &&
      isDeepEqual(existing.metadata.labels ?? {}, wanted.metadata.labels ?? {}) &&
      isDeepEqual(existing.metadata.finalizers ?? [], wanted.metadata.finalizers ?? [])
    if (isSame) return this.read(ref)
    // Whoever may not change it is not told how it is.
    options.judge?.(existing, wanted)
    if (!options.upsert) {
      throw new PlimsollError('already-exists', `Application ${ref.name} exists, and its spec is different.`, {
        remedy: 'Choose another name, or use --upsert to change the one that is there.',
      })
    }
    return this.update(wanted, { validate: false, ...(options.judge && { judge: options.judge }) })
  }

  /** Replaces spec and those parts of metadata that people write; an operation that is asked for along with it is kept. */
  async update(application: Application, options: { validate?: boolean; judge?: Judge }): Promise<KubeObject> {
    const checked = this.#check(application, options.validate !== false)
    return this.change({ name: checked.metadata.name, namespace: checked.metadata.namespace ?? '' }, (current) => {
      options.judge?.(applicationOf(current), checked)
      return {
        ...current,
        metadata: {
          ...current.metadata,
          ...(checked.metadata.labels && { labels: checked.metadata.labels }),
          ...(checked.metadata.annotations && { annotations: checked.metadata.annotations }),
          ...(checked.metadata.finalizers && { finalizers: checked.metadata.finalizers }),
        },
        spec: checked.spec,
        ...(checked.operation && { operation: checked.operation }),
      }
    })
  }

  async updateSpec(ref: ApplicationRef, spec: Application['spec'], options: { validate?: boolean; judge?: Judge }): Promise<KubeObject> {
    return this.change(ref, (current) => {
      const next = { ...current, spec }
      options.judge?.(applicationOf(current), next as unknown as Application)
      this.#check(next as unknown as Application, options.validate !== false)
      return next
    })
  }

  /** What it makes of the object that is there is judged, and written over that very one. */
  async patch(ref: ApplicationRef, patch: Patch, judge?: Judge): Promise<KubeObject> {
    for (let attempt = 1; ; attempt++) {
      try {
        const type = await this.#type()
        const current = await this.read(ref)
        const predicted = await this.#client.patch(type, ref, over(current, patch), { fieldManager, dryRun: true })
        judge?.(applicationOf(current), predicted as unknown as Application)
        this.#check(predicted as unknown as Application, true)
        return await this.#client.patch(type, ref, over(current, patch), { fieldManager })
      } catch (error) {
        if (!isConflict(error) || attempt >= attempts) throw translated(error, ref.name)
      }
    }
  }

  async delete(ref: ApplicationRef, options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' }): Promise<void> {
    const isOurs = (name: string): boolean => name === resourcesFinalizer || name.startsWith(`${resourcesFinalizer}/`)
    const wanted = options.propagationPolicy === 'background' ? `${resourcesFinalizer}/background` : resourcesFinalizer
    await this.change(ref, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        finalizers: [...(current.metadata.finalizers ?? []).filter((name) => !isOurs(name)), ...(options.cascade ? [wanted] : [])],
      },
    }))
    try {
      this.#context.home.cache.observeDeletion(applicationKey(ref), await this.#client.delete(await this.#type(), ref))
    } catch (error) {
      if (!isNotFound(error)) throw translated(error, ref.name)
    }
  }

  async sync(
    ref: ApplicationRef,
    request: SyncOperation & { infos?: Operation['info']; retry?: Operation['retry'] },
    by: Actor,
  ): Promise<KubeObject> {
    const { infos, retry, ...sync } = request
    return this.#operate(ref, by, (application) => {
      refuseOtherRevision(application, sync)
      return {
        operation: {
          sync: { ...sync, syncOptions: sync.syncOptions ?? application.spec.syncPolicy?.syncOptions ?? null },
          ...(infos && { info: infos }),
          retry: retry ?? application.spec.syncPolicy?.retry ?? null,
        },
      }
    })
  }

  async rollback(ref: ApplicationRef, options: { id?: number; prune?: boolean; dryRun?: boolean }, by: Actor): Promise<KubeObject> {
    return this.#operate(ref, by, (application) => {
      const history = application.status?.history ?? []
      const entry =
        options.id === undefined || (options.id === 0 && history.every((item) => item.id !== 0))
          ? history.at(-2)
          : history.find((item) => item.id === options.id)
      if (!entry) {
        const known = history.map((item) => item.id).join(', ')
        throw new PlimsollError(
          'rollback-impossible',
          options.id === undefined
            ? `Application ${ref.name} has no earlier deployment to go back to.`
            : `Application ${ref.name} has no deployment with id ${options.id} in its history (${known === '' ? 'it is empty' : `ids: ${known}`}).`,
        )
      }
      const past = historySources(entry)
      if (!past) throw new PlimsollError('rollback-impossible', `Entry ${entry.id} of the history of ${ref.name} has no revision.`)
      const hold = {
        reason: `rolled back to ${past.revisions.map((revision) => revision.slice(0, 12)).join(', ')} (history id ${entry.id})`,
        by: by.username,
        since: new Date(this.#context.clock.now()).toISOString(),
        revision: revisionText(past.revisions),
      }
      return {
        operation: {
          sync: {
            ...revisionFields(past.set.isMultiple, past.revisions),
            ...sourceFields(past.set),
            ...(options.prune !== undefined && { prune: options.prune }),
            ...(options.dryRun !== undefined && { dryRun: options.dryRun }),
            syncOptions: application.spec.syncPolicy?.syncOptions ?? null,
          },
        },
        // Without automation there is nothing to hold; a dry run changes nothing.
        ...(application.spec.syncPolicy?.automated && !options.dryRun && { hold: JSON.stringify(hold) }),
      }
    })
  }

  async resume(ref: ApplicationRef): Promise<KubeObject> {
    return this.change(ref, (current) => {
      if (!readHold(applicationOf(current)))
        throw new PlimsollError('invalid-request', `Automated sync of ${ref.name} is not on hold.`, { remedy: 'Nothing is to be done.' })
      const { [annotations.hold]: _hold, ...rest } = current.metadata.annotations ?? {}
      return { ...current, metadata: { ...current.metadata, annotations: rest } }
    })
  }

  /** With automation a sync follows at once: the revision is the one that was synced before, which by itself would be left alone. */
  async rotate(ref: ApplicationRef, by: Actor): Promise<KubeObject> {
    return this.change(ref, (current) => {
      const rotation = JSON.stringify({ id: randomUUID(), at: new Date(this.#context.clock.now()).toISOString() })
      const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, [annotations.randomRotation]: rotation } }
      const application = applicationOf(current)
      const automated = application.spec.syncPolicy?.automated
      const isFree = application.operation === undefined && application.status?.operationState?.phase !== 'Running'
      const syncs = automated && automated.enabled !== false && isFree && current.metadata.annotations?.[annotations.hold] === undefined
      return {
        ...current,
        metadata,
        ...(syncs && {
          operation: {
            sync: { prune: automated.prune ?? false, syncOptions: application.spec.syncPolicy?.syncOptions ?? null },
            initiatedBy: { username: by.username },
            retry: application.spec.syncPolicy?.retry ?? null,
          },
        }),
      }
    })
  }

  async terminate(ref: ApplicationRef): Promise<KubeObject> {
    return this.change(ref, (current) => {
      const application = applicationOf(current)
      const state = application.status?.operationState
      if (application.operation && (!state || state.phase !== 'Running')) {
        const { operation: _operation, ...rest } = current
        return rest as KubeObject
      }
      if (!state || state.phase !== 'Running') {
        throw new PlimsollError('invalid-request', `Unable to terminate operation. No operation is in progress on ${ref.name}.`, {
          remedy: 'Nothing is to be done.',
        })
      }
      return {
        ...current,
        status: { ...(isObject(current.status) ? current.status : {}), operationState: { ...state, phase: 'Terminating' } },
      }
    })
  }

  /** By the clock of those who compare it with the beginning of the operation, not by the asker's. */
  async confirmDeletion(ref: ApplicationRef): Promise<KubeObject> {
    const at = new Date(this.#context.clock.now()).toISOString()
    return this.#annotate(ref, { [annotations.deletionApproved]: at })
  }

  async askForRefresh(ref: ApplicationRef, kind: 'normal' | 'hard'): Promise<KubeObject> {
    return this.#annotate(ref, { [annotations.refresh]: kind })
  }

  async #annotate(ref: ApplicationRef, values: Record<string, string>): Promise<KubeObject> {
    this.#requireEnabled(ref)
    try {
      return await this.#client.patch(
        await this.#type(),
        ref,
        { type: 'merge', patch: { metadata: { annotations: values } } },
        { fieldManager },
      )
    } catch (error) {
      throw translated(error, ref.name)
    }
  }

  async read(ref: ApplicationRef): Promise<KubeObject> {
    this.#requireEnabled(ref)
    const object = await this.#client.get(await this.#type(), ref)
    if (!object) throw new PlimsollError('not-found', `Application ${ref.name} does not exist in namespace ${ref.namespace}.`)
    return object
  }

  #requireEnabled({ name, namespace }: ApplicationRef): void {
    if (!this.#context.applications.isEnabled(namespace))
      throw new PlimsollError('not-found', `Application ${name} does not exist in namespace ${namespace}.`)
  }

  /** Reads, changes, writes with a precondition; again when it was changed in between. */
  async change(ref: ApplicationRef, change: (current: KubeObject) => KubeObject): Promise<KubeObject> {
    for (let attempt = 1; ; attempt++) {
      const next = change(await this.read(ref))
      try {
        const written = await this.#client.update(await this.#type(), next, { fieldManager })
        this.#context.home.cache.observe(written)
        return written
      } catch (error) {
        if (!isConflict(error) || attempt >= attempts) throw translated(error, ref.name)
      }
    }
  }

  async #operate(
    ref: ApplicationRef,
    by: Actor,
    make: (application: Application) => { operation: Operation; hold?: string },
  ): Promise<KubeObject> {
    return this.change(ref, (current) => {
      const application = applicationOf(current)
      if (application.metadata.deletionTimestamp !== undefined)
        throw new PlimsollError('invalid-request', `Application ${ref.name} is being deleted.`, { remedy: 'Wait until it is gone.' })
      const phase = application.status?.operationState?.phase
      if (application.operation || phase === 'Running' || phase === 'Terminating') {
        throw new PlimsollError('operation-in-progress', `Another operation is already in progress on application ${ref.name}.`)
      }
      this.#refuseOutsideWindows(application)
      const { operation, hold } = make(application)
      this.#refuseForbidden(application, sourceSetOf(operation.sync) ?? sourceSetOf(application.spec))
      const next: KubeObject = { ...current, operation: withoutNulls({ ...operation, initiatedBy: { username: by.username } }) }
      if (hold !== undefined)
        next.metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, [annotations.hold]: hold } }
      return next
    })
  }

  #refuseOutsideWindows(application: Application): void {
    const { home, namespace, clock } = this.#context
    const { name } = application.metadata
    const { project, problem } = projectOf(home.cache, namespace, application)
    if (problem !== undefined)
      throw new PlimsollError('sync-window-closed', `Application ${name} cannot be synced: ${problem} cannot be read.`)
    const permission = permissionAt(windowsOf(project, application), { isManual: true }, clock.now())
    if (permission.isAllowed) return
    const end = permission.until === undefined ? '' : ` It may be from ${new Date(permission.until).toISOString()} on.`
    const { name: projectName = 'default' } = project?.metadata ?? {}
    throw new PlimsollError(
      'sync-window-closed',
      `cannot sync: blocked by sync window. Application ${name} may not be synced now: ${permission.message}.${end}`,
      { remedy: `Wait, or let the window allow manual syncs: \`plimsoll proj windows list ${projectName}\`, then \`enable-manual-sync\`.` },
    )
  }

  /** Refuses what can never work, naming the field; answers with the namespace filled in. */
  #check(application: Application, validate: boolean): Application {
    const parsed = Application.safeParse(application)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw new PlimsollError(
        'invalid-application',
        `${issue?.path.map(String).join('.') ?? 'application'}: ${issue?.message ?? 'is not valid'}`,
      )
    }
    const { name } = parsed.data.metadata
    if (!isDnsSubdomain(name)) {
      throw new PlimsollError(
        'invalid-application',
        `metadata.name: "${name.slice(0, 80)}" is not a name (lower case letters, digits, dashes and dots, at most 253, beginning and ending with a letter or digit)`,
      )
    }
    const namespace = parsed.data.metadata.namespace || this.#context.namespace
    if (!this.#context.applications.isEnabled(namespace)) {
      throw new PlimsollError('invalid-application', `metadata.namespace: namespace '${namespace.slice(0, 80)}' is not permitted`, {
        remedy: `Use ${this.#context.namespace}, or have the namespace enabled: application.namespaces of ConfigMap argocd-cmd-params-cm.`,
      })
    }
    if (validate) {
      const problem = specProblem(parsed.data)
      if (problem) throw new PlimsollError('invalid-application', problem)
      const found = this.#context.clusters.resolve(parsed.data.spec.destination)
      if (!found.cluster) throw new PlimsollError('cluster-not-found', `spec.destination: ${found.problem}.`)
    }
    const checked: Application = {
      ...application,
      metadata: { ...application.metadata, namespace },
      spec: { ...application.spec, project: application.spec.project || 'default' },
    }
    this.#refuseForbidden(checked, sourceSetOf(checked.spec))
    return checked
  }

  /** As it stands now. What is allowed here is asked again when it is used. */
  #refuseForbidden(application: Application, set: SourceSet | undefined): void {
    const { cluster } = this.#context.clusters.resolve(application.spec.destination)
    // Of what cannot be worked with, the reconciler says so.
    if (!cluster || !set) return
    const problems = projectGuard(this.#context, application, cluster, set).problems()
    if (problems.length === 0) return
    const told = problems.map((problem) => `InvalidSpecError: ${problem}`).join('; ')
    throw new PlimsollError('project-forbids', `application spec for ${application.metadata.name} is invalid: ${told}`)
  }

  get #client(): KubeClient {
    return this.#context.home.client
  }

  async #type(): Promise<ResourceType> {
    const type =
      this.#context.home.cache.typeOf(applicationApiVersion, 'Application') ??
      (await this.#client.typeOf(applicationApiVersion, 'Application'))
    if (!type)
      throw new PlimsollError(
        'cluster-unreachable',
        `Cluster ${this.#context.home.name} does not serve ${applicationApiVersion} Application.`,
      )
    return type
  }
}

/** The same patch, refused as a conflict when it meets another state of the object. */
function over({ metadata: { resourceVersion } }: KubeObject, patch: Patch): Patch {
  if (patch.type === 'json')
    return { ...patch, patch: [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }, ...patch.patch] }
  const metadata = isObject(patch.patch['metadata']) ? patch.patch['metadata'] : {}
  return { ...patch, patch: { ...patch.patch, metadata: { ...metadata, resourceVersion } } }
}

/** Automation would undo at once what is not in Git; a dry run changes nothing. */
export function refuseLocalSync({ metadata, spec }: Application, { dryRun }: SyncOperation): void {
  const automated = spec.syncPolicy?.automated
  if (!automated || automated.enabled === false || dryRun) return
  throw new PlimsollError(
    'automation-enabled',
    `cannot use local sync when Automatic Sync Policy is enabled unless for dry run: application ${metadata.name} follows Git by itself.`,
    { remedy: 'Push the change to Git, add --dry-run, or turn automated sync off first.' },
  )
}

/** Automated sync would undo it at once (argo-cd `server/application/application.go`, resolveSourceRevisions, 3.x). */
function refuseOtherRevision(application: Application, sync: SyncOperation): void {
  const { metadata, spec } = application
  const set = specSources(application)
  const targets = targetRevisionsOf(set)
  const other = askedRevisions(sync, set).findIndex((revision, index) => revision !== targets[index])
  const automated = spec.syncPolicy?.automated
  if (other < 0 || sync.dryRun || !automated || automated.enabled === false) return
  const [revision = '', current = ''] = [askedRevisions(sync, set)[other], targets[other]]
  if (metadata.annotations?.[annotations.hold] !== undefined) return
  throw new PlimsollError(
    'automation-enabled',
    `Cannot sync ${metadata.name} to ${revision.slice(0, 100)}: auto-sync currently set to ${current}.`,
  )
}

function toObject(application: Omit<Application, 'status'>): KubeObject {
  return { ...application, apiVersion: applicationApiVersion, kind: 'Application' } as unknown as KubeObject
}

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([name, item]) => [name, withoutNulls(item)]),
  ) as T
}

/** The API's refusals in the words of the table. */
export function translated(error: unknown, name: string): unknown {
  if (error instanceof KubeConnectionError) return new PlimsollError('cluster-unreachable', error.message, { cause: error })
  if (!(error instanceof KubeApiError)) return error
  if (error.code === 404) return new PlimsollError('not-found', `Application ${name} does not exist.`, { cause: error })
  if (error.code === 409) return new PlimsollError('conflict', error.message, { cause: error })
  if (error.code === 400 || error.code === 422) return new PlimsollError('invalid-application', error.message, { cause: error })
  if (error.code >= 500 || error.code === 429) return new PlimsollError('cluster-unreachable', error.message, { cause: error })
  return new PlimsollError('cluster-refused', error.message, { cause: error })
}
