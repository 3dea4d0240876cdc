import { GoInt, type GoMap, GoStruct, type GoValue, JsonNumber } from '../go/value.ts'
import { noteReadsIn, type Reads, tableSize, WatchedTable, wholeTable } from '../go/watched-map.ts'
import type { TemplateUse } from '../template/contract.ts'
import { writeJson } from '../yaml/index.ts'
import type { RandomSource } from './contract.ts'
import type { RenderedFile } from './manifests.ts'
import type { ChartData } from './template-files.ts'

/** What one release gives its templates, of which everything else is the chart's own. */
export interface ReleaseState {
  charts: readonly ChartData[]
  /** Texts that are the same where `.Release` and `.Capabilities` are. */
  release: string
  capabilities: string
  random: RandomSource
  now: Date
}

/** Bytes that a template asked for, in its `call`-th call of a function. */
export interface Draw {
  functionName: string
  call: number
  bytes: Uint8Array
}

/** What a template printed, and all that came of running it. */
export interface Printed {
  file: RenderedFile
  used: TemplateUse
  usesCapabilities: boolean
  draws: readonly Draw[]
  /** Undefined where it did not ask. */
  now: number | undefined
}

interface Entry extends Printed {
  /** What it read, in the order in which it did: at `places[n]` was the content that has `ids[n]`. */
  places: Place[]
  ids: number[]
  bytes: number
}

/** One thing that templates can read: a key of a chart's values, or one of the objects beside them. */
interface Place {
  read(state: ReleaseState): GoValue
  /** Copies of its contents so far, the last one that was met first. */
  variants: { value: GoValue; id: number; bytes: number }[]
  /** The time at which `id` was found, 0 where that content is none of the variants. */
  time: number
  id: number
}

/** A template's entries, the last one that was met first. */
interface Remembered {
  entries: Entry[]
  /** How often in a row it was kept and not met again, and for how many renders it is therefore left alone. */
  vain: number
  pause: number
}

const entriesKept = 6
const variantsKept = 12
/** Bytes of what is random; a key of 4096 bits takes some hundred draws. */
const mostDrawn = 256 * 1024
const longestPause = 64

/**
 * What the templates of one chart printed, by what they read: a release that differs in one value runs the templates that read this value, and no
 * others. Read is seen by top-level key of `.Values`; content is compared, and no digest of it.
 */
export class TemplateMemory {
  readonly #entries = new Map<string, Remembered>()
  /** By chart and by what is read of it. */
  readonly #places = new Map<number, Map<string, Place>>()
  /** Counts renders, and the changes that templates make to what others read. */
  #time = 0
  #nextId = 1
  #bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The memory during one render. */
  begin(state: ReleaseState): Recollection {
    this.passTime()
    return new Recollection(this, state)
  }

  find(name: string, state: ReleaseState): Printed | undefined {
    const remembered = this.#entries.get(name)
    if (remembered === undefined) return undefined
    const { entries } = remembered
    for (const [index, entry] of entries.entries()) {
      if (!entry.places.every((place, at) => this.#idOf(place, state, false) === entry.ids[at])) continue
      if (entry.now !== undefined && entry.now !== state.now.getTime()) continue
      if (!entry.draws.every((draw) => isDrawnAgain(name, draw, state.random))) continue
      if (index > 0) entries.unshift(...entries.splice(index, 1))
      remembered.vain = 0
      remembered.pause = 0
      return entry
    }
    return undefined
  }

  /** Whether what the template prints now, which is not known, is to be kept: releases that have nothing in common are not kept each time. */
  wants(name: string): boolean {
    if (this.#bytes > this.#maxBytes) return false
    const remembered = this.#entries.get(name)
    if (remembered === undefined) return true
    if (remembered.pause > 0) {
      remembered.pause -= 1
      return false
    }
    remembered.vain += 1
    remembered.pause = Math.min(2 ** remembered.vain - 1, longestPause)
    return true
  }

  add(name: string, reads: Reads, state: ReleaseState, printed: Printed): void {
    const drawn = printed.draws.reduce((sum, { bytes }) => sum + 150 + bytes.length, 0)
    if (drawn > mostDrawn) return
    const places: Place[] = []
    for (const [map, keys] of reads.keys) {
      for (const key of keys) {
        const place = this.#place(map.place, map instanceof WatchedTable ? `values ${key}` : key)
        if (place !== undefined) places.push(place)
      }
    }
    const ids = places.map((place) => this.#idOf(place, state, true))
    const bytes = 500 + printed.file.bytes.length * 2 + places.length * 16 + drawn
    const remembered = this.#entries.get(name) ?? { entries: [], vain: 0, pause: 0 }
    this.#entries.set(name, remembered)
    const { entries } = remembered
    entries.unshift({ ...printed, places, ids, bytes })
    this.#bytes += bytes
    while (entries.length > entriesKept) this.#bytes -= entries.pop()?.bytes ?? 0
  }

  /** From here on anything may be read that was not there before. */
  passTime(): void {
    this.#time += 1
  }

  #place(chart: number, key: string): Place | undefined {
    const places = this.#places.get(chart) ?? new Map<string, Place>()
    this.#places.set(chart, places)
    let place = places.get(key)
    if (place === undefined) {
      const read = readerOf(chart, key)
      if (read === undefined) return undefined
      place = { read, variants: [], time: 0, id: 0 }
      places.set(key, place)
      this.#bytes += 200 + key.length
    }
    return place
  }

  /** What is at the place now has this number; 0 for what was not there before, unless `isKept`. */
  #idOf(place: Place, state: ReleaseState, isKept: boolean): number {
    if (place.time === this.#time && (place.id !== 0 || !isKept)) return place.id
    const value = place.read(state)
    const { variants } = place
    place.time = this.#time
    const index = variants.findIndex((variant) => isSame(variant.value, value))
    const known = variants[index]
    if (known !== undefined) {
      if (index > 0) variants.unshift(...variants.splice(index, 1))
      place.id = known.id
    } else if (isKept) {
      place.id = this.#nextId++
      const copy = copyOf(value)
      if (copy !== undefined) this.#addVariant(place, copy)
    } else place.id = 0
    return place.id
  }

  #addVariant(place: Place, { value, size }: Copy): void {
    const { variants } = place
    const bytes = 100 + size
    variants.unshift({ value, id: place.id, bytes })
    this.#bytes += bytes
    while (variants.length > variantsKept) this.#bytes -= variants.pop()?.bytes ?? 0
  }
}

/** Beyond that many changes, each template is run. */
const changesFollowed = 12

/** One render with its memory. A template that changes what others read is run each time; the others after it read what it left. */
export class Recollection {
  readonly #memory: TemplateMemory
  readonly #state: ReleaseState
  #isOff = false
  #changes = 0
  #shared: SharedMaps | undefined

  constructor(memory: TemplateMemory, state: ReleaseState) {
    this.#memory = memory
    this.#state = state
  }

  /** What the template printed when it read what it would read now. */
  find(name: string): Printed | undefined {
    return this.#isOff ? undefined : this.#memory.find(name, this.#state)
  }

  wants(name: string): boolean {
    return !this.#isOff && this.#memory.wants(name)
  }

  add(name: string, reads: Reads, printed: Printed): void {
    if (!this.#isOff && !reads.isEverything) this.#memory.add(name, reads, this.#state, printed)
  }

  /** How often something was changed that templates share. */
  get changes(): number {
    return this.#changes
  }

  /** To be told of every map that a template is about to change. */
  change(map: GoMap): void {
    if (this.#isOff) return
    this.#shared ??= sharedMaps(this.#state.charts)
    const { values, others } = this.#shared
    if (others.has(map)) this.#isOff = true
    if (!values.has(map) && !others.has(map)) return
    this.#shared = undefined
    this.#memory.passTime()
    this.#changes += 1
    if (this.#changes > changesFollowed) this.#isOff = true
  }
}

function isDrawnAgain(template: string, { functionName, call, bytes }: Draw, random: RandomSource): boolean {
  return Buffer.compare(bytes, random.bytes({ template, functionName, call }, bytes.length)) === 0
}

/** What is at a place; undefined for what is the same in every release of the chart. */
function readerOf(chart: number, key: string): Place['read'] | undefined {
  if (key === `values ${wholeTable}`) return ({ charts }) => charts[chart]?.values.peek()
  if (key === `values ${tableSize}`) return ({ charts }) => charts[chart]?.values.peek().size
  if (key.startsWith('values ')) {
    const name = key.slice('values '.length)
    return ({ charts }) => {
      const table = charts[chart]?.values.peek()
      // Absent is told from null by a value that no table holds.
      return table?.has(name) === true ? (table.get(name) ?? null) : undefined
    }
  }
  if (key === 'Release') return ({ release }) => release
  if (key === 'Capabilities') return ({ capabilities }) => capabilities
  return key === 'Chart' ? ({ charts }) => requirementsText(charts[chart]) : undefined
}

/** What differs of a chart's metadata from release to release: its name is part of what it is known by. */
function requirementsText(chart: ChartData | undefined): string {
  const requirements = chart?.node.requirements
  if (requirements === undefined) return ''
  return JSON.stringify(
    requirements.map(({ name, version, repository, condition, tags, enabled, importValues, alias }) => [
      [name, version, repository, condition, tags, enabled, alias],
      importValues.map((value) => [value instanceof Map, writeJson(value)]),
    ]),
  )
}

/** Every map that templates of several files can reach. */
interface SharedMaps {
  /** Of which is known what is read. */
  values: Set<GoMap>
  others: Set<GoMap>
}

function sharedMaps(charts: readonly ChartData[]): SharedMaps {
  const shared: SharedMaps = { values: new Set(), others: new Set() }
  const before = noteReadsIn(undefined)
  try {
    for (const { data, values } of charts) {
      shared.values.add(values)
      addMaps(values.peek(), shared.values)
      // What is in `.Files` and `.Capabilities` never changes; `.Values` and `.Subcharts` are gone through here.
      shared.others.add(data)
      addMaps(data.get('Chart'), shared.others)
      addMaps(data.get('Release'), shared.others)
      addMaps(data.get('Template'), shared.others)
      const subcharts = data.get('Subcharts')
      if (subcharts instanceof Map) shared.others.add(subcharts)
    }
  } finally {
    noteReadsIn(before)
  }
  return shared
}

/** Templates can nest maps deeper than a stack is. */
function addMaps(root: GoValue, maps: Set<GoMap>): void {
  const rest: GoValue[] = [root]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) for (const item of value) rest.push(item)
    else if (value instanceof GoStruct) for (const item of value.fields.values()) rest.push(item)
    else if (value instanceof Map && !maps.has(value)) {
      maps.add(value)
      for (const item of value.values()) rest.push(item)
    }
  }
}

/** `a` is a copy. The same to every template: in the order of keys too, and in what numbers print as. */
function isSame(a: GoValue, b: GoValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  if (a.constructor !== b.constructor) return false
  if (a.constructor === Array) {
    const other = b as readonly GoValue[]
    const items = a as readonly GoValue[]
    return items.length === other.length && items.every((item, index) => isSame(item, other[index]))
  }
  if (a.constructor === Map) return haveSameEntries(a as GoMap, b as GoMap)
  if (a instanceof JsonNumber) return b instanceof JsonNumber && a.number === b.number
  if (a instanceof GoInt) return b instanceof GoInt && a.type === b.type && a.value === b.value
  return false
}

function haveSameEntries(a: GoMap, b: GoMap): boolean {
  if (a.size !== b.size) return false
  const others = b.entries()
  for (const [key, value] of a) {
    const other = others.next().value
    if (other === undefined || other[0] !== key || !isSame(value, other[1])) return false
  }
  return true
}

interface Copy {
  value: GoValue
  /** In bytes, about. */
  size: number
}

const maxDepth = 200

/** What no template can change any more; undefined for what is none of YAML's values, or goes in circles: that is the same as nothing. */
function copyOf(value: GoValue): Copy | undefined {
  const made = { size: 0 }
  const copy = copyInto(made, value, 0)
  return copy === other ? undefined : { value: copy, size: made.size }
}

const other = new GoStruct('')

function copyInto(made: { size: number }, value: GoValue, depth: number): GoValue {
  made.size += 40
  if (typeof value === 'string') made.size += value.length
  if (typeof value !== 'object' || value === null || value.constructor === GoInt || value.constructor === JsonNumber) return value
  if (depth > maxDepth) return other
  if (value.constructor === Array) {
    const copies: GoValue[] = []
    for (const item of value as readonly GoValue[]) {
      const copy = copyInto(made, item, depth + 1)
      if (copy === other) return other
      copies.push(copy)
    }
    return copies
  }
  if (value.constructor !== Map) return other
  const copies: GoMap = new Map()
  for (const [key, item] of value as GoMap) {
    made.size += 60 + key.length
    const copy = copyInto(made, item, depth + 1)
    if (copy === other) return other
    copies.set(key, copy)
  }
  return copies
}
