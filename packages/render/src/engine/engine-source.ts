import type { ApplicationSource } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { randomUUID } from 'node:crypto'
import { buildEnvironment } from '../build-environment.ts'
import { ByteCache } from '../byte-cache.ts'
import type { ProgramLimits, RenderFailure, RenderPolicy, RenderRequest, RenderResult } from '../contract.ts'
import type { RenderLimits } from '../limits.ts'
import type { CopyLimits } from '../plugin/private-copy.ts'
import { atFile, failureOf } from '../problem.ts'
import { FetchSession, type FetchCaches } from './fetch-session.ts'
import type { Knowledge } from './facts.ts'
import type { FetchClock } from './fetch-clock.ts'
import { type HeldObject, ObjectStore } from './object-store.ts'
import { parseFrozen, readPieces } from './read-pieces.ts'
import { type BinaryRun, compareWithBinary, runBinary } from './real-binary.ts'
import { LostRenders } from './lost-renders.ts'
import { treeKeys } from './recorded-sources.ts'
import { digestOf, InputDigests, recordKey, RenderCache, type Outcome } from './render-cache.ts'
import type { EngineTask, TaskInputs } from './task.ts'
import { RenderError } from './tree.ts'
import { listingKey, type WorkerAnswer } from './worker-messages.ts'
import { WorkerCrash, WorkerTimeout, type JobAnswer, type WorkerBelongings, type WorkerPool } from './worker-pool.ts'

/** Part of every cache key: what the engines make of the same input changes with it. */
const engineVersion = 'engines/1'
/** Times that a render may be started again because something was missing: a chain of bases, each in another place. */
const maxTries = 100
/** Of a folder, fetched before it is asked for. */
const prefetchBytes = 4_000_000
/** After so many tries nothing is left out that the worker should have. */
const trustedTries = 4

export interface EngineLimits extends RenderLimits {
  /** All files that one render reads. */
  readBytes: number
  /** Text and objects of one render. */
  outputBytes: number
}

export interface EngineRequest {
  kind: 'Helm' | 'Kustomize'
  /** With overrides applied. */
  source: ApplicationSource
  path: string
  policy: RenderPolicy
  /** Its tree is on the clock already. */
  request: RenderRequest
  clock: FetchClock
}

/** Helm charts and kustomizations: fetches what a render asks for, runs it in a worker, and remembers what it was made from. */
export class EngineSource {
  readonly #pool: WorkerPool
  readonly #limits: EngineLimits
  readonly #timeoutMs: number
  readonly #cache: RenderCache
  readonly #fetched: FetchCaches
  readonly #objects = new ObjectStore()
  readonly #running = new Map<string, Promise<unknown>>()
  readonly #lost: LostRenders
  readonly #programs: { limits: ProgramLimits; copies: CopyLimits }
  renders = 0
  restarts = 0

  constructor(options: {
    pool: WorkerPool
    limits: EngineLimits
    timeoutMs: number
    cacheBytes: number
    programs: { limits: ProgramLimits; copies: CopyLimits }
  }) {
    this.#programs = options.programs
    this.#pool = options.pool
    this.#limits = options.limits
    this.#timeoutMs = options.timeoutMs
    this.#lost = new LostRenders(options.timeoutMs)
    this.#cache = new RenderCache((options.cacheBytes * 3) / 4, this.#objects)
    this.#fetched = { contents: new ByteCache(options.cacheBytes / 8), listings: new ByteCache(options.cacheBytes / 8) }
  }

  get cachedBytes(): number {
    return this.#cache.bytes + this.#fetched.contents.bytes + this.#fetched.listings.bytes
  }

  async render(asked: EngineRequest): Promise<Outcome> {
    const { request, policy } = asked
    const task = taskOf(asked, this.#limits)
    const inputs = inputsOf(asked)
    const session = new FetchSession({ ...request, policy }, asked.clock, this.#fetched, this.#limits)
    const general = digestOf([engineVersion, task, task.binary === undefined ? [] : await programsOf(request)])
    const exact = digestOf([general, inputs])
    const names = policy.randomness === 'helm' ? [] : [exact, general]
    const digests = new InputDigests(inputs)
    // One and the same render, asked for twice at a time, is done once.
    const turn = `${exact} ${(await session.hashOf('source', task.path)) ?? ''}`
    // A base, or a file of another source, may be what is changed: whatever is pushed to any of them is worth another try.
    const lostKey = async (): Promise<string> =>
      `${exact} ${JSON.stringify(await Promise.all(treesOf(task).map((tree) => session.hashOf(tree, ''))))}`
    for (;;) {
      const known = request.isFresh
        ? undefined
        : ((await this.#cache.find(names, digests, session)) ?? (this.#lost.isEmpty ? undefined : this.#lost.find(await lostKey())))
      if (known !== undefined) return known.ok ? { ...known, fromCache: true } : known
      const other = this.#running.get(turn)
      if (other === undefined) break
      await other.catch(ignore)
      if (this.#running.get(turn) === other) this.#running.delete(turn)
    }
    const work = this.#renderNow(task, inputs, session, { general, names }, lostKey)
    this.#running.set(turn, work)
    try {
      return await work
    } finally {
      if (this.#running.get(turn) === work) this.#running.delete(turn)
    }
  }

  async #renderNow(
    task: EngineTask,
    inputs: TaskInputs,
    session: FetchSession,
    { general, names }: { general: string; names: readonly string[] },
    lostKey: () => Promise<string>,
  ): Promise<Outcome> {
    const isSuspect = this.#lost.isSuspect(inputs.applicationUid)
    await session.prefetch('source', task.path, prefetchBytes)
    if (task.kind === 'Kustomize') await session.prefetchKustomization(task.path)
    for (let tries = 0; tries < maxTries; tries++) {
      let done: JobAnswer
      try {
        done = await this.#pool.run({ message: (had) => messageFor(task, inputs, session, had, tries > trustedTries), isSuspect })
      } catch (error) {
        const failure = lostRender(error, task, this.#timeoutMs)
        this.#lost.add(await lostKey(), inputs.applicationUid, failure)
        return failure
      }
      const { answer, objects, belongings } = done
      if (answer.kind === 'suspended') {
        this.restarts += 1
        for (const key of answer.lost) belongings.delete(key)
        for (const need of answer.needs) if (need.kind === 'content') belongings.delete(need.hash)
        await session.fetch(answer.needs)
        continue
      }
      this.renders += 1
      if (!this.#lost.isEmpty) this.#lost.clear(await lostKey(), inputs.applicationUid)
      if (answer.kind === 'parsed' || answer.kind === 'filled') throw new Error('the worker answered another question')
      const made = answer.kind === 'failed' ? { outcome: answer.failure, held: [] } : await resultOf(answer, objects, task, this.#objects)
      if (task.binary === undefined) return this.#keep({ task, inputs, session, general, names }, answer, made.outcome, made.held)
      const { outcome, isKept } = await this.#withBinary(made.outcome, answer, task, session)
      return this.#keep({ task, inputs, session, general, names: isKept ? names : [] }, answer, outcome, made.held)
    }
    return {
      ok: false,
      code: 'render-failed',
      message: `After ${maxTries} tries there is still something that has to be fetched.`,
      remedy: 'Let the source refer to fewer other places, one after the other.',
    }
  }

  /** Beside ours, or in its place, what the real tool makes of the same. */
  async #withBinary(
    own: Outcome,
    { plan, record }: Extract<WorkerAnswer, { kind: 'rendered' | 'failed' }>,
    task: EngineTask,
    session: FetchSession,
  ): Promise<{ outcome: Outcome; isKept: boolean }> {
    const { programs } = session.request
    try {
      if (!task.policy.binaries || programs === undefined)
        throw new RenderError('The real tool may not be run here: none is enabled.', {
          code: 'source-not-supported',
          remedy:
            'Let the operator start the server with --program helm3=PATH (or helm4, kubectl, kustomize), or remove the annotation plimsoll.dev/render-with-binary.',
        })
      if (record.some(({ tree }) => tree.startsWith('git ')))
        throw new RenderError('The real tool is not run for remote bases: it would fetch them itself.')
      if (plan === undefined) return { outcome: own, isKept: true }
      const setting = {
        programs,
        tree: session.request.tree,
        charts: await session.charts(record.map(({ tree }) => tree)),
        pool: this.#pool,
        limits: this.#limits,
        programLimits: this.#programs.limits,
        copyLimits: this.#programs.copies,
      }
      // What is foreign is what only the real tool can do.
      const run = await runBinary(plan, { ...setting, runsForeign: task.binary === 'use' })
      if (task.binary === 'use') {
        const facts = own.ok ? own : { ok: true as const, sourceType: task.kind, cacheKey: '', fromCache: false, durationMs: 0 }
        return { outcome: { ...facts, manifests: run.manifests, engine: run.tool, renderMs: run.durationMs }, isKept: true }
      }
      if (!own.ok) return { outcome: tellSuccess(own, run), isKept: true }
      const isRandom = (own.randomFunctions ?? []).length > 0
      const comparedWithBinary = compareWithBinary(
        own.manifests,
        run,
        isRandom ? await runBinary(plan, { ...setting, runsForeign: false }) : undefined,
      )
      return { outcome: { ...own, comparedWithBinary }, isKept: true }
    } catch (error) {
      if (!(error instanceof RenderError)) throw error
      // A program that failed may have had no time, or no memory: it is asked again.
      const { code, message, remedy } = error
      if (task.binary === 'use') return { outcome: { ok: false, code, message, remedy }, isKept: false }
      return { outcome: own.ok ? { ...own, warnings: [...(own.warnings ?? []), message] } : own, isKept: false }
    }
  }

  #keep(
    {
      task,
      inputs,
      session,
      general,
      names,
    }: { task: EngineTask; inputs: TaskInputs; session: FetchSession; general: string; names: readonly string[] },
    answer: Extract<WorkerAnswer, { kind: 'rendered' | 'failed' }>,
    outcome: Outcome,
    held: readonly HeldObject[],
  ): Outcome {
    const digests = new InputDigests(inputs)
    const used = answer.used.map((name) => [name, digests.digest(name)] as const)
    const isRandom = task.policy.randomness === 'helm'
    const key = recordKey(digestOf([general, isRandom ? randomUUID() : '']), answer.record, used)
    const result: Outcome = outcome.ok ? { ...outcome, cacheKey: key } : outcome
    // What a repository would not give today says nothing of tomorrow.
    if (names.length > 0 && !session.hasFailures) return this.#cache.add(names, { key, trees: answer.record, inputs: used }, result, held)
    this.#objects.release(held)
    return result
  }
}

function taskOf({ kind, source, path, policy, request }: EngineRequest, limits: EngineLimits): EngineTask {
  // Repository and revision are no parameters: what they lead to is read, and recorded as that. The build environment names them.
  const { helm, kustomize } = source
  return {
    kind,
    source: { repoURL: '', ...(helm !== undefined && { helm }), ...(kustomize !== undefined && { kustomize }) },
    path,
    refs: [...(request.refs?.keys() ?? [])].toSorted(),
    hasRefs: request.refs !== undefined,
    policy,
    details: request.details ?? false,
    ...(request.binary && { binary: request.binary }),
    limits,
  }
}

function inputsOf({ source, request }: EngineRequest): TaskInputs {
  const { applicationName, destinationNamespace, capabilities, applicationUid, rotation } = request
  return {
    applicationName,
    destinationNamespace,
    kubeVersion: capabilities.kubeVersion,
    apiVersions: capabilities.apiVersions,
    applicationUid: applicationUid ?? applicationName,
    rotation: { id: rotation?.id ?? '', at: rotation?.at.getTime() ?? defaultNow },
    environment: [
      ...buildEnvironment({
        source,
        applicationName,
        destinationNamespace,
        ...(request.environment && { environment: request.environment }),
      }),
    ],
  }
}

/** Which real tools there are: another one may say something else. */
async function programsOf({ programs }: RenderRequest): Promise<(string | undefined)[]> {
  return Promise.all(['helm3', 'helm4', 'kubectl', 'kustomize'].map(async (name) => programs?.find(name)))
}

/** Those that are there before a render. */
function treesOf({ refs }: EngineTask): string[] {
  return [treeKeys.source, ...refs.map((name) => treeKeys.ref(name))]
}

/** What `now` says where nobody says when the application's random values began: a time that never changes. */
const defaultNow = Date.UTC(2026, 0, 1)

function messageFor(
  task: EngineTask,
  inputs: TaskInputs,
  session: FetchSession,
  had: WorkerBelongings,
  sendsAll: boolean,
): ReturnType<Parameters<WorkerPool['run']>[0]['message']> {
  const knowledge: Knowledge[] = session.knowledge().map((known) => ({
    ...known,
    listings: known.listings.map(({ path, hash, entries }) => {
      const key = listingKey(path, hash)
      const isKnown = had.has(key) && !sendsAll
      had.add(key)
      return { path, hash, ...(!isKnown && entries !== undefined && { entries }) }
    }),
  }))
  const contents: [string, Uint8Array<ArrayBuffer>][] = []
  for (const [hash, content] of session.contents) {
    if (had.has(hash) && !sendsAll) continue
    had.add(hash)
    // A copy, since it is given away.
    contents.push([hash, Uint8Array.from(content)])
  }
  return { task: { kind: 'render', task, inputs, knowledge, contents }, transfer: contents.map(([, content]) => content.buffer) }
}

async function resultOf(
  { result, renderMs }: Extract<WorkerAnswer, { kind: 'rendered' }>,
  pieces: JobAnswer['objects'],
  task: EngineTask,
  store: ObjectStore,
): Promise<{ outcome: Outcome; held: HeldObject[] }> {
  const { problems, ...facts } = result
  if (problems.length > 0) return { outcome: failureOf(problems.map(({ file, ...problem }) => atFile(file, problem))), held: [] }
  const held = await readPieces(pieces, ({ json }) => store.hold(json, parseFrozen))
  const manifests = held.map(({ object }, index) => {
    const { file = task.path, line, column } = pieces[index] ?? {}
    // What the check of the manifest let through is a Kubernetes object.
    return { object: object as KubeObject, at: { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) } }
  })
  const outcome: RenderResult = {
    ok: true,
    manifests,
    sourceType: task.kind,
    cacheKey: '',
    fromCache: false,
    durationMs: 0,
    renderMs,
    ...facts,
  }
  return { outcome, held }
}

/** The worker is gone; the render with it. Neither is kept: the machine may have been busy. */
function lostRender(error: unknown, { path, kind }: EngineTask, timeoutMs: number): RenderFailure {
  const what = `${kind === 'Helm' ? 'The chart' : 'The kustomization'} '${path === '' ? '.' : path}'`
  if (error instanceof WorkerTimeout) {
    return {
      ok: false,
      code: 'render-timeout',
      message: `${what} was not rendered within ${timeoutMs / 1000} s.`,
      remedy: 'Look for a loop that does not end, or split the source.',
    }
  }
  if (error instanceof WorkerCrash) {
    const isMemory = /memory/i.test(error.message)
    return {
      ok: false,
      code: isMemory ? 'manifest-too-large' : 'render-failed',
      message: isMemory ? `${what} needs more memory than one render has.` : `${what} ended its worker: ${error.message}`,
      remedy: 'Make the source smaller.',
    }
  }
  throw error
}

/** Ours fails where the real one does not: that is worth knowing. */
function tellSuccess(own: RenderFailure, { tool, manifests }: BinaryRun): RenderFailure {
  return { ...own, message: `${own.message}\n${tool} renders it to ${manifests.length} objects: please report it.` }
}

function ignore(): void {}
