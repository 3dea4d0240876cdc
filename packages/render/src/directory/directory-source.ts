import { createHash } from 'node:crypto'
import type { KubeObject } from '@plimsoll/kube'
import type { ApplicationSource } from '@plimsoll/api'
import { ByteCache } from '../byte-cache.ts'
import type { RenderFailure, RenderResult, SourceEntry, SourceTree } from '../contract.ts'
import { freeze, parseInWorker } from '../engine/read-pieces.ts'
import { Turns } from '../engine/turns.ts'
import { WorkerCrash, WorkerTimeout, type WorkerPool } from '../engine/worker-pool.ts'
import type { RenderLimits } from '../limits.ts'
import { atFile, failureOf, type SourceProblem } from '../problem.ts'
import { comparePaths } from '../repository-path.ts'
import { readManifests, type FileContent } from './read-manifests.ts'
import { selectFiles, type SelectedFile } from './select-files.ts'

/** Part of every cache key: a change of what a file means is a change of this. */
const engineVersion = 'directory/1'
/** Up to here a file is parsed where it is: in a millisecond or so, which is less than the way to a worker and back. */
const inlineBytes = 24 * 1024
/** Parsed values take about so many times the room of their text. */
const expansion = 6

/** Manifests of a Jsonnet file, in place of the refusal: made by a program that the operator has enabled. */
export type EvaluateJsonnet = (file: string) => Promise<JsonnetResult>

export interface JsonnetResult {
  manifests: RenderResult['manifests']
  problems: SourceProblem[]
  /** Of everything that the evaluation depended on. */
  digest: string
}

export interface DirectoryRequest {
  source: ApplicationSource
  tree: SourceTree
  path: string
  entries: readonly SourceEntry[]
  evaluateJsonnet?: EvaluateJsonnet
}

/** Directories of plain manifests. A file is parsed once for each content. */
export class DirectorySource {
  readonly #pool: WorkerPool
  readonly #limits: RenderLimits
  readonly #timeoutMs: number
  readonly #parsed: ByteCache<FileContent>
  readonly #rendered: ByteCache<RenderResult>
  readonly #parsing = new Map<string, Promise<FileContent>>()
  /** Each file takes little; hundreds in one go would not. */
  readonly #turns = new Turns()

  constructor(options: { pool: WorkerPool; limits: RenderLimits; timeoutMs: number; cacheBytes: number }) {
    this.#pool = options.pool
    this.#limits = options.limits
    this.#timeoutMs = options.timeoutMs
    this.#parsed = new ByteCache((options.cacheBytes * 3) / 4)
    this.#rendered = new ByteCache(options.cacheBytes / 4)
  }

  get cachedBytes(): number {
    return this.#parsed.bytes + this.#rendered.bytes
  }

  async render({ source, tree, path, entries, evaluateJsonnet }: DirectoryRequest): Promise<RenderResult | RenderFailure> {
    const { files, jsonnet, problems } = await selectFiles(tree, source, path, entries, this.#limits, evaluateJsonnet !== undefined)
    const evaluated = new Map<string, JsonnetResult>()
    if (evaluateJsonnet !== undefined) for (const file of jsonnet) evaluated.set(file, await evaluateJsonnet(file))
    const cacheKey = keyOf(files, evaluated)
    if (problems.length === 0) {
      const cached = this.#rendered.get(cacheKey)
      if (cached !== undefined) return { ...cached, fromCache: true }
    }
    const contents = await Promise.all(files.map((file) => this.#contentOf(tree, file)))
    const byFile = new Map<string, RenderResult['manifests']>()
    for (const [index, { objects, problems: found }] of contents.entries()) {
      const file = files[index]?.path ?? ''
      for (const problem of found) problems.push(atFile(file, problem))
      // What the check of the manifest let through is a Kubernetes object.
      byFile.set(
        file,
        objects.map(({ object, line, column }) => ({ object: object as KubeObject, at: { file, line, column } })),
      )
    }
    for (const [file, result] of evaluated) {
      problems.push(...result.problems)
      byFile.set(file, result.manifests)
    }
    const order = evaluated.size === 0 ? [...byFile.keys()] : inOrderOf(entries, byFile)
    const manifests = order.flatMap((file) => byFile.get(file) ?? [])
    if (manifests.length > this.#limits.objects) {
      problems.push({
        code: 'manifest-too-large',
        message: `There are ${manifests.length} objects; at most ${this.#limits.objects} are taken.`,
        remedy: 'Split them into several applications.',
      })
    }
    if (problems.length > 0) return failureOf(problems)
    const result: RenderResult = {
      ok: true,
      manifests,
      sourceType: 'Directory',
      cacheKey,
      fromCache: false,
      durationMs: 0,
      engine: engineVersion,
      warnings: [],
      randomFunctions: [],
    }
    this.#rendered.set(cacheKey, result, manifests.length * 200 + 500)
    return result
  }

  async #contentOf(tree: SourceTree, file: SelectedFile): Promise<FileContent> {
    const key = `${file.format} ${file.hash}`
    const known = this.#parsed.get(key) ?? this.#parsing.get(key)
    if (known !== undefined) return known
    const work = this.#parse(tree, file)
    this.#parsing.set(key, work)
    try {
      const content = await work
      this.#parsed.set(key, content, file.size * expansion + 500)
      return content
    } catch (error) {
      return { objects: [], problems: [parseFailure(error, this.#timeoutMs)] }
    } finally {
      this.#parsing.delete(key)
    }
  }

  async #parse(tree: SourceTree, file: SelectedFile): Promise<FileContent> {
    const bytes = await tree.read(file.hash, this.#limits.fileBytes)
    const isSmall = bytes.length <= inlineBytes && !mayHaveAliases(bytes)
    if (!isSmall) return parseInWorker(this.#pool, bytes, file.format, this.#limits)
    await this.#turns.take()
    const content = readManifests(bytes, file.format, this.#limits)
    for (const { object } of content.objects) freeze(object)
    return content
  }
}

function keyOf(files: readonly SelectedFile[], evaluated: ReadonlyMap<string, JsonnetResult>): string {
  const hash = createHash('sha256').update(engineVersion)
  for (const { path, hash: content, format } of files) hash.update(`\0${format}\0${content}\0${path}`)
  for (const [path, { digest }] of evaluated) hash.update(`\0jsonnet\0${digest}\0${path}`)
  return `sha256:${hash.digest('hex')}`
}

function inOrderOf(entries: readonly SourceEntry[], byFile: ReadonlyMap<string, unknown>): string[] {
  const order = new Map(entries.toSorted((a, b) => comparePaths(a.path, b.path)).map(({ path }, index) => [path, index]))
  return [...byFile.keys()].toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
}

/** An ampersand where a value may begin. Too careful is only slower. */
export function mayHaveAliases(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(38); at >= 0; at = bytes.indexOf(38, at + 1)) {
    const before = bytes[at - 1]
    if (at === 0 || before === 32 || before === 10 || before === 9 || before === 44 || before === 91 || before === 123) return true
  }
  return false
}

/** Bad input never throws: what does is told as the failure it is. */
function parseFailure(error: unknown, timeoutMs: number): FileContent['problems'][number] {
  if (error instanceof WorkerTimeout) {
    return {
      code: 'render-timeout',
      message: `the file was not read within ${timeoutMs / 1000} s`,
      remedy: 'Make it smaller, or exclude the file.',
    }
  }
  if (error instanceof WorkerCrash) {
    return {
      code: 'manifest-too-large',
      message: 'the file needs more memory than is given to one',
      remedy: 'Make it smaller, or exclude the file.',
    }
  }
  throw error
}
