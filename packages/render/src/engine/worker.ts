import { parentPort, workerData } from 'node:worker_threads'
import { PlimsollError } from '@plimsoll/api'
import { ByteCache } from '../byte-cache.ts'
import type { RenderFailure } from '../contract.ts'
import { asDocuments } from '../directory/json-stream.ts'
import { readManifests, readOutput } from '../directory/read-manifests.ts'
import type { RenderHelm } from '../helm/contract.ts'
import { maxObjectBytes } from '../limits.ts'
import { tooLargeObject } from '../problem.ts'
import type { BinaryPlan } from './binary-plan.ts'
import { evaluate, type Engines } from './evaluate.ts'
import { FolderIndex } from './folder-index.ts'
import { RecordedSources } from './recorded-sources.ts'
import type { EngineTask } from './task.ts'
import { NotFetched, RenderError, type Tree } from './tree.ts'
import { UsedInputs } from './used-inputs.ts'
import {
  type FillTask,
  listingKey,
  type NextPiece,
  type ParseTask,
  type PieceObject,
  type ReadTask,
  type RenderTask,
  type WorkerAnswer,
  type WorkerData,
  type WorkerTask,
} from './worker-messages.ts'

/** Characters of objects that go out in one message: what the main thread takes over in a few milliseconds. */
const pieceLength = 256 * 1024
/** Characters of an error; a condition of an application takes about as much. */
const maxMessage = 7_000
const data = workerData as WorkerData
const contents = new ByteCache<Uint8Array>(96 * 1024 * 1024)
const listings = new ByteCache<FolderIndex>(32 * 1024 * 1024)
const loaded: Partial<Engines> = {}

let onNext: (() => void) | undefined

parentPort?.on('message', (task: WorkerTask | NextPiece) => {
  if (task.kind === 'next') {
    onNext?.()
    return
  }
  const work = doing(task)
  work.then(
    (answer) => parentPort?.postMessage(answer),
    // Not a matter of the input: the worker goes, and says why.
    (error: unknown) => {
      throw error
    },
  )
})

function doing(task: WorkerTask): Promise<WorkerAnswer> {
  if (task.kind === 'parse') return parse(task)
  return task.kind === 'render' ? render(task) : fillIn(task)
}

async function fillIn(task: FillTask | ReadTask): Promise<WorkerAnswer> {
  const { fill, read, TemplateLimitError } = await import('../fill/index.ts')
  try {
    const results = task.kind === 'fill' ? fill(task.request, task.limits) : task.texts.map(read)
    await send(results.map((result) => ({ json: JSON.stringify(result) })))
    return { kind: 'filled' }
  } catch (error) {
    if (!(error instanceof TemplateLimitError)) throw error
    return { kind: 'filled', problem: error.message }
  }
}

async function parse({ content, format, limits }: ParseTask): Promise<WorkerAnswer> {
  const { objects, problems } =
    format === 'output'
      ? readOutput(asDocuments(Buffer.from(content).toString()), limits, { values: limits.values, textBytes: limits.textBytes })
      : readManifests(content, format, limits)
  const texts = objects.map(({ object, line, column }) => ({ json: JSON.stringify(object), line, column }))
  const large = texts.filter(({ json }) => json.length > maxObjectBytes)
  await send(texts.filter((text) => !large.includes(text)))
  return { kind: 'parsed', problems: [...problems, ...large.map(({ json, line }) => ({ line, ...tooLargeObject(json.length) }))] }
}

async function render({ task, inputs: values, knowledge, contents: sent }: RenderTask): Promise<WorkerAnswer> {
  const engines = await load(task.kind)
  // What one render sees stays for as long as it runs, whatever else the caches give up.
  const pinned = new Map<string, Uint8Array>()
  for (const [hash, content] of sent) {
    contents.set(hash, content, content.length + 100)
    pinned.set(hash, content)
  }
  const lost: string[] = []
  const sources = new RecordedSources({
    refs: task.refs,
    limits: task.limits,
    contents: {
      get(hash) {
        const content = pinned.get(hash) ?? contents.get(hash)
        if (content !== undefined) pinned.set(hash, content)
        return content
      },
    },
  })
  sources.learn(knowledge, ({ path, hash, entries }) => {
    const key = listingKey(path, hash)
    const known = entries === undefined ? listings.get(key) : new FolderIndex(path, hash, entries)
    if (known === undefined) lost.push(key)
    else if (entries !== undefined) listings.set(key, known, known.bytes)
    return known
  })
  if (lost.length > 0) return { kind: 'suspended', needs: [], lost }

  const inputs = new UsedInputs(values)
  const started = performance.now()
  let plan: BinaryPlan | undefined
  try {
    sources.begin()
    const { objects, ...result } = evaluate(task, sources, inputs, engines, {
      secret: data.secret,
      onPlan: (made) => (plan = made),
    })
    // An engine that went on without what was missing has made nothing that counts.
    if (sources.isSuspended) return { kind: 'suspended', needs: sources.needs, lost }
    await send(objects)
    return {
      kind: 'rendered',
      result,
      record: sources.record(),
      used: inputs.used,
      renderMs: performance.now() - started,
      ...(plan && { plan }),
    }
  } catch (error) {
    if (error instanceof NotFetched || sources.isSuspended) return { kind: 'suspended', needs: sources.needs, lost }
    if (task.binary === 'use' && !hasSeenAll(sources.tree)) return { kind: 'suspended', needs: sources.needs, lost }
    inputs.markAll()
    return { kind: 'failed', failure: failureOf(error), record: sources.record(), used: inputs.used, ...(plan && { plan }) }
  }
}

/**
 * Where ours has failed, the real tool goes on to read what ours has not, and a program of the repository reads what it likes: each file is recorded.
 * False where some have to be fetched first.
 */
function hasSeenAll(tree: Tree): boolean {
  try {
    for (const path of tree.list('')) tree.stat(path)
    return true
  } catch (error) {
    if (error instanceof NotFetched) return false
    // A link that leads out, or too many files: the copy for the tool says so.
    if (error instanceof RenderError) return true
    throw error
  }
}

/** Piece by piece, each when the main thread has had the one before. */
async function send(objects: readonly PieceObject[]): Promise<void> {
  let piece: PieceObject[] = []
  let length = 0
  for (const object of objects) {
    piece.push(object)
    length += object.json.length
    if (length < pieceLength) continue
    const taken = new Promise<void>((resolve) => (onNext = resolve))
    parentPort?.postMessage({ kind: 'piece', objects: piece })
    await taken
    piece = []
    length = 0
  }
  onNext = undefined
  if (piece.length > 0) parentPort?.postMessage({ kind: 'piece', objects: piece })
}

async function load(kind: EngineTask['kind']): Promise<Engines> {
  loaded.renderHelm ??= ((await import(data.engines.helm)) as { renderHelm: RenderHelm }).renderHelm
  if (kind === 'Kustomize') {
    const engine = (await import(data.engines.kustomize)) as Pick<Engines, 'renderKustomize' | 'readToolInput'>
    loaded.renderKustomize ??= engine.renderKustomize
    loaded.readToolInput ??= engine.readToolInput
  }
  return loaded as Engines
}

/** What an engine throws for its input; a bug is told as one, and stays a failure of its own application. */
function failureOf(error: unknown): RenderFailure {
  if (error instanceof RenderError) {
    return { ok: false, code: error.code, message: shortened(error.message), remedy: error.remedy, ...(error.at && { at: error.at }) }
  }
  if (error instanceof PlimsollError) return { ok: false, code: 'render-failed', message: shortened(error.message), remedy: error.remedy }
  if (error instanceof RangeError) {
    const isStack = /call stack/i.test(error.message)
    return {
      ok: false,
      code: isStack ? 'render-failed' : 'manifest-too-large',
      message: isStack ? 'It is nested too deeply, or calls itself without end.' : `It grows beyond what can be held: ${error.message}`,
      remedy: 'Correct it, and push.',
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { ok: false, code: 'render-failed', message: shortened(message), remedy: 'Correct it, and push.' }
}

/** Helm tells each call on the way to a fault, and the fault last; `fail` says what a chart likes. */
function shortened(message: string): string {
  if (message.length <= maxMessage) return message
  return `${message.slice(0, maxMessage / 2)} … ${message.slice(-maxMessage / 2)}`
}
