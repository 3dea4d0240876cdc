import { objectPath, type Store, type StoredObject } from '../storage/index.ts'
import { badRequest, expired, tooLargeRevision } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { resourceOf } from './object-verbs.ts'
import type { Selection } from './selection.ts'

export interface ListRequest {
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: string
}

export interface ListResult {
  items: StoredObject[]
  revision: number
  continue: string | undefined
  /** Only told without selectors, as in a real cluster. */
  remaining: number | undefined
}

/** A page goes on after this path, at this revision of this database. */
interface ContinueToken {
  revision: number
  after: string
  store: string
}

const inconsistentMessage =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'

/** All pages of one list show the state at the revision of the first. Throws 400, 410. */
export function listObjects(store: Store, definition: KindDefinition, selection: Selection, request: ListRequest): ListResult {
  const resource = resourceOf(definition)
  const token = request.continue ? readToken(request.continue) : undefined
  const { revision, all } = snapshot(store, resource, selection.namespace, token, request)
  const limit = request.limit !== undefined && request.limit > 0 ? request.limit : Infinity
  const items: StoredObject[] = []
  let index = token === undefined ? 0 : positionAfter(all, token.after)
  let next: string | undefined
  for (; index < all.length; index++) {
    const stored = all[index] as StoredObject
    if (!selection.isAll && !selection.matches(stored.object)) continue
    if (items.length === limit) {
      const last = items[items.length - 1] as StoredObject
      next = writeToken({ revision, after: objectPath(last.namespace, last.name), store: store.storeId })
      break
    }
    items.push(stored)
  }
  return { items, revision, continue: next, remaining: next !== undefined && selection.isAll ? all.length - index : undefined }
}

function snapshot(
  store: Store,
  resource: string,
  namespace: string | undefined,
  token: ContinueToken | undefined,
  request: ListRequest,
): { revision: number; all: StoredObject[] } {
  const { resourceVersion, resourceVersionMatch } = request
  if (token !== undefined) {
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue')
    }
    // An inconsistent token, given out with an earlier 410: goes on with the present state.
    if (token.revision < 0) return { revision: store.revision, all: store.list(resource, namespace) }
    const all =
      token.store === store.storeId && token.revision <= store.revision ? store.listAt(resource, token.revision, namespace) : undefined
    if (all === undefined) {
      const error = expired(inconsistentMessage)
      if (error.status !== undefined) error.status.metadata = { continue: writeToken({ ...token, revision: -1 }) }
      throw error
    }
    return { revision: token.revision, all }
  }
  if (resourceVersionMatch !== undefined && resourceVersionMatch !== '') {
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') {
      throw badRequest(`resourceVersionMatch: Unsupported value: "${resourceVersionMatch}": supported values: "Exact", "NotOlderThan"`)
    }
    if (resourceVersion === undefined || resourceVersion === '')
      throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0')
      throw badRequest('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
    const wanted = readRevision(resourceVersion)
    if (wanted > store.revision) throw tooLargeRevision(wanted, store.revision)
    if (resourceVersionMatch === 'Exact') {
      const all = store.listAt(resource, wanted, namespace)
      if (all === undefined) throw expired(`The resourceVersion for the provided list is too old.`)
      return { revision: wanted, all }
    }
  }
  return { revision: store.revision, all: store.list(resource, namespace) }
}

/** A resource version as a number. Throws 400. */
export function readRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

function positionAfter(all: readonly StoredObject[], path: string): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const stored = all[middle] as StoredObject
    if (objectPath(stored.namespace, stored.name) <= path) low = middle + 1
    else high = middle
  }
  return low
}

function writeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function readToken(text: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<ContinueToken> | null
    if (token !== null && Number.isInteger(token.revision) && typeof token.after === 'string' && typeof token.store === 'string')
      return token as ContinueToken
  } catch {
    // Not one of ours: refused below like any other text.
  }
  throw badRequest('continue key is not valid: it was not given out by this server')
}
