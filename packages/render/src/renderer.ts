import { randomBytes } from 'node:crypto'
import { PlimsollError, type ApplicationSource } from '@plimsoll/api'
import type { ProgramLimits, Renderer, RenderFailure, RenderPolicy, RenderRequest, RenderResult, SourceEntry } from './contract.ts'
import { DirectorySource, type EvaluateJsonnet } from './directory/directory-source.ts'
import { EngineSource, type EngineLimits } from './engine/engine-source.ts'
import { FetchClock, FetchTimeout } from './engine/fetch-clock.ts'
import { renderCode } from './engine/fetch-session.ts'
import { RenderError } from './engine/tree.ts'
import { Turns } from './engine/turns.ts'
import { WorkerPool } from './engine/worker-pool.ts'
import { JsonnetSource } from './jsonnet/jsonnet-source.ts'
import { defaultLimits, type RenderLimits } from './limits.ts'
import { failureOf, type SourceProblem } from './problem.ts'
import { nameOf, normalPath } from './repository-path.ts'
import type { ConfigManagementPlugin } from './plugin/config-management-plugin.ts'
import { type PluginRequest, PluginSource } from './plugin/plugin-source.ts'
import type { CopyLimits } from './plugin/private-copy.ts'
import { withOverrides } from './source-overrides.ts'
import { discoveredType, explicitType, type SourceType } from './source-type.ts'

export interface RendererOptions {
  /** Worker threads at most; 2 by default. */
  workers?: number
  /** For one render in a worker, and for fetching what it asks for. 20 s by default. */
  timeoutMs?: number
  /** For everything that is kept: parsed files, results, contents. 256 MB by default. */
  cacheBytes?: number
  /** What a worker may hold, in MB; 512 by default. */
  workerMemoryMb?: number
  /** How long a worker without work stays, 30 s by default; the last one stays 20 times as long. */
  idleMs?: number
  limits?: Partial<EngineLimits>
  /** Where a request says nothing. */
  policy?: Partial<RenderPolicy>
  /**
   * Of the installation: what is random by nature is made from it (docs: "Random values"). Without one a new one is made, and such values change when the
   * process starts again.
   */
  secret?: Uint8Array
  /** Modules that export `renderHelm` and `renderKustomize`, as URLs; ours by default. */
  engines?: { helm: string; kustomize: string }
  /** Config management plugins; which of them may be used the policy says. */
  plugins?: readonly ConfigManagementPlugin[]
  /** What programs may cost, and what they find in their environment beside what is theirs: `PATH`. */
  programs?: { limits?: Partial<ProgramLimits>; copies?: Partial<CopyLimits>; environment?: Readonly<Record<string, string>> }
}

const programLimits: ProgramLimits = { timeoutMs: 90_000, outputBytes: 32_000_000, memoryBytes: 1_000_000_000 }
const copyLimits: CopyLimits = { files: 50_000, bytes: 256_000_000, fileBytes: 64_000_000 }

const defaultPolicy: RenderPolicy = {
  remoteBases: false,
  valueFileSchemes: [],
  plugins: [],
  jsonnet: false,
  binaries: false,
  kustomizeBuildOptions: '',
  randomness: 'stable',
}

const engineLimits: Pick<EngineLimits, 'readBytes' | 'outputBytes'> = { readBytes: 48_000_000, outputBytes: 32_000_000 }

/** A source, after it has been looked at. */
interface Looked {
  source: ApplicationSource
  path: string
  entries: readonly SourceEntry[]
  /** Where the source itself says it. */
  type: SourceType | undefined
}

export function createRenderer(options: RendererOptions = {}): Renderer {
  const timeoutMs = options.timeoutMs ?? 20_000
  const limits: RenderLimits & EngineLimits = { ...defaultLimits, ...engineLimits, ...options.limits }
  const policy: RenderPolicy = { ...defaultPolicy, ...options.policy }
  const cacheBytes = options.cacheBytes ?? 256 * 1024 * 1024
  const pool = new WorkerPool({
    size: options.workers ?? 2,
    timeoutMs,
    memoryMb: options.workerMemoryMb ?? 512,
    stackMb: 32,
    idleMs: options.idleMs ?? 30_000,
    data: { engines: options.engines ?? ownEngines(), secret: options.secret ?? randomBytes(32) },
  })
  const programs = {
    limits: { ...programLimits, ...options.programs?.limits },
    copies: { ...copyLimits, ...options.programs?.copies },
  }
  const directories = new DirectorySource({ pool, limits, timeoutMs, cacheBytes: cacheBytes / 2 })
  const engines = new EngineSource({ pool, limits, timeoutMs, cacheBytes: cacheBytes / 2, programs })
  const plugins = new PluginSource({
    plugins: options.plugins ?? [],
    pool,
    limits,
    programLimits: programs.limits,
    copyLimits: programs.copies,
    environment: options.programs?.environment ?? {},
    cacheBytes: cacheBytes / 8,
  })
  const jsonnet = new JsonnetSource({
    pool,
    limits,
    programLimits: programs.limits,
    copyLimits: programs.copies,
    cacheBytes: cacheBytes / 16,
  })
  const turns = new Turns()
  let fromCache = 0
  let directoryRenders = 0

  return {
    async render(request) {
      const started = performance.now()
      await turns.take()
      try {
        const clock = new FetchClock(timeoutMs)
        const result = await render({ ...request, tree: clock.timed(request.tree) }, clock)
        if (!result.ok) return result
        if (result.fromCache) fromCache += 1
        return { ...result, durationMs: performance.now() - started }
      } catch (error) {
        return failureFrom(error, request, timeoutMs)
      }
    },
    statistics: () => ({
      renders: engines.renders + directoryRenders + plugins.renders,
      fromCache,
      restarts: engines.restarts,
      workersStarted: pool.started,
      workersKilled: pool.killed,
      cachedBytes: directories.cachedBytes + engines.cachedBytes + plugins.cachedBytes,
    }),
    close: () => pool.close(),
  }

  async function render(request: RenderRequest, clock: FetchClock): Promise<RenderResult | RenderFailure> {
    const looked = await look(request)
    if ('ok' in looked) return looked
    const { source, path, entries } = looked
    const asked = { source, path, entries, policy: { ...policy, ...request.policy }, request }
    // Argo CD asks the plugins before it looks at the files itself.
    const wanting = looked.type === undefined && request.programs !== undefined ? await plugins.discover(asked) : undefined
    const type = looked.type ?? (wanting === undefined ? discoveredType(path, entries) : 'Plugin')
    if (type === 'Plugin') return plugins.render(asked, wanting)
    if (type !== 'Directory') return engines.render({ ...asked, kind: type, clock })
    const hasJsonnet = entries.some(({ path: name }) => name.endsWith('.jsonnet'))
    const evaluateJsonnet = hasJsonnet ? await evaluatorFor(asked) : undefined
    const result = await directories.render({ source, tree: request.tree, path, entries, ...(evaluateJsonnet && { evaluateJsonnet }) })
    if (result.ok && !result.fromCache) directoryRenders += 1
    return result
  }

  /** Undefined where no program is enabled: then Jsonnet files are refused by name. */
  async function evaluatorFor({ source, path, policy: allowed, request }: PluginRequest): Promise<EvaluateJsonnet | undefined> {
    const { programs: runner } = request
    const program = allowed.jsonnet ? await runner?.find('jsonnet') : undefined
    if (runner === undefined || program === undefined) return undefined
    return (file) => jsonnet.evaluate({ source, path, request, programs: runner, program }, file)
  }

  async function look({ source: asked, tree, applicationName }: RenderRequest): Promise<Looked | RenderFailure> {
    const folder = normalPath(asked.chart ? '' : (asked.path ?? ''))
    if (folder === undefined) return failureOf([outsidePath(asked.path ?? '')])
    if ((await tree.hashOf(folder)) === undefined) return failureOf([noSuchPath(folder)])
    const entries = await tree.list(folder)
    const path = asked.chart ? chartFolder(asked.chart, entries) : folder
    const source = await withOverrides(asked, { tree, path, entries, applicationName, limits })
    const explicit = explicitType(source)
    if (typeof explicit === 'object') return failureOf([explicit])
    return { source, path, entries, type: explicit }
  }
}

/** As an archive has it: in a folder of the chart's name; or at the root. */
function chartFolder(chart: string, entries: readonly SourceEntry[]): string {
  if (entries.some(({ path }) => path === 'Chart.yaml')) return ''
  const named = nameOf(chart)
  if (entries.some(({ path }) => path === `${named}/Chart.yaml`)) return named
  const found = entries.find(({ path }) => /^[^/]+\/Chart\.yaml$/.test(path))
  return found === undefined ? '' : found.path.slice(0, found.path.indexOf('/'))
}

/** In the sources this runs from `src` under the test runner; worker threads need the built files. */
function ownEngines(): { helm: string; kustomize: string } {
  const base = import.meta.url.endsWith('.ts') ? '../dist/' : './'
  return {
    helm: new URL(`${base}helm/index.js`, import.meta.url).href,
    kustomize: new URL(`${base}kustomize/index.js`, import.meta.url).href,
  }
}

function outsidePath(path: string): SourceProblem {
  return {
    code: 'path-outside-repository',
    message: `Path '${path.slice(0, 200)}' leads out of the repository.`,
    remedy: 'Use a path that starts at the root of the repository, without a leading slash.',
  }
}

function noSuchPath(path: string): SourceProblem {
  return {
    code: 'path-not-found',
    message: `Path '${path.slice(0, 200)}' is not a folder of the repository at this revision.`,
    remedy: 'Set the path to a folder that the repository has, or push it.',
  }
}

function failureFrom(error: unknown, { source }: RenderRequest, timeoutMs: number): RenderFailure {
  if (error instanceof PlimsollError) {
    return { ok: false, code: renderCode(error.code), message: error.message, remedy: error.remedy, ...(error.at && { at: error.at }) }
  }
  if (error instanceof RenderError) {
    return { ok: false, code: error.code, message: error.message, remedy: error.remedy, ...(error.at && { at: error.at }) }
  }
  if (error instanceof FetchTimeout) {
    return failureOf([
      {
        code: 'render-timeout',
        message: `Rendering '${source.path ?? source.chart ?? ''}' took longer than ${timeoutMs / 1000} s.`,
        remedy: 'Make the source smaller, or exclude what is not a manifest.',
      },
    ])
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    ok: false,
    code: 'render-failed',
    message: `The source could not be read: ${message}`,
    remedy: 'Try again; the server log says more.',
  }
}
