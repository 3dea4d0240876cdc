import { PlimsollError, type PullRequestPage } from '@plimsoll/api'
import type { BuiltinForge } from '../builtin/create-builtin-forge.ts'
import type { AllPullsFilter, Forge, ForgeEvent, OpenPull } from '../contract.ts'
import { comparePlaces, placeOf, readPlace, writePlace } from '../pull-place.ts'
import { RecentLists } from './recent-lists.ts'
import type { ForgeHint, RemoteForge, RemoteState } from './remote-context.ts'

/** One face over the repositories that live here and those that are connected: a name goes to the one, an address to the other. */
export interface Forges extends Forge {
  /** A page of the pull requests of all repositories, the newest change first. A connected repository that does not answer costs only its own. */
  listAll(filter: AllPullsFilter): Promise<PullRequestPage>
  /** Every open pull request, for whoever catches up; of a connected repository the newest 200. `unreachable` are those that gave no answer. */
  listOpen(): Promise<{ items: OpenPull[]; unreachable: string[] }>
  /** How a connected repository is called here, from any spelling of its address; undefined for one that is not connected. */
  connected(repository: string): string | undefined
  /** `address` as `RemoteForge` calls it in its events. One that was there is closed. */
  connect(address: string, forge: RemoteForge): Promise<void>
  /** False when it was not connected. */
  disconnect(address: string): Promise<boolean>
  /** How looking at a connected repository fares; undefined for one that is not connected. */
  stateOf(repository: string): RemoteState | undefined
  /** A webhook's hint: looks where it is connected, and nowhere else. */
  look(hint: ForgeHint): Promise<void>
  close(): Promise<void>
}

const listedAtOnce = 50
const mostListed = 200

export function createForges(parts: {
  builtin: Forge & Pick<BuiltinForge, 'newest' | 'listOpen'>
  remotes?: ReadonlyMap<string, RemoteForge>
}): Forges {
  const { builtin } = parts
  const lists = new RecentLists()
  const remotes = new Map<string, { address: string; forge: RemoteForge; stop: () => void }>()
  const listeners = new Set<(event: ForgeEvent) => void>()

  function attach(address: string, forge: RemoteForge): void {
    const stop = forge.subscribe((event) => {
      lists.forget(address)
      // Whoever emits says which listener has failed; the others have heard it by then.
      const failures: unknown[] = []
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    })
    remotes.set(keyOf(address), { address, forge, stop })
  }
  for (const [address, forge] of parts.remotes ?? []) attach(address, forge)

  /** The forge of a repository, and how it calls it. */
  function at(repository: string): [Forge, string] {
    if (!isAddress(repository)) return [builtin, repository]
    const found = remotes.get(keyOf(repository))
    if (found) return [found.forge, found.address]
    throw new PlimsollError('not-found', `Repository '${withoutUser(repository).slice(0, 200)}' is not connected.`, {
      remedy: 'Connect it: `plimsoll repo connect URL --provider github --token-stdin`. Repositories that live here go by their name.',
    })
  }

  async function detach(address: string): Promise<boolean> {
    const found = remotes.get(keyOf(address))
    if (!found) return false
    remotes.delete(keyOf(address))
    lists.forget(found.address)
    found.stop()
    await found.forge.close()
    return true
  }

  // What is asked of a repository that is not connected is a rejection, not a throw.
  return {
    provider: builtin.provider,
    async listAll(filter) {
      const limit = Math.max(1, Math.min(filter.limit ?? listedAtOnce, mostListed))
      const after = filter.after === undefined ? undefined : readPlace(filter.after)
      const { after: _text, repository: _name, ...rest } = filter
      const [only, name] = filter.repository === undefined ? [] : at(filter.repository)
      const elsewhere = [...remotes.values()].filter(({ address, forge }) => (only ?? forge) === forge && filter.canRead(address))
      const [here, ...there] = await Promise.all([
        // One more than is shown tells whether there are more.
        (only ?? builtin) === builtin
          ? builtin.newest({ ...rest, limit: limit + 1, ...(name !== undefined && { repository: name }), ...(after && { after }) })
          : [],
        ...elsewhere.map(({ address, forge }) => lists.of(address, forge, filter)),
      ])
      const all = [...here, ...there.flatMap((one) => ('pulls' in one ? one.pulls : []))]
        .filter((pull) => after === undefined || comparePlaces(after, placeOf(pull)) < 0)
        .toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      const items = all.slice(0, limit)
      const last = items.at(-1)
      const unreachable = there.flatMap((one, index) =>
        'failure' in one ? [{ repository: elsewhere[index]?.address ?? '', message: one.failure.message, remedy: one.failure.remedy }] : [],
      )
      const cut = elsewhere.filter((_, index) => (there[index] as { isCut?: boolean }).isCut).map(({ address }) => address)
      return {
        items,
        ...(last && all.length > limit && { next: writePlace(placeOf(last)) }),
        ...(unreachable.length > 0 && { unreachable }),
        ...(cut.length > 0 && { cut }),
      }
    },
    async listOpen() {
      const items = await builtin.listOpen()
      const unreachable: string[] = []
      // One after the other: nobody waits for it, and providers count what they are asked.
      for (const { address, forge } of Array.from(remotes.values())) {
        try {
          for (const pull of await forge.list(address, { state: 'open', limit: mostListed })) {
            const { repository, number, head, base, updatedAt } = pull
            items.push({ repository, number, head: head.commit, baseBranch: base.branch, base: base.commit, updatedAt })
          }
        } catch {
          unreachable.push(address)
        }
      }
      return { items, unreachable }
    },
    list: async (repository, filter) => on(repository, (forge, name) => forge.list(name, filter)),
    get: async (repository, number) => on(repository, (forge, name) => forge.get(name, number)),
    open: async (repository, request, by) => on(repository, (forge, name) => forge.open(name, request, by)),
    update: async (repository, number, change, by) => on(repository, (forge, name) => forge.update(name, number, change, by)),
    merge: async (repository, number, options, by) => on(repository, (forge, name) => forge.merge(name, number, options, by)),
    files: async (repository, number) => on(repository, (forge, name) => forge.files(name, number)),
    commits: async (repository, number) => on(repository, (forge, name) => forge.commits(name, number)),
    comments: async (repository, number) => on(repository, (forge, name) => forge.comments(name, number)),
    comment: async (repository, number, comment, by) => on(repository, (forge, name) => forge.comment(name, number, comment, by)),
    editComment: async (repository, number, id, change, by) =>
      on(repository, (forge, name) => forge.editComment(name, number, id, change, by)),
    report: async (repository, number, marker, body) => on(repository, (forge, name) => forge.report(name, number, marker, body)),
    reviews: async (repository, number) => on(repository, (forge, name) => forge.reviews(name, number)),
    review: async (repository, number, review, by) => on(repository, (forge, name) => forge.review(name, number, review, by)),
    dismissReview: async (repository, number, id, why, by) =>
      on(repository, (forge, name) => forge.dismissReview(name, number, id, why, by)),
    checks: async (repository, commit) => on(repository, (forge, name) => forge.checks(name, commit)),
    setCheck: async (repository, check) => on(repository, (forge, name) => forge.setCheck(name, check)),
    protections: async (repository) => on(repository, (forge, name) => forge.protections(name)),
    setProtections: async (repository, protections, by) => on(repository, (forge, name) => forge.setProtections(name, protections, by)),

    subscribe(listener) {
      listeners.add(listener)
      const stop = builtin.subscribe(listener)
      return () => {
        listeners.delete(listener)
        stop()
      }
    },

    connected: (repository) => (isAddress(repository) ? remotes.get(keyOf(repository))?.address : undefined),
    stateOf(repository) {
      const found = remotes.get(keyOf(repository))
      return found?.forge.state(found.address)
    },
    async connect(address, forge) {
      await detach(address)
      attach(address, forge)
    },
    disconnect: detach,
    async look(hint) {
      const found = remotes.get(keyOf(hint.repository))
      if (found) await found.forge.look({ ...hint, repository: found.address })
    },
    async close() {
      for (const { address } of Array.from(remotes.values())) await detach(address)
    },
  }

  function on<T>(repository: string, act: (forge: Forge, name: string) => Promise<T>): Promise<T> {
    return act(...at(repository))
  }
}

function isAddress(repository: string): boolean {
  return repository.includes('://') || /^[^/@]+@[^/:]+:/.test(repository)
}

/** Host and path, whatever the transport: all three providers take a path in any letter case. */
function keyOf(address: string): string {
  const bare = address
    .trim()
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  const scp = /^[^/@]+@([^/:]+):(?!\/\/)(.*)$/.exec(bare)
  if (scp && !bare.includes('://')) return `${scp[1] ?? ''}/${(scp[2] ?? '').replace(/^\/+/, '')}`.toLowerCase()
  try {
    const url = new URL(bare)
    const host = url.protocol === 'ssh:' ? url.hostname : url.host
    return `${host}${url.pathname}`.toLowerCase()
  } catch {
    return bare.toLowerCase()
  }
}

function withoutUser(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/\/\/.*@/s, '//')
}
