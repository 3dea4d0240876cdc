import { join } from 'node:path'
import type { Sources, Tree } from '@plimsoll/render/engines'
import { CommandFailure } from '../../exit-code.ts'
import { defaultDataDir } from '../../server/data-dir.ts'

type ChartRequest = Parameters<Sources['chart']>[0]

/** Thrown where a render asks for what is not here yet: it is fetched, and the render starts again. */
class Wanted extends Error {
  readonly key: string
  readonly fetch: () => Promise<Tree | Uint8Array>

  constructor(key: string, fetch: () => Promise<Tree | Uint8Array>) {
    super('something has to be fetched first')
    this.key = key
    this.fetch = fetch
  }
}

const mostFetched = 200

/**
 * Renders, fetching what it asks for on the way: dependencies of charts, charts and remote bases of kustomizations. Whoever runs this may dial what they
 * like.
 */
export async function fetchWhatIsWanted<T>(sources: Sources, render: (sources: Sources) => T): Promise<T> {
  const fetched = new Map<string, Tree | Uint8Array>()
  const fetchedOr = <What extends Tree | Uint8Array>(request: object, fetch: () => Promise<What>): What => {
    const key = JSON.stringify(request)
    const found = fetched.get(key)
    // Requests for trees and for files are of different shapes.
    if (found) return found as What
    throw new Wanted(key, fetch)
  }
  const withFetched: Sources = {
    tree: sources.tree,
    ref: (name) => sources.ref(name),
    git: (request) => fetchedOr(request, async () => (await import('./fetch-base.ts')).readBase(request)),
    chart: (request) => fetchedOr(request, () => readChart(request)),
    file: (url) => fetchedOr({ file: url }, () => readFile(url)),
  }
  for (;;) {
    try {
      return render(withFetched)
    } catch (error) {
      if (!(error instanceof Wanted) || fetched.size >= mostFetched) throw error
      fetched.set(error.key, await error.fetch())
    }
  }
}

export async function readChart({ repository, name, version }: ChartRequest): Promise<Tree> {
  const { treeOfChart } = await import('@plimsoll/render/engines')
  const { createChartRegistry } = await import('@plimsoll/registry')
  const registry = createChartRegistry({ dataDir: join(defaultDataDir(), 'charts'), allowPrivateHosts: true })
  return treeOfChart((await registry.archive(await registry.resolve({ repoURL: repository, chart: name, version }))).bytes)
}

async function readFile(url: string): Promise<Uint8Array> {
  const { fetchOutside } = await import('@plimsoll/network')
  const { status, body } = await fetchOutside(new URL(url), { policy: { allowPrivateHosts: true }, maxBytes: 64_000_000 })
  if (status === 200) return body
  throw new CommandFailure(`${url} answers ${status}.`, { remedy: 'Check the address in the kustomization.' })
}
