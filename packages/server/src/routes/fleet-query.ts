import { type Application, fleetOrders, HealthStatusCode, PlimsollError, SyncStatusCode } from '@plimsoll/api'
import { parseLabelSelector, SelectorError } from '@plimsoll/kube'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FleetEntry } from '../fleet/fleet-entry.ts'
import type { FleetFilter } from '../fleet/fleet-filter.ts'
import { indexBehind, readPosition, writePosition } from '../fleet/fleet-order.ts'
import type { FleetQuery, FleetView, Visibility } from '../fleet/fleet-view.ts'
import { objectOf } from '../http/object-access.ts'
import { queryBoolean, queryInteger, queryStrings } from './query.ts'
import type { RouteContext } from './route-context.ts'

const several = <T extends z.ZodType<string>>(one: T) => z.union([one, z.array(one).max(200)]).transform((value) => [value].flat())

/** What lists of applications are filtered and ordered by. Values of one name are alternatives, but for `label`. */
export const fleetQuery = {
  name: z.string().max(253).optional(),
  appNamespace: z.string().max(253).optional(),
  projects: queryStrings.optional(),
  project: queryStrings.optional(),
  selector: z.string().max(4096).optional(),
  repo: z.string().max(4096).optional(),
  search: z.string().max(1000).optional(),
  named: z.string().max(1000).optional(),
  prefix: z.string().max(253).optional(),
  health: several(HealthStatusCode).optional(),
  sync: several(SyncStatusCode).optional(),
  cluster: queryStrings.optional(),
  namespace: queryStrings.optional(),
  label: queryStrings.optional(),
  path: z.string().max(4096).optional(),
  set: z.string().max(253).optional(),
  autosync: queryBoolean.optional(),
  canSync: queryBoolean.optional(),
  sort: z.enum(fleetOrders).optional(),
}
type Asked = z.output<z.ZodObject<typeof fleetQuery>>

/** A page larger than this is no page. */
const mostOfAPage = 1000
export const pageLimit = queryInteger.refine((limit) => limit >= 1 && limit <= mostOfAPage, `is not between 1 and ${mostOfAPage}`)
/** A position is not longer than two names and three numbers. */
export const pagePosition = z.string().max(2000)

export function readFleetQuery(context: RouteContext, request: FastifyRequest, asked: Asked): FleetQuery {
  const projects = [...(asked.projects ?? []), ...(asked.project ?? [])]
  const {
    name,
    appNamespace,
    selector,
    repo,
    search,
    named,
    prefix,
    health,
    sync,
    cluster,
    namespace,
    label,
    path,
    set,
    autosync,
    canSync,
  } = asked
  const filter: FleetFilter = {
    ...(name && { name }),
    ...(appNamespace && { appNamespace }),
    ...(projects.length > 0 && { projects }),
    ...(search?.trim() && { search: search.trim() }),
    ...(named?.trim() && { named: named.trim() }),
    ...(prefix && { prefix }),
    ...(health && { health }),
    ...(sync && { sync }),
    ...(cluster && { clusters: cluster }),
    ...(namespace && { namespaces: namespace }),
    ...(label && { labels: label }),
    ...(selector && { selector: { text: selector, matcher: readSelector(selector) } }),
    ...(repo && { repo: context.parts.repositories.normalize(repo) }),
    ...(path && { path }),
    ...(set && { set }),
    ...(autosync !== undefined && { autosync }),
    ...(canSync === true && { canSync }),
  }
  return { filter, by: asked.sort ?? 'name', visibility: visibilityOf(context, request) }
}

/** What was answered for one key, so that each search does not ask of each application again. */
const answers = new Map<string, WeakMap<Application, boolean>>()
const mostKeys = 64

/** What the caller may see, as it is at each reading. Pages, counts, choices and streams of the fleet all come by here. */
function visibilityOf({ access, parts }: RouteContext, request: FastifyRequest): Visibility {
  let known = new WeakMap<Application, boolean>()
  return {
    get key() {
      const key = access.digest(request)
      known = answersOf(key)
      return key
    },
    isVisible(application) {
      let answer = known.get(application)
      if (answer === undefined) {
        answer = access.permits(request, 'applications:get', objectOf(application, parts.namespace))
        known.set(application, answer)
      }
      return answer
    },
  }
}

function answersOf(key: string): WeakMap<Application, boolean> {
  const known = answers.get(key) ?? new WeakMap<Application, boolean>()
  // The one that was asked for last stands last.
  answers.delete(key)
  answers.set(key, known)
  for (const oldest of answers.keys()) {
    if (answers.size <= mostKeys) break
    answers.delete(oldest)
  }
  return known
}

/** Throws what is wrong with it. */
export function readSelector(text: string): ReturnType<typeof parseLabelSelector> {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) throw new PlimsollError('invalid-request', `selector: ${error.message}`, { cause: error })
    throw error
  }
}

export interface PageOfEntries {
  entries: readonly FleetEntry[]
  metadata: { continue?: string; remainingItemCount: number }
  view: Pick<FleetView, 'counts'>
}

/** The entries behind a position, in its order: the order cannot change between two pages. */
export function readPage(context: RouteContext, query: FleetQuery, limit: number, position: string | undefined): PageOfEntries {
  const begin = position ? readPosition(position) : undefined
  const by = begin?.by ?? query.by
  const view = context.fleet.view({ ...query, by })
  const all = view.entries
  const from = begin ? indexBehind(all, begin.place, by) : 0
  const entries = all.slice(from, from + limit)
  const last = entries.at(-1)
  const remainingItemCount = Math.max(0, all.length - from - entries.length)
  return { entries, view, metadata: { remainingItemCount, ...(last && remainingItemCount > 0 && { continue: writePosition(by, last) }) } }
}
