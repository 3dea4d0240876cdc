import { createHash } from 'node:crypto'
import { ByteCache } from '../byte-cache.ts'
import type { RenderFailure, RenderResult } from '../contract.ts'
import { factOf, isBelow, type TreeRecord } from './facts.ts'
import type { FetchSession } from './fetch-session.ts'
import type { HeldObject, ObjectStore } from './object-store.ts'
import type { TaskInputs } from './task.ts'

export type Outcome = RenderResult | RenderFailure

/** What one render was made from: enough to say of another tree whether it would come to the same. */
export interface RenderRecord {
  key: string
  trees: readonly TreeRecord[]
  inputs: readonly (readonly [name: string, digest: string])[]
}

/** Records remembered for one set of parameters: several branches, several applications. */
const recordsKept = 8

/**
 * Results by what they were made from. A request finds its result without a render: among the last records for its parameters it looks for one whose
 * every file, listing, absence and input is the same now.
 */
export class RenderCache {
  readonly #records: ByteCache<RenderRecord[]>
  /** The least recently used first. */
  readonly #outcomes = new Map<string, { outcome: Outcome; objects: readonly HeldObject[]; bytes: number }>()
  readonly #objects: ObjectStore
  readonly #maxBytes: number
  #bytes = 0

  /** `objects` are those of the results; their bytes count here. */
  constructor(maxBytes: number, objects: ObjectStore) {
    this.#records = new ByteCache(maxBytes / 8)
    this.#maxBytes = (maxBytes * 7) / 8
    this.#objects = objects
  }

  get bytes(): number {
    return this.#records.bytes + this.#bytes + this.#objects.bytes
  }

  /** `names` from the most exact to the most general: parameters with all inputs, then parameters alone. */
  async find(names: readonly string[], inputs: InputDigests, session: FetchSession): Promise<Outcome | undefined> {
    const seen = new Set<RenderRecord>()
    for (const name of names) {
      for (const record of this.#records.get(name) ?? []) {
        if (seen.has(record)) continue
        seen.add(record)
        if (!record.inputs.every(([input, digest]) => inputs.digest(input) === digest)) continue
        const kept = this.#outcomes.get(record.key)
        if (kept === undefined || !(await isUnchanged(record, session))) continue
        this.#outcomes.delete(record.key)
        this.#outcomes.set(record.key, kept)
        this.#remember(names, record)
        return kept.outcome
      }
    }
    return undefined
  }

  /** The outcome under its key, which may be there already: made for other parameters, or at the same time. Takes over the hold of its objects. */
  add(names: readonly string[], record: RenderRecord, outcome: Outcome, objects: readonly HeldObject[]): Outcome {
    this.#remember(names, record)
    const known = this.#outcomes.get(record.key)
    if (known !== undefined) {
      this.#objects.release(objects)
      return known.outcome
    }
    const bytes = 1000 + objects.length * 200 + sizeOfDetails(outcome)
    this.#outcomes.set(record.key, { outcome, objects, bytes })
    this.#bytes += bytes
    for (const key of this.#outcomes.keys()) {
      if (this.#bytes + this.#objects.bytes <= this.#maxBytes) break
      this.#drop(key)
    }
    return outcome
  }

  #drop(key: string): void {
    const kept = this.#outcomes.get(key)
    if (kept === undefined) return
    this.#outcomes.delete(key)
    this.#bytes -= kept.bytes
    this.#objects.release(kept.objects)
  }

  #remember(names: readonly string[], record: RenderRecord): void {
    for (const name of names) {
      const others = (this.#records.get(name) ?? []).filter(({ key }) => key !== record.key)
      const kept = [record, ...others].slice(0, recordsKept)
      this.#records.set(
        name,
        kept,
        kept.reduce((sum, { trees }) => sum + 300 + sizeOf(trees), 0),
      )
    }
  }
}

/** Inputs of one request, each digested when it is first compared. */
export class InputDigests {
  readonly #inputs: TaskInputs
  readonly #environment: ReadonlyMap<string, string>
  readonly #known = new Map<string, string>()

  constructor(inputs: TaskInputs) {
    this.#inputs = inputs
    this.#environment = new Map(inputs.environment)
  }

  digest(name: string): string {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const digest = digestOf(this.#value(name))
    this.#known.set(name, digest)
    return digest
  }

  #value(name: string): unknown {
    const { applicationName, destinationNamespace, kubeVersion, apiVersions, applicationUid, rotation } = this.#inputs
    if (name === 'applicationName') return applicationName
    if (name === 'destinationNamespace') return destinationNamespace
    if (name === 'capabilities') return [kubeVersion, apiVersions]
    if (name === 'random') return [applicationUid, rotation]
    return this.#environment.get(name.slice('env '.length))
  }
}

/** Of any JSON value: equal value, equal digest, whatever the order of its keys. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function canonicalJson(value: unknown): string {
  return (
    (JSON.stringify(value, (_key, item: unknown) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
      const sorted = Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))
      return Object.fromEntries(sorted)
    }) as string | undefined) ?? 'undefined'
  )
}

/** The key of a result: everything it was made from. Listings' hashes are not in it, since they say of more than was read. */
export function recordKey(task: string, trees: readonly TreeRecord[], inputs: RenderRecord['inputs']): string {
  const hash = createHash('sha256').update(task)
  for (const { tree, facts } of trees.toSorted((a, b) => (a.tree < b.tree ? -1 : 1))) {
    hash.update(`\0\0${tree}`)
    for (const [place, fact] of facts) hash.update(`\0${place}\0${fact}`)
  }
  for (const [name, digest] of inputs) hash.update(`\0\0\0${name}\0${digest}`)
  return `sha256:${hash.digest('hex')}`
}

/** Whole folders first: where one has the hash it had, nothing in it is looked at. */
async function isUnchanged({ trees }: RenderRecord, session: FetchSession): Promise<boolean> {
  try {
    for (const record of trees) if (!(await isTreeUnchanged(record, session))) return false
    return true
  } catch {
    // A repository that does not answer: the render itself will say so.
    return false
  }
}

async function isTreeUnchanged({ tree, facts, listings }: TreeRecord, session: FetchSession): Promise<boolean> {
  const equal: string[] = []
  const changed: string[] = []
  for (const [path, hash] of listings) ((await session.hashOf(tree, path)) === hash ? equal : changed).push(path)
  for (const [key, fact] of facts) {
    const isListing = key.endsWith('/')
    const path = isListing ? key.slice(0, -1) : key
    if (equal.some((folder) => isBelow(path, folder))) continue
    const folder = changed.find((each) => isBelow(path, each))
    if (folder === undefined) {
      const place = await session.place(tree, path)
      if ((place === 'folder' ? 'd' : factOf(place)) !== fact) return false
      continue
    }
    const index = await session.index(tree, folder)
    if (index === undefined) return false
    const now = isListing ? index.below(path).digest : index.isFolder(path) ? 'd' : factOf(index.entry(path))
    if (now !== fact) return false
  }
  return true
}

/** Texts and values for the console; a failure's message. */
function sizeOfDetails(outcome: Outcome): number {
  if (!outcome.ok) return outcome.message.length
  const { parameters = [], documents = [], notes = '' } = outcome.details ?? {}
  const texts = [notes, ...(outcome.warnings ?? []), outcome.chart?.appVersion ?? '']
  let bytes = texts.reduce((sum, text) => sum + text.length, 0)
  for (const { text } of documents) bytes += text.length + 200
  for (const { name, value } of parameters) bytes += name.length + value.length + 200
  return bytes
}

function sizeOf(trees: readonly TreeRecord[]): number {
  let bytes = 0
  for (const { facts, listings } of trees) bytes += (facts.length + listings.length) * 160
  return bytes
}
