import { AppProject, PlimsollError, type ProjectToken } from '@plimsoll/api'
import { isConflict, isNotFound, KubeApiError, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { z } from 'zod'
import { tokensOfRole } from './auth/rbac/project-tokens.ts'
import type { Parts } from './options.ts'

const fieldManager = 'argocd-server'
const attempts = 5
const texts = z.record(z.string(), z.string())

/** Writes of projects, through the home cluster's API. A change is made to what is there, and made again when somebody was quicker. */
export interface ProjectWrites {
  create(project: AppProject): Promise<KubeObject>
  /** Spec, labels and annotations; with a `resourceVersion`, over that very one. `judge` throws where the change may not be made. */
  update(project: AppProject, judge: (before: AppProject) => void): Promise<KubeObject>
  delete(name: string): Promise<void>
  addToken(name: string, role: string, token: ProjectToken): Promise<void>
  /** By id, or by the time at which it was issued. Nothing happens when there is none. */
  deleteToken(name: string, role: string, token: { id?: string; iat?: number }): Promise<void>
  /** Ends tokens of roles that a project does not have any more: a role that comes back by its name does not bring them back. */
  dropTokensOfGoneRoles(object: KubeObject): Promise<void>
}

export function createProjectWrites({ home, namespace }: Pick<Parts, 'home' | 'namespace'>): ProjectWrites {
  async function typed(): Promise<ResourceType> {
    const type = await home.client.typeOf('argoproj.io/v1alpha1', 'AppProject')
    if (!type) throw new PlimsollError('cluster-refused', `Cluster ${home.name} does not serve AppProjects.`)
    return type
  }

  /** Undefined: nothing is to be written. */
  async function change(
    name: string,
    make: (live: AppProject, object: KubeObject) => KubeObject | undefined,
    resourceVersion?: string,
  ): Promise<KubeObject> {
    const type = await typed()
    for (let attempt = 1; ; attempt++) {
      try {
        const object = await home.client.get(type, { name, namespace })
        if (!object) throw noSuchProject(name)
        const next = make(requireReadable(object), object)
        if (!next) return object
        const versioned = resourceVersion ? { ...next, metadata: { ...next.metadata, resourceVersion } } : next
        const written = await home.client.update(type, versioned, { fieldManager })
        home.cache.observe(written)
        return written
      } catch (error) {
        if (isConflict(error) && attempt < attempts && resourceVersion === undefined) continue
        throw translated(error, name)
      }
    }
  }

  return {
    async create({ metadata, spec }) {
      const { name } = metadata
      const type = await typed()
      const object = {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name, namespace, ...labelsOf(metadata) },
        spec: withoutTokens(spec),
      }
      try {
        const written = await home.client.create(type, object, { fieldManager })
        home.cache.observe(written)
        return written
      } catch (error) {
        if (error instanceof KubeApiError && error.code === 409)
          throw new PlimsollError('already-exists', `Project '${name}' exists.`, {
            remedy: 'Choose another name, or use --upsert to change the one that is there.',
          })
        throw translated(error, name)
      }
    },
    update: ({ metadata, spec }, judge) =>
      change(
        metadata.name,
        (live, object) => {
          judge(live)
          return withTokensOfRoles({ ...object, metadata: { ...object.metadata, ...labelsOf(metadata) }, spec: withTokensOf(live, spec) })
        },
        metadata.resourceVersion,
      ),
    async delete(name) {
      try {
        const answer = await home.client.delete(await typed(), { name, namespace })
        home.cache.observeDeletion({ group: 'argoproj.io', kind: 'AppProject', namespace, name }, answer)
      } catch (error) {
        throw translated(error, name)
      }
    },
    async addToken(name, role, token) {
      await change(name, (live, object) => {
        if (!(live.spec.roles ?? []).some((one) => one.name === role))
          throw new PlimsollError('not-found', `project '${name}' does not have role '${role}'`)
        const listed = tokensOfRole(live, role)
        if (listed.some(({ id }) => id === token.id))
          throw new PlimsollError('already-exists', `Token id '${token.id ?? ''}' has been used.`)
        return withListed(live, object, role, [token, ...listed])
      })
    },
    async deleteToken(name, role, { id, iat }) {
      await change(name, (live, object) => {
        const listed = tokensOfRole(live, role)
        const kept = listed.filter((one) => (id ? (one.id ?? String(one.iat)) !== id : one.iat !== iat))
        return kept.length === listed.length ? undefined : withListed(live, object, role, kept)
      })
    },
    async dropTokensOfGoneRoles(object) {
      const { name } = object.metadata
      if (hasTokensOfGoneRoles(object))
        await change(name, (_live, current) => (hasTokensOfGoneRoles(current) ? withTokensOfRoles(current) : undefined))
    },
  }
}

/** Whoever takes a role away (kubectl, Git) ends its tokens, also for a role that comes back later. Returns the way to stop. */
export function endTokensOfGoneRoles(parts: Pick<Parts, 'home' | 'namespace' | 'log'>): () => void {
  const { home, namespace, log } = parts
  const writes = createProjectWrites(parts)
  const look = (object: KubeObject | undefined): void => {
    if (object?.kind !== 'AppProject' || object.metadata.namespace !== namespace || !hasTokensOfGoneRoles(object)) return
    writes.dropTokensOfGoneRoles(object).catch((error: unknown) => {
      log.warn(
        { project: object.metadata.name, error: String(error) },
        'Tokens of roles that a project has no more could not be taken off its list',
      )
    })
  }
  for (const object of home.cache.ofKind({ group: 'argoproj.io', kind: 'AppProject' }, namespace)) look(object)
  return home.cache.subscribe(({ current }) => look(current))
}

export function noSuchProject(name: string): PlimsollError {
  return new PlimsollError('not-found', `There is no project '${name.slice(0, 253)}'.`)
}

export function hasTokensOfGoneRoles(object: KubeObject): boolean {
  const read = AppProject.safeParse(object)
  if (!read.success) return false
  const { spec, status } = read.data
  const names = new Set((spec.roles ?? []).map((role) => role.name))
  return Object.keys(status?.jwtTokensByRole ?? {}).some((name) => !names.has(name))
}

/** A project that cannot be read is replaced as a whole, or not changed. */
function requireReadable(object: KubeObject): AppProject {
  const read = AppProject.safeParse(object)
  if (read.success) return read.data
  return { metadata: { name: object.metadata.name }, spec: {} }
}

function labelsOf(metadata: AppProject['metadata']): { labels?: Record<string, string>; annotations?: Record<string, string> } {
  const [labels, annotations] = [texts.safeParse(metadata['labels']), texts.safeParse(metadata['annotations'])]
  return { ...(labels.success && { labels: labels.data }), ...(annotations.success && { annotations: annotations.data }) }
}

/** Tokens are made by their own route alone: one that was deleted does not come back with somebody's old copy of the project. */
function withoutTokens(spec: AppProject['spec']): AppProject['spec'] {
  return { ...spec, ...(spec.roles && { roles: spec.roles.map(({ jwtTokens: _tokens, ...role }) => role) }) }
}

function withTokensOf(live: AppProject, spec: AppProject['spec']): AppProject['spec'] {
  const { roles, ...rest } = withoutTokens(spec)
  if (!roles) return rest
  return {
    ...rest,
    roles: roles.map((role) => {
      const known = (live.spec.roles ?? []).find((one) => one.name === role.name)?.jwtTokens
      return known ? { ...role, jwtTokens: known } : role
    }),
  }
}

function withTokensOfRoles(object: KubeObject): KubeObject {
  const { spec, status } = object as unknown as AppProject
  if (!status?.jwtTokensByRole) return object
  const names = new Set((spec.roles ?? []).map((role) => role.name))
  const kept = Object.fromEntries(Object.entries(status.jwtTokensByRole).filter(([name]) => names.has(name)))
  return { ...object, status: { ...status, jwtTokensByRole: kept } } as unknown as KubeObject
}

/** In both places, as Argo CD keeps them. */
function withListed(live: AppProject, object: KubeObject, role: string, items: ProjectToken[]): KubeObject {
  const roles = (live.spec.roles ?? []).map((one) => (one.name === role ? { ...one, jwtTokens: items } : one))
  const byRole = { ...live.status?.jwtTokensByRole, [role]: { items } }
  return withTokensOfRoles({
    ...object,
    spec: { ...live.spec, roles },
    status: { ...live.status, jwtTokensByRole: byRole },
  } as unknown as KubeObject)
}

function translated(error: unknown, name: string): unknown {
  if (isConflict(error)) return new PlimsollError('conflict', `Project '${name}' was changed meanwhile.`)
  if (isNotFound(error)) return noSuchProject(name)
  if (error instanceof KubeApiError && error.code < 500) return new PlimsollError('cluster-refused', error.message, { cause: error })
  return error
}
