import { Worker } from 'node:worker_threads'
import { PlimsollError } from '@plimsoll/api'
import type { OutsideAnswer } from '@plimsoll/network'
import { chooseVersion } from './choose-version.ts'
import type { ChartRequest, ResolvedChart } from './contract.ts'
import type { IndexAnswer } from './index-worker.ts'

/** The largest public index has about 30 MB. */
const maxIndexBytes = 64 * 1024 * 1024
const readTimeoutMs = 20_000
const workerURL = new URL(import.meta.url.endsWith('.ts') ? '../dist/index-worker.js' : './index-worker.js', import.meta.url)

/** Finds a chart in a repository's index.yaml. */
export async function resolveInIndex(
  { repoURL, chart, version }: ChartRequest,
  get: (url: URL, maxBytes: number) => Promise<OutsideAnswer>,
): Promise<ResolvedChart> {
  const base = baseOf(repoURL)
  const answer = await requireIndex(repoURL, get)
  const index = await readIndex(answer.body, chart)
  if ('problem' in index) throw new PlimsollError('repository-unreachable', `index.yaml of ${repoURL} cannot be read: ${index.problem}.`)
  const chosen = chooseVersion(
    { repoURL, chart, version },
    index.versions.map((item) => item.version),
  )
  const entry = index.versions.find((item) => item.version === chosen)
  const url = entry?.url
  if (entry === undefined || url === undefined) {
    throw new PlimsollError('repository-unreachable', `index.yaml of ${repoURL} has no address for chart '${chart}' ${chosen}.`)
  }
  return { repoURL, chart, version: chosen, digest: digestOf(entry.digest), location: addressOf(url, base, repoURL) }
}

/** Its index.yaml, whatever is in it. */
export async function requireIndex(repoURL: string, get: (url: URL, maxBytes: number) => Promise<OutsideAnswer>): Promise<OutsideAnswer> {
  const answer = await get(new URL('index.yaml', baseOf(repoURL)), maxIndexBytes)
  if (answer.status === 401 || answer.status === 403) {
    throw new PlimsollError('repository-unreachable', `${repoURL} does not let us in: it answers ${answer.status} for index.yaml.`, {
      remedy: 'Give it credentials that may read it: `plimsoll repo add URL --type helm --name NAME --username USER --password-stdin`.',
    })
  }
  if (answer.status !== 200) {
    throw new PlimsollError('repository-unreachable', `${repoURL} is no chart repository: it answers ${answer.status} for index.yaml.`, {
      remedy: "Check repoURL: helm's `repo add` takes the same. A Git repository has a path, and no chart.",
    })
  }
  return answer
}

/** Addresses in an index are relative to the folder that it lies in. */
function baseOf(repoURL: string): URL {
  let url: URL
  try {
    url = new URL(repoURL)
  } catch {
    throw new PlimsollError('invalid-request', `'${repoURL}' is no address of a chart repository.`, {
      remedy: 'Write https://… or oci://…',
    })
  }
  url.username = ''
  url.password = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function addressOf(url: string, base: URL, repoURL: string): string {
  if (URL.canParse(url, base.href)) return new URL(url, base).href
  throw new PlimsollError('repository-unreachable', `index.yaml of ${repoURL} has an address that is none: '${url.slice(0, 200)}'.`)
}

function digestOf(text: string | undefined): string | undefined {
  const hex = text?.replace(/^sha256:/, '').toLowerCase()
  return hex !== undefined && /^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : undefined
}

/** An index of many megabytes takes a while to parse, and is somebody else's text: in a thread of its own, with an end. */
async function readIndex(body: Buffer, chart: string): Promise<IndexAnswer> {
  const bytes = new Uint8Array(body)
  const worker = new Worker(workerURL, {
    workerData: { body: bytes, chart },
    transferList: [bytes.buffer],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    env: {},
  })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<IndexAnswer>((resolve) => {
      timer = setTimeout(() => resolve({ problem: `it was not read within ${readTimeoutMs / 1000} s` }), readTimeoutMs)
      worker.once('message', resolve)
      worker.once('error', (error) => resolve({ problem: error.message }))
      worker.once('exit', () => resolve({ problem: 'the reader ended' }))
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
