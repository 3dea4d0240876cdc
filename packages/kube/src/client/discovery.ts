import type { ResourceType } from '../object.ts'

/** Fetches a path below the cluster's address and parses it. Rejects as `KubeClient` says. */
export type FetchJson = (path: string, accept?: string) => Promise<unknown>

export interface Discovered {
  types: ResourceType[]
  /** Groups (or `group/version`s) that did not answer. What was known of them before still holds. */
  failed: { group: string; message: string }[]
}

/** apidiscovery.k8s.io/v2 since Kubernetes 1.30, v2beta1 since 1.27, then the legacy lists (KEP-3352). */
const aggregatedAccept = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

/** Everything the cluster serves, each group's preferred version first. */
export async function discover(fetchJson: FetchJson): Promise<Discovered> {
  const [core, groups] = await Promise.all([fetchJson('/api', aggregatedAccept), fetchJson('/apis', aggregatedAccept)])
  const found: Discovered = { types: [], failed: [] }
  if (kindOf(core) === 'APIGroupDiscoveryList') readAggregated(core as DiscoveryList, found)
  else await readLegacy((core as { versions?: string[] }).versions ?? ['v1'], '', fetchJson, found)
  if (kindOf(groups) === 'APIGroupDiscoveryList') {
    readAggregated(groups as DiscoveryList, found)
  } else {
    const lists = (groups as LegacyGroups).groups ?? []
    await Promise.all(
      lists.map((group) => {
        const preferred = group.preferredVersion?.version
        const versions = (group.versions ?? []).map((one) => one.version)
        const ordered = preferred === undefined ? versions : [preferred, ...versions.filter((one) => one !== preferred)]
        return readLegacy(ordered, group.name, fetchJson, found)
      }),
    )
    found.types.sort((a, b) => Number(a.group !== '') - Number(b.group !== '') || compare(a.group, b.group))
  }
  return found
}

function readAggregated(list: DiscoveryList, found: Discovered): void {
  for (const item of list.items ?? []) {
    const group = item.metadata?.name ?? ''
    for (const version of item.versions ?? []) {
      // Stale: an aggregated API server that does not answer at the moment.
      if (version.freshness === 'Stale') found.failed.push({ group, message: `${group}/${version.version} does not answer` })
      for (const resource of version.resources ?? []) {
        // A path that has only subresources has no kind of its own.
        if (!resource.responseKind?.kind) continue
        found.types.push({
          group,
          version: version.version,
          kind: resource.responseKind.kind,
          plural: resource.resource,
          ...(resource.singularResource && { singular: resource.singularResource }),
          ...(resource.shortNames && { shortNames: resource.shortNames }),
          ...(resource.categories && { categories: resource.categories }),
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs ?? [],
          subresources: (resource.subresources ?? []).map((one) => one.subresource),
        })
      }
    }
  }
}

async function readLegacy(versions: string[], group: string, fetchJson: FetchJson, found: Discovered): Promise<void> {
  const lists = await Promise.all(
    versions.map(async (version) => {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
      try {
        return { version, resources: ((await fetchJson(path)) as LegacyResources).resources ?? [] }
      } catch (error) {
        found.failed.push({ group, message: error instanceof Error ? error.message : String(error) })
        return { version, resources: [] }
      }
    }),
  )
  for (const { version, resources } of lists) {
    const subresources = new Map<string, string[]>()
    for (const resource of resources) {
      const slash = resource.name.indexOf('/')
      if (slash < 0) continue
      const plural = resource.name.slice(0, slash)
      subresources.set(plural, [...(subresources.get(plural) ?? []), resource.name.slice(slash + 1)])
    }
    for (const resource of resources) {
      if (resource.name.includes('/')) continue
      found.types.push({
        group: resource.group ?? group,
        version: resource.version ?? version,
        kind: resource.kind,
        plural: resource.name,
        ...(resource.singularName && { singular: resource.singularName }),
        ...(resource.shortNames && { shortNames: resource.shortNames }),
        ...(resource.categories && { categories: resource.categories }),
        namespaced: resource.namespaced,
        verbs: resource.verbs ?? [],
        subresources: subresources.get(resource.name) ?? [],
      })
    }
  }
}

/**
 * What the cluster serves, asked for at most once at a time and not more often than every `minIntervalMs` for kinds that nobody knows.
 * A group that fails keeps the types it had: an API server that is away has not taken its kinds with it.
 */
export class DiscoveryCache {
  readonly #fetchJson: FetchJson
  readonly #minIntervalMs: number
  #types: ResourceType[] | undefined
  #byApiVersionAndKind = new Map<string, ResourceType>()
  #askedAt = 0
  #pending: Promise<ResourceType[]> | undefined

  constructor(fetchJson: FetchJson, minIntervalMs = 1000) {
    this.#fetchJson = fetchJson
    this.#minIntervalMs = minIntervalMs
  }

  async types(refresh = false): Promise<ResourceType[]> {
    return this.#types === undefined || refresh ? this.#ask() : this.#types
  }

  async typeOf(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    await this.types()
    const known = this.#byApiVersionAndKind.get(`${apiVersion}/${kind}`)
    if (known || Date.now() - this.#askedAt < this.#minIntervalMs) return known
    await this.#ask()
    return this.#byApiVersionAndKind.get(`${apiVersion}/${kind}`)
  }

  #ask(): Promise<ResourceType[]> {
    this.#pending ??= (async () => {
      const found = await discover(this.#fetchJson)
      const failed = new Set(found.failed.map((one) => one.group))
      const served = new Set(found.types.map(keyOf))
      const kept = (this.#types ?? []).filter((type) => failed.has(type.group) && !served.has(keyOf(type)))
      this.#types = [...found.types, ...kept]
      this.#byApiVersionAndKind = new Map(this.#types.map((type) => [keyOf(type), type]))
      this.#askedAt = Date.now()
      return this.#types
    })().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }
}

function keyOf(type: ResourceType): string {
  return `${type.group === '' ? type.version : `${type.group}/${type.version}`}/${type.kind}`
}

function kindOf(value: unknown): string | undefined {
  return (value as { kind?: string } | null)?.kind
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

interface DiscoveryList {
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      freshness?: string
      resources?: {
        resource: string
        responseKind?: { kind?: string } | null
        scope?: string
        singularResource?: string
        shortNames?: string[]
        categories?: string[]
        verbs?: string[]
        subresources?: { subresource: string }[]
      }[]
    }[]
  }[]
}

interface LegacyGroups {
  groups?: { name: string; versions?: { version: string }[]; preferredVersion?: { version?: string } }[]
}

interface LegacyResources {
  resources?: {
    name: string
    kind: string
    group?: string
    version?: string
    namespaced: boolean
    singularName?: string
    shortNames?: string[]
    categories?: string[]
    verbs?: string[]
  }[]
}
