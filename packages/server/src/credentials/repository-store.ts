import { type ConfiguredRepository, type CredentialTemplate, PlimsollError } from '@plimsoll/api'
import type { TargetCluster } from '@plimsoll/applications'
import { maskCredentials } from '@plimsoll/git'
import { isNotFound, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { comparableAddress } from './address.ts'
import type { ConnectionStates } from './connection-states.ts'
import type { GivenAccess } from './given-access.ts'
import {
  hasCredentials,
  noFields,
  problemsOf,
  readRepositorySecret,
  type RepositoryFields,
  type RepositorySecret,
  secretTypeLabel,
} from './repository-secret.ts'
import { shownRepository, shownTemplate } from './shown.ts'

/** Repositories and credential templates as people list, make and remove them. What is kept is Secrets, as Argo CD keeps them, and nothing else. */
export interface RepositoryStore {
  /** Of those alone that whoever asks may see: nobody else's is asked how it fares. */
  list(options?: { isFresh?: boolean; isSeen?(secret: RepositorySecret): boolean }): Promise<ConfiguredRepository[]>
  /** Undefined where none is kept. With a project that one's own alone; rejects with `invalid-request` where there are several, and none is named. */
  find(url: string, project?: string): RepositorySecret | undefined
  show(secret: RepositorySecret, options?: { isFresh?: boolean }): Promise<ConfiguredRepository>
  /** Tries it first, and keeps nothing that does not answer. Rejects with `already-exists` where another is kept, unless `upsert`. */
  save(fields: RepositoryFields, options: { upsert: boolean }): Promise<RepositorySecret>
  /** Rejects with what is wrong. */
  validate(fields: RepositoryFields): Promise<void>
  remove(secret: RepositorySecret): Promise<void>
  templates(isSeen?: (secret: RepositorySecret) => boolean): CredentialTemplate[]
  findTemplate(url: string): RepositorySecret | undefined
  saveTemplate(fields: RepositoryFields, options: { upsert: boolean }): Promise<CredentialTemplate>
}

export interface RepositoryStoreContext {
  home: Pick<TargetCluster, 'cache' | 'client'>
  namespace: string
  given: GivenAccess
  states: ConnectionStates
}

/** By which Argo CD knows that a Secret is its own to delete, and not a person's or a tool's (argo-cd `common/common.go`). */
const managedBy = { name: 'managed-by', value: 'argocd.argoproj.io' }
const fieldManager = 'plimsoll'

export function createRepositoryStore({ home, namespace, given, states }: RepositoryStoreContext): RepositoryStore {
  async function secretType(): Promise<ResourceType> {
    const type = await home.client.typeOf('v1', 'Secret')
    if (type) return type
    throw new PlimsollError('cluster-unreachable', 'The cluster serves no Secrets.')
  }

  async function liveSecret(name: string): Promise<KubeObject | undefined> {
    try {
      return await home.client.get(await secretType(), { namespace, name })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** In the Secret that is there already, or in a new one by the name that Argo CD gives it. */
  async function write(
    kind: 'repository' | 'repo-creds',
    fields: RepositoryFields,
    before: RepositorySecret | undefined,
  ): Promise<RepositorySecret> {
    const name = before?.secretName ?? secretNameOf(kind, fields)
    const live = await liveSecret(name)
    if (live && live.metadata.labels?.[secretTypeLabel] !== kind) {
      throw new PlimsollError('already-exists', `Secret '${name}' in namespace ${namespace} is not labelled ${secretTypeLabel}: ${kind}.`, {
        remedy: 'Label it, or delete it.',
      })
    }
    const data = dataOf(fields)
    const type = await secretType()
    const written = live
      ? await home.client.update(type, { ...live, data }, { fieldManager })
      : await home.client.create(
          type,
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name, namespace, labels: { [secretTypeLabel]: kind }, annotations: { [managedBy.name]: managedBy.value } },
            type: 'Opaque',
            data,
          },
          { fieldManager },
        )
    home.cache.observe(written)
    return readRepositorySecret(written)
  }

  function isInherited({ fields, problem }: RepositorySecret): boolean {
    return problem === undefined && !hasCredentials(fields) && given.keyOf(fields.url, fields.project).includes(' and template ')
  }

  async function show(secrets: readonly RepositorySecret[], options?: { isFresh?: boolean }): Promise<ConfiguredRepository[]> {
    const found = await states.of(secrets, options)
    return secrets.map((secret, index) => shownRepository(secret, found[index] ?? { status: 'Unknown', message: '' }, isInherited(secret)))
  }

  async function validate(fields: RepositoryFields): Promise<void> {
    requireSound(fields)
    await states.probe(fields, await given.accessFor(fields))
  }

  const findTemplate = (url: string): RepositorySecret | undefined =>
    given.templates().find(({ fields }) => comparableAddress(fields.url) === comparableAddress(url))

  return {
    list: (options) =>
      show(
        given.repositories().filter((secret) => options?.isSeen?.(secret) !== false),
        options,
      ),

    find(url, project) {
      const wanted = comparableAddress(url)
      const found = given.repositories().filter(({ fields }) => fields.url !== '' && comparableAddress(fields.url) === wanted)
      if (project !== undefined) return found.find(({ fields }) => fields.project === project)
      if (found.length < 2) return found[0]
      throw new PlimsollError('invalid-request', `${maskCredentials(url)} is kept for several projects.`, {
        remedy: 'Say which one: --project NAME.',
      })
    },

    async show(secret, options) {
      const [shown] = await show([secret], options)
      if (!shown) throw new Error('nothing is shown of a repository')
      return shown
    },

    async save(fields, { upsert }) {
      requireSound(fields)
      if (fields.type === 'helm' && fields.name === '') {
        throw new PlimsollError('invalid-request', 'A repository of the type helm needs a name.', { remedy: 'Give it one: --name NAME.' })
      }
      const wanted = comparableAddress(fields.url)
      const before = given
        .repositories()
        .find((one) => comparableAddress(one.fields.url) === wanted && one.fields.project === fields.project)
      if (before && !upsert) {
        if (isSame(before.fields, fields)) return before
        throw existsAlready(`Repository '${maskCredentials(fields.url)}'`)
      }
      await validate(fields)
      return write('repository', fields, before)
    },

    validate,

    async remove({ secretName }) {
      const live = await liveSecret(secretName)
      if (!live) return
      const type = await secretType()
      const { resourceVersion } = live.metadata
      if (live.metadata.annotations?.[managedBy.name] === managedBy.value) {
        const ref = { namespace, name: secretName }
        const answer = await home.client.delete(type, ref, { ...(resourceVersion !== undefined && { preconditions: { resourceVersion } }) })
        home.cache.observeDeletion({ group: '', kind: 'Secret', ...ref }, answer)
        return
      }
      // Somebody else keeps the Secret: it only is none of a repository any more.
      const { [secretTypeLabel]: _, ...labels } = live.metadata.labels ?? {}
      home.cache.observe(await home.client.update(type, { ...live, metadata: { ...live.metadata, labels } }, { fieldManager }))
    },

    templates: (isSeen = () => true) => given.templates().filter(isSeen).map(shownTemplate),
    findTemplate,

    async saveTemplate(fields, { upsert }) {
      requireSound(fields)
      const before = findTemplate(fields.url)
      if (before && !upsert) {
        if (isSame(before.fields, fields)) return shownTemplate(before)
        throw existsAlready(`A credential template for '${maskCredentials(fields.url)}'`)
      }
      return shownTemplate(await write('repo-creds', fields, before))
    },
  }
}

function requireSound(fields: RepositoryFields): void {
  if (fields.url === '')
    throw new PlimsollError('invalid-request', 'There is no address of a repository.', { remedy: 'Give it one: repo, or url.' })
  if (/:\/\/[^/\s]*@/.test(fields.url) && !fields.url.startsWith('ssh://')) {
    throw new PlimsollError('invalid-request', 'The address of a repository holds no user and no password.', {
      remedy: 'Give them apart from it: --username and --password.',
    })
  }
  const [problem] = problemsOf(fields)
  if (problem !== undefined) {
    throw new PlimsollError('invalid-request', `Repository '${maskCredentials(fields.url)}': ${problem}.`, {
      remedy: 'Correct that field.',
    })
  }
}

/** Only what is said: a field that is missing is what it is by default. */
function dataOf(fields: RepositoryFields): Record<string, string> {
  const said = Object.entries(fields).filter(
    ([name, value]) => name === 'url' || name === 'type' || value !== noFields[name as keyof RepositoryFields],
  )
  return Object.fromEntries(said.map(([name, value]) => [name, Buffer.from(String(value)).toString('base64')]))
}

function isSame(a: RepositoryFields, b: RepositoryFields): boolean {
  return Object.keys(noFields).every((name) => a[name as keyof RepositoryFields] === b[name as keyof RepositoryFields])
}

/** argo-cd `util/db/repository.go`, RepoURLToSecretName: FNV-1a, 32 bits, over address and project; so both tools find one another's. */
function secretNameOf(kind: 'repository' | 'repo-creds', { url, project }: RepositoryFields): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(url + project)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `${kind === 'repository' ? 'repo' : 'creds'}-${hash}`
}

function existsAlready(what: string): PlimsollError {
  return new PlimsollError('already-exists', `${what} is kept already, with other fields.`, { remedy: 'Change it with --upsert.' })
}
