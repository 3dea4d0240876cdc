import { urgencies, urgencyOf, type FleetRow, type Urgency } from '@plimsoll/api'
import type { FleetList } from '../client/fleet.ts'

/** A line of a list of which a part is known. */
export type Line =
  | { kind: 'group'; key: string; urgency: Urgency; count: number }
  /** `place` is that of the first, among applications alone. */
  | { kind: 'apps'; key: string; place: number; cells: readonly Cell[]; isExplained: boolean }

/** One application; without a row as long as nobody has told it. */
export interface Cell {
  key: string
  row: FleetRow | undefined
}

export interface LineOptions {
  isGrouped: boolean
  /** Applications beside one another. */
  columns: number
  /** Heights to reckon with before anything is measured, in px: with a sentence, and without. */
  estimates: { group: number; explained: number; plain: number }
}

/** The lines of a whole list. They are made when they are looked at: thousands that nobody looks at cost nothing. */
export interface Lines {
  readonly length: number
  at(index: number): Line | undefined
  /** By what was measured of a line with that key, else an estimate. */
  heightAt(index: number, measured: ReadonlyMap<string, number>): number
  /** Which line an application is in, by its place in the order. */
  indexOf(place: number): number
  /** The place of an application in the order, where it is known. */
  placeOf(key: string): number | undefined
}

interface Part {
  urgency: Urgency | undefined
  /** The place of its first application. */
  from: number
  count: number
  /** The lines of its title, where it has one, of its first application, and behind its last. */
  title: number
  line: number
  end: number
}

export function placeLines(list: FleetList, { isGrouped, columns, estimates }: LineOptions): Lines {
  const parts: Part[] = []
  let [from, title] = [0, 0]
  for (const urgency of isGrouped ? urgencies : [undefined]) {
    const count = urgency === undefined ? list.counts.total : list.counts.urgency[urgency]
    if (count === 0) continue
    const line = urgency === undefined ? title : title + 1
    const end = line + Math.ceil(count / columns)
    parts.push({ urgency, from, count, title, line, end })
    from += count
    title = end
  }

  const cellAt = (place: number): Cell => {
    const key = list.keys[place - list.offset]
    return { key: key ?? `#${place}`, row: key === undefined ? undefined : list.rows.get(key) }
  }
  const placeAt = (part: Part, index: number) => part.from + (index - part.line) * columns
  // What is steady has no sentence but seldom.
  const isExplained = ({ urgency }: Part, row: FleetRow | undefined) =>
    (urgency ?? (row ? urgencyOf(row.summary, Date.now()) : 'steady')) !== 'steady'

  return {
    length: title,
    at(index) {
      const part = index < 0 ? undefined : parts.find((one) => index < one.end)
      if (!part) return undefined
      const { urgency, count } = part
      if (urgency !== undefined && index === part.title) return { kind: 'group', key: ` ${urgency}`, urgency, count }
      const place = placeAt(part, index)
      const cells = Array.from({ length: Math.min(columns, part.from + count - place) }, (_, at) => cellAt(place + at))
      return { kind: 'apps', key: cells.map((one) => one.key).join(' '), place, cells, isExplained: isExplained(part, cells[0]?.row) }
    },
    heightAt(index, measured) {
      const part = parts.find((one) => index < one.end)
      if (!part) return 0
      if (part.urgency !== undefined && index === part.title) return measured.get(` ${part.urgency}`) ?? estimates.group
      const place = placeAt(part, index)
      const first = list.keys[place - list.offset]
      const key = first === undefined || columns === 1 ? first : this.at(index)?.key
      const known = key === undefined ? undefined : measured.get(key)
      if (known !== undefined) return known
      return isExplained(part, first === undefined ? undefined : list.rows.get(first)) ? estimates.explained : estimates.plain
    },
    indexOf(place) {
      const part = parts.findLast((one) => place >= one.from)
      return part ? part.line + Math.floor((place - part.from) / columns) : 0
    },
    placeOf(key) {
      const at = list.keys.indexOf(key)
      return at < 0 ? undefined : list.offset + at
    },
  }
}
