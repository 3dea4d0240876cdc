import { isObject, type OutputDocument, titleOf } from './documents.ts'

/** One place where ours is not theirs. */
export interface Difference {
  /** Object, and the path in it. */
  at: string
  ours: string
  theirs: string
}

export interface Comparison {
  differences: Difference[]
  /** Leaves left out, since the real tool's own runs differ in them. */
  masked: number
}

/** Enough to see the cause. */
const shown = 5

/**
 * Our output beside several runs of the real tool. Where these agree, ours has to; a leaf in which they differ is random by nature and is left out.
 * Of a list, or of all objects, that only change places between the runs, the order is left out.
 */
export function compareOutputs(ours: readonly OutputDocument[], runs: readonly (readonly OutputDocument[])[]): Comparison {
  const comparison: Comparison = { differences: [], masked: 0 }
  for (const run of runs) if (isEqual(ours, run)) return comparison
  const [first = []] = runs
  const values = (documents: readonly OutputDocument[]): unknown[] => documents.map(({ value }) => value)
  if (first.length !== ours.length || runs.some((run) => run.length !== first.length)) {
    listObjects(ours, first, comparison)
    return comparison
  }
  const moved = runs.length > 1 ? sameInAnotherOrder(runs.map(values)) : false
  if (moved && sameInAnotherOrder([values(ours), values(first)])) {
    comparison.masked++
    return comparison
  }
  const misplaced = inOrderOf(first, ours)
  if (misplaced !== undefined && !moved) {
    const [at] = misplaced.places
    comparison.differences.push({
      at: `object ${(at ?? 0) + 1}, order`,
      ours: titleOf(ours[at ?? 0]?.value),
      theirs: titleOf(first[at ?? 0]?.value),
    })
  }
  ;(misplaced?.documents ?? ours).forEach((document, index) => {
    const theirs = runs.map((run) => run[index])
    if (theirs.some((each) => each?.text === document.text)) return
    compareValues(
      document.value,
      theirs.map((each) => each?.value),
      `object ${index + 1}, ${titleOf(theirs[0]?.value)}: `,
      comparison,
    )
  })
  return comparison
}

function isEqual(a: readonly OutputDocument[], b: readonly OutputDocument[]): boolean {
  return (
    a.length === b.length &&
    a.every((document, index) => {
      const other = b[index]
      return other !== undefined && (document.text === other.text || canonical(document.value) === canonical(other.value))
    })
  )
}

function compareValues(ours: unknown, theirs: readonly unknown[], at: string, comparison: Comparison): void {
  const [first] = theirs
  const texts = new Set(theirs.map(canonical))
  const own = canonical(ours)
  if (texts.has(own)) return
  if (theirs.every(isObject) && isObject(ours)) {
    const keys = new Set(theirs.flatMap((each) => Object.keys(each)))
    for (const key of Object.keys(ours)) if (!keys.has(key)) add(comparison, `${at}.${key}`, ours[key], undefined)
    for (const key of keys) {
      // A key that only some of the runs have is a random name.
      if (!theirs.every((each) => Object.hasOwn(each, key))) comparison.masked++
      else if (!Object.hasOwn(ours, key)) add(comparison, `${at}.${key}`, undefined, theirs[0]?.[key])
      else
        compareValues(
          ours[key],
          theirs.map((each) => each[key]),
          `${at}.${key}`,
          comparison,
        )
    }
    // Random keys: as many of ours are surplus as of theirs, and the surplus of ours is no difference.
    if (texts.size > 1) forgiveRandomKeys(ours, theirs, at, comparison)
    return
  }
  if (theirs.every((each) => Array.isArray(each)) && Array.isArray(ours)) {
    if (texts.size > 1 && sameInAnotherOrder(theirs) && sameInAnotherOrder([ours, theirs[0] ?? []])) {
      comparison.masked++
      return
    }
    const lengths = new Set(theirs.map(({ length }) => length))
    if (lengths.size > 1) {
      comparison.masked++
      return
    }
    if (ours.length !== theirs[0]?.length) {
      add(comparison, at, ours, first)
      return
    }
    ours.forEach((item, index) => {
      compareValues(
        item,
        theirs.map((each) => each[index] as unknown),
        `${at}[${index}]`,
        comparison,
      )
    })
    return
  }
  if (texts.size === 1 || theirs.some((each) => typeof each !== typeof first)) {
    if (texts.size === 1) add(comparison, at, ours, first)
    else comparison.masked++
    return
  }
  if (typeof ours === 'string' && theirs.every((each) => typeof each === 'string') && !agreeOutsideOfRandom(ours, theirs)) {
    add(comparison, at, ours, first)
    return
  }
  if (typeof ours !== typeof first) add(comparison, at, ours, first)
  else comparison.masked++
}

/** Of texts with several lines, those lines in which the runs agree have to be ours. */
function agreeOutsideOfRandom(ours: string, theirs: readonly string[]): boolean {
  const lines = theirs.map((text) => text.split('\n'))
  const own = ours.split('\n')
  if (lines.some(({ length }) => length !== lines[0]?.length)) return true
  if (own.length !== lines[0]?.length) return false
  return own.every((line, index) => {
    const candidates = new Set(lines.map((each) => each[index]))
    return candidates.size > 1 || candidates.has(line)
  })
}

function forgiveRandomKeys(
  ours: Record<string, unknown>,
  theirs: readonly Record<string, unknown>[],
  at: string,
  comparison: Comparison,
): void {
  const everywhere = (key: string): boolean => theirs.every((each) => Object.hasOwn(each, key))
  const random = Object.keys(theirs[0] ?? {}).filter((key) => !everywhere(key)).length
  const surplus = Object.keys(ours).filter((key) => theirs.every((each) => !Object.hasOwn(each, key)))
  if (random === 0 || surplus.length !== random) return
  const forgiven = new Set(surplus.map((key) => `${at}.${key}`))
  comparison.differences = comparison.differences.filter((difference) => !forgiven.has(difference.at))
}

function sameInAnotherOrder(lists: readonly (readonly unknown[])[]): boolean {
  return new Set(lists.map((list) => list.map(canonical).toSorted().join('\n'))).size === 1
}

/** The same objects by name in another order: where ours stand elsewhere, and ours in the order of theirs. Undefined where that is not so. */
function inOrderOf(
  theirs: readonly OutputDocument[],
  ours: readonly OutputDocument[],
): { documents: OutputDocument[]; places: number[] } | undefined {
  const wanted = theirs.map(({ value }) => titleOf(value))
  const titles = ours.map(({ value }) => titleOf(value))
  const places = wanted.flatMap((title, index) => (titles[index] === title ? [] : [index]))
  if (places.length === 0) return undefined
  const left = [...titles]
  const documents: OutputDocument[] = []
  for (const title of wanted) {
    const index = left.indexOf(title)
    const document = ours[index]
    if (document === undefined) return undefined
    left[index] = ''
    documents.push(document)
  }
  return { documents, places }
}

function listObjects(ours: readonly OutputDocument[], theirs: readonly OutputDocument[], comparison: Comparison): void {
  const titles = (documents: readonly OutputDocument[]): string[] => documents.map(({ value }) => titleOf(value))
  const surplus = without(titles(ours), titles(theirs))
  const lacking = without(titles(theirs), titles(ours))
  comparison.differences.push({
    at: 'objects',
    ours: `${ours.length}${surplus.length > 0 ? `, too many: ${surplus.slice(0, shown).join('; ')}` : ''}`,
    theirs: `${theirs.length}${lacking.length > 0 ? `, ours lacks: ${lacking.slice(0, shown).join('; ')}` : ''}`,
  })
}

function without(all: readonly string[], some: readonly string[]): string[] {
  const left = [...some]
  return all.filter((each) => {
    const index = left.indexOf(each)
    if (index < 0) return true
    left.splice(index, 1)
    return false
  })
}

function add(comparison: Comparison, at: string, ours: unknown, theirs: unknown): void {
  comparison.differences.push({ at, ours: brief(canonical(ours), canonical(theirs)), theirs: brief(canonical(theirs), canonical(ours)) })
}

/** Long texts: the part around the first character in which they differ. */
function brief(text: string, other: string): string {
  if (text.length <= 200) return text
  let same = 0
  while (same < text.length && text[same] === other[same]) same++
  const from = Math.max(0, same - 60)
  return `${from > 0 ? '…' : ''}${text.slice(from, same + 140)}${same + 140 < text.length ? '…' : ''}`
}

/** One text for equal values: keys sorted, numbers by value. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) => {
      if (typeof each === 'bigint') return `integer ${each}`
      if (typeof each === 'number' && !Number.isFinite(each)) return `number ${each}`
      if (!isObject(each)) return each
      return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    }) ?? 'nothing'
  )
}
