import { createHash } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { ByteCache } from './byte-cache.ts'
import type { Renderer, RenderFailure, RenderRequest, RenderResult, SourceTree } from './contract.ts'
import { defaultLimits, type RenderLimits } from './limits.ts'
import { ParseCrash, ParsePool, ParseTimeout } from './parse-pool.ts'
import { atFile, failureOf, type SourceProblem } from './problem.ts'
import { readManifests, type FileContent } from './read-manifests.ts'
import { normalPath } from './repository-path.ts'
import { selectFiles, type SelectedFile } from './select-files.ts'
import { unsupportedSource } from './source-type.ts'

export interface RendererOptions {
  /** Worker threads at most; 2 by default. */
  workers?: number
  /** For one render, and for one file in a worker. 20 s by default. */
  timeoutMs?: number
  /** For parsed files; 128 MB by default. */
  cacheBytes?: number
  /** What a worker may hold, in MB; 256 by default. */
  workerMemoryMb?: number
  limits?: Partial<RenderLimits>
}

/** Part of every cache key: a change of what a file means is a change of this. */
const engineVersion = 'directory/1'
/** Up to here a file is parsed where it is: in a millisecond or so, which is less than the way to a worker and back. */
const inlineBytes = 24 * 1024
/** Parsed values take about so many times the room of their text. */
const expansion = 6

export function createRenderer(options: RendererOptions = {}): Renderer {
  const timeoutMs = options.timeoutMs ?? 20_000
  const limits: RenderLimits = { ...defaultLimits, ...options.limits }
  const pool = new ParsePool({ size: options.workers ?? 2, timeoutMs, memoryMb: options.workerMemoryMb ?? 256 })
  const cacheBytes = options.cacheBytes ?? 128 * 1024 * 1024
  const parsed = new ByteCache<FileContent>((cacheBytes * 3) / 4)
  const rendered = new ByteCache<RenderResult>(cacheBytes / 4)
  const parsing = new Map<string, Promise<FileContent>>()

  return {
    async render(request) {
      const started = performance.now()
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<RenderFailure>((resolve) => {
        timer = setTimeout(() => resolve(timeoutFailure(request, timeoutMs)), timeoutMs)
      })
      try {
        const result = await Promise.race([render(request), late])
        return result.ok ? { ...result, durationMs: performance.now() - started } : result
      } catch (error) {
        return failureFrom(error)
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => pool.close(),
  }

  async function render({ source, tree }: RenderRequest): Promise<RenderResult | RenderFailure> {
    const path = normalPath(source.path ?? '')
    if (path === undefined) {
      return failureOf([
        {
          code: 'path-outside-repository',
          message: `Path '${(source.path ?? '').slice(0, 200)}' leads out of the repository.`,
          remedy: 'Use a path that starts at the root of the repository, without a leading slash.',
        },
      ])
    }
    // A chart from a registry has no folder.
    const remote = unsupportedSource(source, path, [])
    if (remote !== undefined) return failureOf([remote])
    if ((await tree.hashOf(path)) === undefined) return failureOf([noSuchPath(path)])
    const entries = await tree.list(path)
    const unsupported = unsupportedSource(source, path, entries)
    if (unsupported !== undefined) return failureOf([unsupported])

    const { files, problems } = await selectFiles(tree, source, path, entries, limits)
    const cacheKey = keyOf(files)
    if (problems.length === 0) {
      const cached = rendered.get(cacheKey)
      if (cached !== undefined) return { ...cached, fromCache: true }
    }
    const contents = await Promise.all(files.map((file) => contentOf(tree, file)))
    const manifests: RenderResult['manifests'] = []
    for (const [index, { objects, problems: found }] of contents.entries()) {
      const file = files[index]?.path ?? ''
      for (const problem of found) problems.push(atFile(file, problem))
      // What the check of the manifest let through is a Kubernetes object.
      for (const { object, line, column } of objects) manifests.push({ object: object as KubeObject, at: { file, line, column } })
    }
    if (manifests.length > limits.objects) {
      problems.push({
        code: 'manifest-too-large',
        message: `There are ${manifests.length} objects; at most ${limits.objects} are taken.`,
        remedy: 'Split them into several applications.',
      })
    }
    if (problems.length > 0) return failureOf(problems)
    const result: RenderResult = { ok: true, manifests, sourceType: 'Directory', cacheKey, fromCache: false, durationMs: 0 }
    rendered.set(cacheKey, result, manifests.length * 200 + 500)
    return result
  }

  async function contentOf(tree: SourceTree, file: SelectedFile): Promise<FileContent> {
    const key = `${file.format} ${file.hash}`
    const known = parsed.get(key) ?? parsing.get(key)
    if (known !== undefined) return known
    const work = parse(tree, file)
    parsing.set(key, work)
    try {
      const content = await work
      parsed.set(key, content, file.size * expansion + 500)
      return content
    } catch (error) {
      return { objects: [], problems: [parseFailure(error, timeoutMs)] }
    } finally {
      parsing.delete(key)
    }
  }

  async function parse(tree: SourceTree, file: SelectedFile): Promise<FileContent> {
    const bytes = await tree.read(file.hash, limits.fileBytes)
    const isSmall = bytes.length <= inlineBytes && !mayHaveAliases(bytes)
    const content = isSmall ? readManifests(bytes, file.format, limits) : await pool.parse(bytes, file.format, limits)
    for (const { object } of content.objects) freeze(object)
    return content
  }
}

function keyOf(files: readonly SelectedFile[]): string {
  const hash = createHash('sha256').update(engineVersion)
  for (const { path, hash: content, format } of files) hash.update(`\0${format}\0${content}\0${path}`)
  return `sha256:${hash.digest('hex')}`
}

/** An ampersand where a value may begin. Too careful is only slower. */
function mayHaveAliases(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(38); at >= 0; at = bytes.indexOf(38, at + 1)) {
    const before = bytes[at - 1]
    if (at === 0 || before === 32 || before === 10 || before === 9 || before === 44 || before === 91 || before === 123) return true
  }
  return false
}

/** Objects come out of a cache that many share: who changes one by mistake hears of it. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const item of Object.values(value)) freeze(item)
}

function noSuchPath(path: string): SourceProblem {
  return {
    code: 'path-not-found',
    message: `Path '${path.slice(0, 200)}' is not a folder of the repository at this revision.`,
    remedy: 'Set the path to a folder that the repository has, or push it.',
  }
}

/** Bad input never throws: what does is told as the failure it is. */
function parseFailure(error: unknown, timeoutMs: number): FileContent['problems'][number] {
  if (error instanceof ParseTimeout) {
    return {
      code: 'render-timeout',
      message: `the file was not read within ${timeoutMs / 1000} s`,
      remedy: 'Make it smaller, or exclude the file.',
    }
  }
  if (error instanceof ParseCrash) {
    return {
      code: 'manifest-too-large',
      message: 'the file needs more memory than is given to one',
      remedy: 'Make it smaller, or exclude the file.',
    }
  }
  throw error
}

function timeoutFailure({ source }: RenderRequest, timeoutMs: number): RenderFailure {
  return failureOf([
    {
      code: 'render-timeout',
      message: `Rendering '${source.path ?? ''}' took longer than ${timeoutMs / 1000} s.`,
      remedy: 'Make the source smaller, or exclude what is not a manifest.',
    },
  ])
}

const renderCodes: ReadonlySet<string> = new Set<RenderFailure['code']>([
  ...(['path-not-found', 'path-outside-repository', 'manifest-invalid', 'manifest-too-large', 'render-timeout'] as const),
  ...(['render-failed', 'source-not-supported', 'repository-unreachable'] as const),
])

function failureFrom(error: unknown): RenderFailure {
  if (error instanceof PlimsollError) {
    const code = renderCodes.has(error.code) ? (error.code as RenderFailure['code']) : 'render-failed'
    return { ok: false, code, message: error.message, remedy: error.remedy, ...(error.at && { at: error.at }) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    ok: false,
    code: 'render-failed',
    message: `The source could not be read: ${message}`,
    remedy: 'Try again; the server log says more.',
  }
}
