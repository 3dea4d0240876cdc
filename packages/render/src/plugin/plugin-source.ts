import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ApplicationSource } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { buildEnvironment } from '../build-environment.ts'
import { ByteCache } from '../byte-cache.ts'
import type {
  ProgramLimits,
  ProgramResult,
  Programs,
  RenderFailure,
  RenderPolicy,
  RenderRequest,
  RenderResult,
  SourceEntry,
} from '../contract.ts'
import { parseInWorker } from '../engine/read-pieces.ts'
import { RenderError } from '../engine/tree.ts'
import { WorkerCrash, WorkerTimeout, type WorkerPool } from '../engine/worker-pool.ts'
import { genericVersion } from '../kube-version.ts'
import type { RenderLimits } from '../limits.ts'
import { LooseFields } from '../loose-fields.ts'
import { compilePathGlob } from '../path-glob.ts'
import { atFile, failureOf } from '../problem.ts'
import { normalPath } from '../repository-path.ts'
import {
  copiesAnnotation,
  type ConfigManagementPlugin,
  ignoresRevisionAnnotation,
  type PluginCommand,
  pluginName,
  wordsOf,
} from './config-management-plugin.ts'
import { failedCommand } from './failed-command.ts'
import { pluginEnvironment } from './plugin-environment.ts'
import { copyFolder, type CopyLimits, type PrivateCopy } from './private-copy.ts'

const engineVersion = 'plugin/1'
const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface PluginRequest {
  /** With overrides applied. */
  source: ApplicationSource
  path: string
  entries: readonly SourceEntry[]
  policy: RenderPolicy
  request: RenderRequest
}

/** Config management plugins: a private copy of the source, a command in it, and what it prints. */
export class PluginSource {
  readonly #plugins: readonly ConfigManagementPlugin[]
  readonly #pool: WorkerPool
  readonly #limits: RenderLimits
  readonly #programLimits: ProgramLimits
  readonly #copyLimits: CopyLimits
  readonly #environment: Readonly<Record<string, string>>
  readonly #rendered: ByteCache<RenderResult>
  readonly #running = new Map<string, Promise<RenderResult | RenderFailure>>()
  renders = 0

  constructor(options: {
    plugins: readonly ConfigManagementPlugin[]
    pool: WorkerPool
    limits: RenderLimits
    programLimits: ProgramLimits
    copyLimits: CopyLimits
    /** `PATH` and the like, for every plugin. */
    environment: Readonly<Record<string, string>>
    cacheBytes: number
  }) {
    this.#plugins = options.plugins
    this.#pool = options.pool
    this.#limits = options.limits
    this.#programLimits = options.programLimits
    this.#copyLimits = options.copyLimits
    this.#environment = options.environment
    this.#rendered = new ByteCache(options.cacheBytes)
  }

  get cachedBytes(): number {
    return this.#rendered.bytes
  }

  /** The plugin that wants a folder, where the source says nothing of its type (Argo CD asks plugins first). */
  async discover(asked: PluginRequest): Promise<ConfigManagementPlugin | undefined> {
    for (const plugin of this.#plugins) {
      if (!isAllowed(plugin, asked.policy) || !hasDiscovery(plugin)) continue
      if (await this.#supports(plugin, asked)) return plugin
    }
    return undefined
  }

  async render(asked: PluginRequest, discovered?: ConfigManagementPlugin): Promise<RenderResult | RenderFailure> {
    const programs = asked.request.programs
    if (programs === undefined) throw unavailable('no program may be started here')
    const plugin = discovered ?? (await this.#named(asked))
    const environment = this.#environmentFor(plugin, asked)
    const key = await this.#keyOf(plugin, asked, environment)
    const cached = this.#rendered.get(key)
    if (cached !== undefined) return { ...cached, fromCache: true }
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const work = this.#run(plugin, asked, programs, environment, key)
    this.#running.set(key, work)
    try {
      return await work
    } finally {
      this.#running.delete(key)
    }
  }

  async #named(asked: PluginRequest): Promise<ConfigManagementPlugin> {
    const name = new LooseFields(asked.source.plugin, 'spec.source.plugin').text('name')
    if (name === '') {
      const found = await this.discover(asked)
      if (found !== undefined) return found
      throw unavailable('could not find plugin supporting the given repository')
    }
    const plugin = this.#plugins.find((each) => pluginName(each) === name && isAllowed(each, asked.policy))
    if (plugin === undefined || (hasDiscovery(plugin) && !(await this.#supports(plugin, asked)))) {
      throw unavailable(`could not find cmp-server plugin with name "${name.slice(0, 100)}" supporting the given repository`)
    }
    return plugin
  }

  async #supports(plugin: ConfigManagementPlugin, asked: PluginRequest): Promise<boolean> {
    const { fileName, find } = plugin.spec.discover ?? {}
    if (fileName) return this.#matches(asked, fileName, false)
    if (find?.glob) return this.#matches(asked, find.glob, true)
    const { programs } = asked.request
    if (wordsOf(find).length === 0 || programs === undefined) return false
    const environment = this.#environmentFor(plugin, asked)
    return this.#inCopy(plugin, asked, async (copy, folder) => {
      const result = await this.#execute(programs, find, copy, folder, environment)
      return result.stdout.toString().replace(/\n$/, '') !== ''
    })
  }

  #matches({ path, entries }: PluginRequest, pattern: string, doubleStar: boolean): boolean {
    const inside = normalPath(pattern)
    const matches = inside === undefined ? undefined : compilePathGlob(inside, { doubleStar })
    if (matches === undefined) return false
    const cut = path === '' ? 0 : path.length + 1
    return entries.some((entry) => {
      const parts = entry.path.slice(cut).split('/')
      // Folders match as well.
      return parts.some((_part, index) => matches(parts.slice(0, index + 1).join('/')))
    })
  }

  #environmentFor(plugin: ConfigManagementPlugin, { source, request }: PluginRequest): Record<string, string> {
    const build = buildEnvironment({
      source,
      applicationName: request.applicationName,
      destinationNamespace: request.destinationNamespace,
      ...(request.environment && { environment: request.environment }),
    })
    if (plugin.metadata.annotations?.[ignoresRevisionAnnotation] === 'true') {
      for (const name of build.keys()) if (name.startsWith('ARGOCD_APP_REVISION')) build.delete(name)
    }
    build.set('KUBE_VERSION', genericVersion(request.capabilities.kubeVersion))
    build.set('KUBE_API_VERSIONS', request.capabilities.apiVersions.join(','))
    return { PATH: standardPath, LANG: 'C.UTF-8', ...this.#environment, ...pluginEnvironment(source, build) }
  }

  async #keyOf(plugin: ConfigManagementPlugin, asked: PluginRequest, environment: Record<string, string>): Promise<string> {
    const copied = copiedFolder(plugin, asked)
    const hash = createHash('sha256').update(engineVersion)
    for (const part of [plugin, copied, asked.path, (await asked.request.tree.hashOf(copied)) ?? '', Object.entries(environment)]) {
      hash.update(`\0${JSON.stringify(part)}`)
    }
    return `sha256:${hash.digest('hex')}`
  }

  async #run(
    plugin: ConfigManagementPlugin,
    asked: PluginRequest,
    programs: Programs,
    environment: Record<string, string>,
    cacheKey: string,
  ): Promise<RenderResult | RenderFailure> {
    const started = performance.now()
    this.renders += 1
    const output = await this.#inCopy(plugin, asked, async (copy, folder) => {
      if (wordsOf(plugin.spec.init).length > 0) await this.#execute(programs, plugin.spec.init, copy, folder, environment)
      return this.#execute(programs, plugin.spec.generate, copy, folder, environment)
    })
    const file = asked.path === '' ? '.' : asked.path
    const { objects, problems } = await this.#parse(output.stdout, plugin)
    if (problems.length > 0) {
      return failureOf(
        problems.map(({ line, column: _column, message, ...problem }) =>
          atFile(file, { ...problem, message: `line ${line ?? 1} of what the plugin printed: ${message}` }),
        ),
      )
    }
    if (objects.length > this.#limits.objects) {
      throw new RenderError(`There are more than ${this.#limits.objects} objects.`, {
        code: 'manifest-too-large',
        remedy: 'Split the source.',
      })
    }
    const result: RenderResult = {
      ok: true,
      // What the check of the manifest let through is a Kubernetes object.
      manifests: objects.map(({ object }) => ({ object: object as KubeObject, at: { file } })),
      sourceType: 'Plugin',
      cacheKey,
      fromCache: false,
      durationMs: 0,
      renderMs: performance.now() - started,
      engine: `plugin/${pluginName(plugin)}`,
      warnings: objects.length === 0 ? [`Plugin ${pluginName(plugin)} printed no manifests.`] : [],
      randomFunctions: [],
      ...(asked.request.details === true && { details: { parameters: [], documents: [{ source: file, text: output.stdout.toString() }] } }),
    }
    this.#rendered.set(cacheKey, result, output.stdout.length * 4 + 1000)
    return result
  }

  async #parse(output: Buffer, plugin: ConfigManagementPlugin): ReturnType<typeof parseInWorker> {
    try {
      return await parseInWorker(this.#pool, output, 'output', this.#limits)
    } catch (error) {
      if (!(error instanceof WorkerCrash) && !(error instanceof WorkerTimeout)) throw error
      throw new RenderError(`What plugin ${pluginName(plugin)} printed takes too much to read.`, {
        code: 'manifest-too-large',
        remedy: 'Let it print less.',
      })
    }
  }

  async #inCopy<T>(
    plugin: ConfigManagementPlugin,
    asked: PluginRequest,
    work: (copy: PrivateCopy, folder: string) => Promise<T>,
  ): Promise<T> {
    const copied = copiedFolder(plugin, asked)
    const copy = await copyFolder(asked.request.tree, copied, {
      preservesModes: plugin.spec.preserveFileMode === true,
      limits: this.#copyLimits,
    })
    try {
      return await work(copy, copied === asked.path ? copy.folder : join(copy.folder, asked.path))
    } finally {
      await copy.remove()
    }
  }

  /** Throws `RenderError` unless the command ends well. */
  async #execute(
    programs: Programs,
    command: PluginCommand | undefined,
    copy: PrivateCopy,
    folder: string,
    environment: Record<string, string>,
  ): Promise<ProgramResult> {
    const words = wordsOf(command)
    const result = await programs.run({
      command: words,
      folder,
      environment: { ...environment, HOME: copy.scratch, TMPDIR: copy.scratch },
      limits: this.#programLimits,
    })
    if (result.end === 'exited' && result.exitCode === 0) return result
    throw failedCommand(words, result, this.#programLimits, copy)
  }
}

function copiedFolder(plugin: ConfigManagementPlugin, { path }: PluginRequest): string {
  return plugin.metadata.annotations?.[copiesAnnotation] === 'repository' ? '' : path
}

function hasDiscovery({ spec }: ConfigManagementPlugin): boolean {
  const { fileName, find } = spec.discover ?? {}
  return Boolean(fileName) || Boolean(find?.glob) || wordsOf(find).length > 0
}

function isAllowed(plugin: ConfigManagementPlugin, { plugins }: RenderPolicy): boolean {
  return plugins.includes('*') || plugins.includes(pluginName(plugin))
}

function unavailable(message: string): RenderError {
  return new RenderError(message, {
    code: 'source-not-supported',
    remedy: 'Let the operator declare and allow the plugin, or use another source type.',
  })
}
