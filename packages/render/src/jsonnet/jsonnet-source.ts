import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ApplicationSource } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { buildEnvironment, substituteEnvironment } from '../build-environment.ts'
import { ByteCache } from '../byte-cache.ts'
import type { ProgramLimits, Programs, RenderRequest, SourceTree } from '../contract.ts'
import type { JsonnetResult } from '../directory/directory-source.ts'
import { parseInWorker } from '../engine/read-pieces.ts'
import { RenderError } from '../engine/tree.ts'
import type { WorkerPool } from '../engine/worker-pool.ts'
import { treeOfFiles } from '../file-tree.ts'
import type { RenderLimits } from '../limits.ts'
import { LooseFields } from '../loose-fields.ts'
import { failedCommand } from '../plugin/failed-command.ts'
import { type CopyLimits, copyFolder } from '../plugin/private-copy.ts'
import { atFile } from '../problem.ts'
import { folderOf, normalPath } from '../repository-path.ts'
import { scanImports } from './import-scan.ts'

const engineVersion = 'jsonnet/1'
const maxLinks = 40

export interface JsonnetRequest {
  source: ApplicationSource
  path: string
  request: RenderRequest
  programs: Programs
  /** Of the enabled program. */
  program: string
}

interface Arguments {
  /** Folders to search, the last one first. */
  libraries: string[]
  flags: string[]
  /** Texts that are code, and may import. */
  code: string[]
}

/**
 * Jsonnet files by a program that the operator has enabled. It is given the files that are imported, and no others: what an import names is known before
 * the program runs, and an import that leads out of the repository is refused.
 */
export class JsonnetSource {
  readonly #pool: WorkerPool
  readonly #limits: RenderLimits
  readonly #programLimits: ProgramLimits
  readonly #copyLimits: CopyLimits
  readonly #results: ByteCache<JsonnetResult>

  constructor(options: {
    pool: WorkerPool
    limits: RenderLimits
    programLimits: ProgramLimits
    copyLimits: CopyLimits
    cacheBytes: number
  }) {
    this.#pool = options.pool
    this.#limits = options.limits
    this.#programLimits = options.programLimits
    this.#copyLimits = options.copyLimits
    this.#results = new ByteCache(options.cacheBytes)
  }

  /** Throws `RenderError` for a file that cannot be evaluated. */
  async evaluate(asked: JsonnetRequest, file: string): Promise<JsonnetResult> {
    const settings = argumentsOf(asked)
    const files = await this.#closure(asked, file, settings)
    const hash = createHash('sha256').update(JSON.stringify([engineVersion, file, asked.path, settings]))
    for (const [path, content] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) hash.update(`\0${path}\0`).update(content)
    const digest = hash.digest('hex')
    const known = this.#results.get(digest)
    if (known !== undefined) return known
    const output = await this.#run(asked, file, files, settings)
    const result = { ...(await this.#read(output, file)), digest }
    this.#results.set(digest, result, output.length * 4 + 500)
    return result
  }

  async #run(
    { program, programs, path }: JsonnetRequest,
    file: string,
    files: ReadonlyMap<string, Uint8Array>,
    { libraries, flags }: Arguments,
  ): Promise<Buffer> {
    const copy = await copyFolder(treeOfFiles(files), '', { preservesModes: false, limits: this.#copyLimits })
    try {
      const search = [path, ...libraries].flatMap((folder) => ['-J', join(copy.folder, folder)])
      const command = [program, ...search, ...flags, join(copy.folder, file)]
      const environment = { HOME: copy.scratch, TMPDIR: copy.scratch, LANG: 'C.UTF-8', PATH: '/usr/bin:/bin' }
      const result = await programs.run({ command, folder: copy.folder, environment, limits: this.#programLimits })
      if (result.end === 'exited' && result.exitCode === 0) return result.stdout
      const failure = failedCommand(['jsonnet', file], result, this.#programLimits, copy)
      throw new RenderError(`Failed to evaluate jsonnet "${file}": ${failure.message}`, {
        code: failure.code,
        remedy: failure.remedy,
        at: { file },
      })
    } finally {
      await copy.remove()
    }
  }

  /** An object, or a list of objects. */
  async #read(output: Buffer, file: string): Promise<Omit<JsonnetResult, 'digest'>> {
    const isList = /^\s*\[/.test(output.subarray(0, 1024).toString())
    const text = isList ? Buffer.concat([Buffer.from('{"apiVersion":"v1","kind":"List","items":'), output, Buffer.from('}')]) : output
    const { objects, problems } = await parseInWorker(this.#pool, text, 'output', this.#limits)
    return {
      // What the check of the manifest let through is a Kubernetes object.
      manifests: objects.map(({ object }) => ({ object: object as KubeObject, at: { file } })),
      problems: problems.map(({ line: _line, column: _column, ...problem }) => atFile(file, problem)),
    }
  }

  /** The file and everything that it imports, by path. */
  async #closure(asked: JsonnetRequest, file: string, settings: Arguments): Promise<Map<string, Uint8Array>> {
    const { tree } = asked.request
    const finder = new FileFinder(tree)
    const files = new Map<string, Uint8Array>()
    const scanned = new Set([file])
    const queue: { path: string; isCode: boolean }[] = [{ path: file, isCode: true }]
    let bytes = 0
    const search = [asked.path, ...settings.libraries].toReversed()
    for (const code of settings.code) await take(code, 'spec.source.directory.jsonnet', search)
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const known = files.get(next.path)
      const entry = known === undefined ? await finder.find(next.path) : undefined
      if (known === undefined && entry === undefined) continue
      const content = known ?? (await tree.read(entry?.hash ?? '', this.#limits.fileBytes))
      if (known === undefined) {
        bytes += content.length
        files.set(next.path, content)
      }
      if (bytes > this.#copyLimits.bytes || files.size > this.#copyLimits.files) {
        throw new RenderError('It imports too much.', { code: 'manifest-too-large', at: { file } })
      }
      if (next.isCode) await take(Buffer.from(content).toString(), next.path, [folderOf(next.path), ...search])
    }
    return files

    async function take(text: string, from: string, folders: readonly string[]): Promise<void> {
      const imports = scanImports(text)
      if (imports === undefined) throw new RenderError(`${from}: its imports cannot be read.`, { at: { file: from } })
      for (const { kind, path } of imports) {
        const candidates = folders.map((folder) => normalPath(path, folder))
        // Whichever of them the program would take: none may lead out.
        if (candidates.includes(undefined)) {
          throw new RenderError(`${from}: file '${path.slice(0, 200)}' resolved to outside repository root`, {
            code: 'path-outside-repository',
            at: { file: from },
            remedy: 'Import files of the repository, by relative paths.',
          })
        }
        for (const candidate of candidates) {
          if (candidate === undefined || (await finder.find(candidate)) === undefined) continue
          if (kind !== 'import') queue.push({ path: candidate, isCode: false })
          else if (!scanned.has(candidate)) queue.push({ path: candidate, isCode: true })
          if (kind === 'import') scanned.add(candidate)
          break
        }
      }
    }
  }
}

/** Files by path, links followed inside the tree. */
class FileFinder {
  readonly #tree: SourceTree
  readonly #known = new Map<string, Promise<{ hash: string } | undefined>>()

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  find(path: string): Promise<{ hash: string } | undefined> {
    const known = this.#known.get(path) ?? this.#look(path)
    this.#known.set(path, known)
    return known
  }

  async #look(path: string): Promise<{ hash: string } | undefined> {
    let at = path
    for (let hop = 0; hop < maxLinks; hop++) {
      const current = at
      const entry = this.#tree.entry
        ? await this.#tree.entry(current)
        : (await this.#tree.list(folderOf(current))).find((each) => each.path === current)
      if (entry === undefined || entry.kind === 'submodule') return undefined
      if (entry.kind !== 'symlink') return entry
      const target = normalPath((await this.#tree.read(entry.hash, 4096)).toString(), folderOf(current))
      if (target === undefined)
        throw new RenderError(`repository contains out-of-bounds symlinks. file: ${current}`, { code: 'path-outside-repository' })
      at = target
    }
    return undefined
  }
}

function argumentsOf({ source, request }: JsonnetRequest): Arguments {
  const build = buildEnvironment({
    source,
    applicationName: request.applicationName,
    destinationNamespace: request.destinationNamespace,
    ...(request.environment && { environment: request.environment }),
  })
  const fields = new LooseFields(source.directory, 'spec.source.directory').child('jsonnet')
  const flags: string[] = []
  const code: string[] = []
  for (const [field, flag] of [
    ['tlas', 'tla'],
    ['extVars', 'ext'],
  ] as const) {
    for (const variable of fields.items(field)) {
      const name = variable.text('name')
      if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
        throw new RenderError(`spec.source.directory.jsonnet.${field}: '${name.slice(0, 100)}' is no name.`)
      const value = substituteEnvironment(variable.text('value'), (key) => build.get(key))
      const isCode = variable.flag('code')
      if (isCode) code.push(value)
      flags.push(`--${flag}-${isCode ? 'code' : 'str'}`, `${name}=${value}`)
    }
  }
  const libraries = fields.texts('libs').map((text) => {
    const folder = normalPath(text.replace(/^\/+/, ''))
    if (folder === undefined) {
      throw new RenderError(`file '${text.slice(0, 200)}' resolved to outside repository root`, { code: 'path-outside-repository' })
    }
    return folder
  })
  return { libraries, flags, code }
}
