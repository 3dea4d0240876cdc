import { PlimsollError } from '@plimsoll/api'
import { normalizedKeyID, type PgpKey, readPgpKeys } from '@plimsoll/git'
import { isConflict, KubeApiError, type KubeObject } from '@plimsoll/kube'
import { z } from 'zod'
import type { AuditRule, RoutePolicy } from '../http/route-policy.ts'
import { queryBoolean } from './query.ts'
import type { Http, RouteContext } from './route-context.ts'

const tags = ['gpg keys']
const configMapName = 'argocd-gpg-keys-cm'
const attempts = 5
/** A ConfigMap has 1 MiB. */
const maxKeyData = 512 * 1024

const GnuPGPublicKey = z.object({
  keyID: z.string(),
  fingerprint: z.string(),
  owner: z.string(),
  /** Nothing is said of it here: a project names the keys that it trusts. */
  trust: z.string(),
  subType: z.string(),
  keyData: z.string(),
})
type GnuPGPublicKey = z.infer<typeof GnuPGPublicKey>
const keyParameter = z.object({ keyID: z.string().min(1).max(200) })

/** Public keys of GPG, kept where Argo CD keeps them (argo-cd `server/gpgkey/gpgkey.proto`). */
export function gpgKeyRoutes(http: Http, context: RouteContext): void {
  const { home, namespace } = context.parts
  const mayGet: { policy: RoutePolicy } = { policy: { who: 'user', permission: 'gpgkeys:get' } }
  const named: AuditRule['object'] = ({ query }) => `gpgkeys/${String((query as { keyID?: string }).keyID ?? '')}`.slice(0, 600)

  http.get(
    '/api/v1/gpgkeys',
    {
      config: mayGet,
      schema: {
        tags,
        summary: 'GPG keys that are known, without their data',
        response: { 200: z.object({ metadata: z.object({}), items: z.array(GnuPGPublicKey) }) },
      },
    },
    async () => ({ metadata: {}, items: (await all()).map((key) => ({ ...key, keyData: '' })) }),
  )

  http.get(
    '/api/v1/gpgkeys/:keyID',
    { config: mayGet, schema: { tags, summary: 'One GPG key', params: keyParameter, response: { 200: GnuPGPublicKey } } },
    async ({ params }) => {
      const wanted = requireID(params.keyID)
      const found = (await all()).find(({ keyID }) => keyID === wanted)
      if (!found) throw noSuch(wanted)
      return found
    },
  )

  http.post(
    '/api/v1/gpgkeys',
    {
      config: { policy: { who: 'user', permission: 'gpgkeys:create', audit: { action: 'gpgkey.create', object: () => 'gpgkeys' } } },
      schema: {
        tags,
        summary: 'Make GPG keys known; those that are known already are left alone unless `upsert` is set',
        querystring: z.object({ upsert: queryBoolean.optional() }),
        body: z.looseObject({ keyData: z.string().max(maxKeyData) }),
        response: {
          200: z.object({ created: z.object({ metadata: z.object({}), items: z.array(GnuPGPublicKey) }), skipped: z.array(z.string()) }),
        },
      },
    },
    async (request) => {
      const keys = await readPgpKeys(request.body.keyData).catch((error: unknown) => {
        throw new PlimsollError('invalid-request', `keyData: ${error instanceof Error ? error.message : String(error)}.`)
      })
      let skipped: string[] = []
      await change((data) => {
        skipped = request.query.upsert === true ? [] : keys.map(({ keyID }) => keyID).filter((keyID) => Object.hasOwn(data, keyID))
        const added = keys.filter(({ keyID }) => !skipped.includes(keyID))
        return added.length === 0 ? undefined : { ...data, ...Object.fromEntries(added.map(({ keyID, keyData }) => [keyID, keyData])) }
      })
      const created = keys.filter(({ keyID }) => !skipped.includes(keyID))
      request.auditDetail = { created: created.map(({ keyID }) => keyID), skipped }
      return { created: { metadata: {}, items: created.map(shown) }, skipped }
    },
  )

  http.delete(
    '/api/v1/gpgkeys',
    {
      config: { policy: { who: 'user', permission: 'gpgkeys:delete', audit: { action: 'gpgkey.delete', object: named } } },
      schema: {
        tags,
        summary: 'Forget a GPG key: nothing that it has signed is synced any more',
        querystring: keyParameter,
        response: { 200: z.object({}) },
      },
    },
    async ({ query }) => {
      const keyID = requireID(query.keyID)
      await change((data) => {
        if (!Object.hasOwn(data, keyID)) throw noSuch(keyID)
        return Object.fromEntries(Object.entries(data).filter(([name]) => name !== keyID))
      })
      return {}
    },
  )

  function dataOf(object: KubeObject | undefined): Record<string, string> {
    const { data = {} } = (object ?? {}) as { data?: Record<string, string> }
    return data
  }

  async function all(): Promise<GnuPGPublicKey[]> {
    const data = dataOf(home.cache.get({ group: '', kind: 'ConfigMap', namespace, name: configMapName }))
    // One that cannot be read vouches for nothing; the server's log says so.
    const read = await Promise.all(Object.values(data).map((armored) => readPgpKeys(armored).catch((): PgpKey[] => [])))
    return read
      .flat()
      .map(shown)
      .toSorted((a, b) => (a.keyID < b.keyID ? -1 : 1))
  }

  /** Reads, changes, writes with a precondition; again when it was changed in between. Undefined: nothing is to be changed. */
  async function change(edit: (data: Record<string, string>) => Record<string, string> | undefined): Promise<void> {
    const type = await home.client.typeOf('v1', 'ConfigMap')
    if (!type) throw new PlimsollError('cluster-refused', `Cluster ${home.name} serves no ConfigMaps.`)
    for (let attempt = 1; ; attempt += 1) {
      const live = await home.client.get(type, { name: configMapName, namespace })
      const data = edit(dataOf(live))
      if (data === undefined) return
      const labels = { 'app.kubernetes.io/name': configMapName, 'app.kubernetes.io/part-of': 'argocd' }
      const object: KubeObject = live
        ? { ...live, data }
        : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: configMapName, namespace, labels }, data }
      try {
        const how = { fieldManager: 'argocd-server' }
        home.cache.observe(live ? await home.client.update(type, object, how) : await home.client.create(type, object, how))
        return
      } catch (error) {
        if (isConflict(error) && attempt < attempts) continue
        if (error instanceof KubeApiError && error.code < 500) throw new PlimsollError('cluster-refused', error.message, { cause: error })
        throw error
      }
    }
  }
}

function shown({ keyID, fingerprint, owner, subType, keyData }: PgpKey): GnuPGPublicKey {
  return { keyID, fingerprint, owner, trust: 'unknown', subType, keyData }
}

function requireID(text: string): string {
  const keyID = normalizedKeyID(text)
  if (keyID !== undefined) return keyID
  throw new PlimsollError(
    'invalid-request',
    `keyID: '${text.slice(0, 80)}' is no id of a key: 16 hexadecimal digits are one, or a whole fingerprint.`,
  )
}

function noSuch(keyID: string): PlimsollError {
  return new PlimsollError('not-found', `There is no GPG key '${keyID}'.`)
}
