import { PlimsollError } from '@plimsoll/api'
import { type Access, accessElsewhere, fetchOutside, type OutsideAnswer } from '@plimsoll/network'
import { digestOf, openArchiveStore } from './archive-store.ts'
import type { ChartRegistry, ChartRegistryOptions, ChartRequest, ResolvedChart } from './contract.ts'
import { requireIndex, resolveInIndex } from './helm-repository.ts'
import { isRegistryURL, OciClient } from './oci-registry.ts'

/** A chart with all that it brings: Helm's own limit on what it unpacks is 100 MB. */
export const maxArchiveBytes = 100 * 1024 * 1024
/** How long a range means the same version, unless somebody asks anew. Argo CD looks every three minutes. */
const defaultMaxAgeMs = 3 * 60_000
const maxKnown = 5000

export function createChartRegistry(options: ChartRegistryOptions): ChartRegistry {
  const now = options.now ?? Date.now
  const policy = { allowPrivateHosts: options.allowPrivateHosts }
  const store = openArchiveStore(options.dataDir, options.diskBytes ?? 1_000_000_000)
  const known = new Map<string, { chart: ResolvedChart; at: number }>()
  const resolving = new Map<string, Promise<ResolvedChart>>()
  const reading = new Map<string, Promise<{ digest: string; bytes: Buffer }>>()

  const accessOf = async (repoURL: string, key: string): Promise<Access> => (await options.access?.of(repoURL, key)) ?? {}
  const keyOf = ({ repoURL, project, isAnonymous }: ChartRequest): string =>
    isAnonymous ? '' : (options.access?.keyOf(repoURL, project) ?? '')

  function get(url: URL, repoURL: string, given: Access, request: { maxBytes: number; signal?: AbortSignal }): Promise<OutsideAnswer> {
    // As helm does without `--pass-credentials`: they are the repository's, not those of a host or a scheme to which its index points.
    const isOwn = new URL(repoURL).origin === url.origin
    return fetchOutside(url, { policy, ...request, access: isOwn ? given : accessElsewhere(given) })
  }

  async function look(request: ChartRequest, accessKey: string, signal?: AbortSignal): Promise<ResolvedChart> {
    const asked = { ...(signal && { signal }) }
    const access = await accessOf(request.repoURL, accessKey)
    const chart = isRegistryURL(request.repoURL)
      ? await new OciClient(request.repoURL, policy, access).resolve(request, asked)
      : await resolveInIndex(request, (url, maxBytes) => get(url, request.repoURL, access, { maxBytes, ...asked }))
    return accessKey === '' ? chart : { ...chart, accessKey }
  }

  async function read(chart: ResolvedChart, signal?: AbortSignal): Promise<{ digest: string; bytes: Buffer }> {
    const asked = { maxBytes: maxArchiveBytes, ...(signal && { signal }) }
    const access = await accessOf(chart.repoURL, chart.accessKey ?? '')
    const bytes = isRegistryURL(chart.repoURL)
      ? await new OciClient(chart.repoURL, policy, access).blob(chart, asked)
      : bodyOf(await get(new URL(chart.location), chart.repoURL, access, asked), chart)
    const digest = await digestOf(bytes)
    if (chart.digest !== undefined && chart.digest !== digest) {
      throw new PlimsollError(
        'repository-unreachable',
        `Chart '${chart.chart}' ${chart.version} from ${chart.repoURL} has digest ${digest}, but the repository announces ${chart.digest}.`,
        { remedy: 'Have whoever runs the repository publish the version anew; nothing of it was used.' },
      )
    }
    await store.write(digest, bytes)
    return { digest, bytes }
  }

  return {
    async resolve(request, { maxAgeMs = defaultMaxAgeMs, signal } = {}) {
      const accessKey = keyOf(request)
      const key = JSON.stringify([request.repoURL, request.chart, request.version, accessKey])
      const before = known.get(key)
      if (before && now() - before.at <= maxAgeMs) return before.chart
      const chart = await shared(resolving, key, () => look(request, accessKey, signal))
      known.delete(key)
      known.set(key, { chart, at: now() })
      for (const oldest of known.keys()) if (known.size > maxKnown) known.delete(oldest)
      return chart
    },
    async archive(chart, { signal } = {}) {
      const key = JSON.stringify([chart.digest ?? chart.location, chart.accessKey ?? ''])
      const kept = chart.digest === undefined ? undefined : await store.read(chart.digest)
      return kept === undefined ? shared(reading, key, () => read(chart, signal)) : { digest: chart.digest ?? '', bytes: kept }
    },
    async probe(repoURL, access, signal) {
      const asked = { ...(signal && { signal }) }
      if (isRegistryURL(repoURL)) await new OciClient(repoURL, policy, access).ping(asked)
      else await requireIndex(repoURL, (url, maxBytes) => get(url, repoURL, access, { maxBytes, ...asked }))
    },
  }
}

/** Who asks for the same at the same time waits for the same answer. */
function shared<T>(running: Map<string, Promise<T>>, key: string, start: () => Promise<T>): Promise<T> {
  const before = running.get(key)
  if (before) return before
  const promise = start().finally(() => running.delete(key))
  running.set(key, promise)
  return promise
}

function bodyOf(answer: OutsideAnswer, chart: ResolvedChart): Buffer {
  if (answer.status === 200) return answer.body
  throw new PlimsollError(
    'repository-unreachable',
    `Chart '${chart.chart}' ${chart.version} could not be read: ${chart.repoURL} answers ${answer.status} for its archive.`,
  )
}
