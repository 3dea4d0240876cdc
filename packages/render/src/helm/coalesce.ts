import { RenderError } from '../engine/tree.ts'
import { formatValue, sprintf } from '../go/format.ts'
import { fromBytes, type GoMap, type GoValue, TypedMap } from '../go/value.ts'

/** A chart as coalescing sees it: after dependencies were processed. */
export interface ValuesChart {
  readonly name: string
  readonly values: GoMap
  readonly dependencies: readonly ValuesChart[]
}

/**
 * Coalescing of values as pkg/chartutil/coalesce.go of Helm 3.18.0 and pkg/chart/common/util/coalesce.go of Helm 4.1.4 do it: line by line, since
 * what null deletes is the work of these lines and of nothing written down. `merge` keeps null.
 */
export class Coalescer {
  readonly #version: '3' | '4'
  readonly #warn: (message: string) => void

  constructor(version: '3' | '4', warn: (message: string) => void) {
    this.#version = version
    this.#warn = warn
  }

  /** `CoalesceValues` and, with `merge`, `MergeValues`: the result is the caller's own. */
  coalesce(chart: ValuesChart, values: GoMap, merge: boolean): GoMap {
    return this.#coalesce(chart, copyTable(values), '', merge)
  }

  /** `CoalesceTables` and `MergeTables`: changes `dst`, which wins, and in Helm 4 marks in `src` too. */
  tables(dst: GoMap, src: GoMap, merge: boolean): GoMap {
    return this.#tables(dst, src, '', merge)
  }

  #coalesce(chart: ValuesChart, dest: GoMap, prefix: string, merge: boolean): GoMap {
    this.#values(chart, dest, prefix, merge)
    for (const dependency of chart.dependencies) {
      const name = dependency.name
      const present = dest.get(name)
      if (!dest.has(name)) dest.set(name, new Map())
      else if (!isTable(present)) throw new RenderError(`type mismatch on ${fromBytes(name)}: ${fromBytes(sprintf('%t', [present]))}`)
      const own = dest.get(name)
      if (!isTable(own)) continue
      const path = join(prefix, chart.name)
      this.#globals(own, dest, path)
      dest.set(name, this.#coalesce(dependency, own, path, merge))
    }
    return dest
  }

  #globals(dest: GoMap, src: GoMap, prefix: string): void {
    const destination = dest.has('global') ? dest.get('global') : new Map<string, GoValue>()
    if (!isTable(destination)) {
      this.#warn('warning: skipping globals because destination global is not a table.')
      return
    }
    const source = src.has('global') ? src.get('global') : new Map<string, GoValue>()
    if (!isTable(source)) {
      this.#warn('warning: skipping globals because source global is not a table.')
      return
    }
    for (const [key, value] of source) {
      const present = destination.get(key)
      if (isTable(value)) {
        const copy: GoMap = new Map(value)
        if (!destination.has(key)) destination.set(key, copy)
        else if (!isTable(present)) this.#warn(`Conflict: cannot merge map onto non-map for "${fromBytes(key)}". Skipping.`)
        else {
          // The parent wins here, and null stays until the chart's own turn.
          this.#tables(copy, present, join(prefix, key), true)
          destination.set(key, copy)
        }
      } else if (isTable(present)) this.#warn(`key ${fromBytes(key)} is table. Skipping`)
      else destination.set(key, value)
    }
    dest.set('global', destination)
  }

  #values(chart: ValuesChart, dest: GoMap, prefix: string, merge: boolean): void {
    const path = join(prefix, chart.name)
    for (const [key, value] of chart.values) {
      if (!dest.has(key)) {
        dest.set(key, copyValue(value))
        continue
      }
      const present = dest.get(key)
      if (present === null && !merge) dest.delete(key)
      else if (isTable(present)) {
        if (isTable(value)) {
          const keepsNull = merge || chart.dependencies.some((dependency) => dependency.name === key)
          this.#tables(present, copyTable(value), join(path, key), keepsNull)
        } else if (value !== null) this.#warn(`warning: skipped value for ${fromBytes(join(path, key))}: Not a table.`)
      }
    }
  }

  #tables(dst: GoMap, src: GoMap, prefix: string, merge: boolean): GoMap {
    const nulled = this.#version === '4' ? markNull(dst, src) : undefined
    for (const [key, value] of src) {
      const present = dst.get(key)
      if (!merge && present === null && (nulled === undefined || nulled.has(key))) dst.delete(key)
      else if (!dst.has(key)) dst.set(key, value)
      else if (isTable(value)) {
        if (isTable(present)) this.#tables(present, value, join(prefix, key), merge)
        else this.#warn(`warning: cannot overwrite table with non table for ${fromBytes(join(prefix, key))} (${print(value)})`)
      } else if (isTable(present) && value !== null) {
        this.#warn(`warning: destination for ${fromBytes(join(prefix, key))} is a table. Ignoring non-table value (${print(value)})`)
      }
    }
    return dst
  }
}

/** Helm 4: null of `dst` goes over to `src`; gives the keys that had a value there, which are the ones that null deletes. */
function markNull(dst: GoMap, src: GoMap): Set<string> | undefined {
  let had: Set<string> | undefined
  for (const [key, value] of dst) {
    if (value !== null) continue
    if (had === undefined) {
      had = new Set()
      for (const [each, item] of src) if (item !== null) had.add(each)
    }
    src.set(key, null)
  }
  return had ?? none
}

const none: Set<string> = new Set()

export function isTable(value: GoValue): value is GoMap {
  return value instanceof Map
}

export function copyTable(table: GoMap): GoMap {
  const copy: GoMap = new Map()
  for (const [key, value] of table) copy.set(key, copyValue(value))
  return copy
}

/** A deep copy: what is no map and no list never changes. */
export function copyValue(value: GoValue): GoValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyValue)
  if (value instanceof TypedMap) return value
  return value instanceof Map ? copyTable(value) : value
}

function join(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`
}

function print(value: GoValue): string {
  const text = fromBytes(formatValue(value))
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
