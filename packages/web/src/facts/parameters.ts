import type { ApplicationSource } from '@plimsoll/api'
import { stringify } from 'yaml'
import type { ParameterOrigin, SourceParameter } from '../client/rendering.ts'

/** A parameter as it is shown. */
export interface ShownParameter {
  name: string
  /** One line; what it stands for may be longer. */
  line: string
  /** All of it, where the line is not. */
  whole?: string
  isEmpty: boolean
  origin: ParameterOrigin
  file: string
}

/** What parameters are filtered by: where they come from, with the file where it is one. */
export type OriginKey = string

const longestLine = 96

export function showParameter({ name, value, origin, file }: SourceParameter): ShownParameter {
  const text = readable(value)
  const [first = ''] = text.split('\n', 1)
  const line = first.length > longestLine ? `${first.slice(0, longestLine - 1).trimEnd()}…` : first
  return {
    name,
    line,
    ...(line !== text && { whole: text }),
    isEmpty: value === '""' || value === '{}' || value === '[]' || value === 'null',
    origin,
    file: file ?? '',
  }
}

/**
 * A value as people write it in YAML: text without quotes where nothing else could be meant, lists and maps short or line by line.
 * What is no JSON stays as it is.
 */
function readable(json: string): string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return json
  }
  if (typeof value === 'string') return value.includes('\n') ? value.trimEnd() : stringify(value, { lineWidth: 0 }).trimEnd()
  if (typeof value !== 'object' || value === null || json.length <= longestLine) return json
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
}

export function originKey({ origin, file }: Pick<SourceParameter, 'origin' | 'file'>): OriginKey {
  return origin === 'file' && file ? `file ${file}` : origin
}

const originOrder: readonly ParameterOrigin[] = ['parameter', 'file-parameter', 'values', 'file', 'chart']

/** The origins that occur, the strongest first, with how many parameters each has. */
export function countOrigins(
  parameters: readonly ShownParameter[],
): { key: OriginKey; origin: ParameterOrigin; file: string; count: number }[] {
  const found = new Map<OriginKey, { key: OriginKey; origin: ParameterOrigin; file: string; count: number }>()
  for (const { origin, file } of parameters) {
    const key = originKey({ origin, file })
    const known = found.get(key)
    if (known) known.count += 1
    else found.set(key, { key, origin, file, count: 1 })
  }
  return [...found.values()].toSorted(
    (a, b) => originOrder.indexOf(a.origin) - originOrder.indexOf(b.origin) || (a.file < b.file ? -1 : a.file > b.file ? 1 : 0),
  )
}

/** Each word must be in the name or the value; an empty set of origins is any. */
export function filterParameters(parameters: readonly ShownParameter[], text: string, origins: ReadonlySet<OriginKey>): ShownParameter[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return parameters.filter((one) => {
    if (origins.size > 0 && !origins.has(originKey(one))) return false
    if (words.length === 0) return true
    const searched = `${one.name}\n${one.whole ?? one.line}`.toLowerCase()
    return words.every((word) => searched.includes(word))
  })
}

/** What an Application adds to a source that has no values: fields of its `kustomize`, `plugin` and `directory`. */
export function specParameters(source: ApplicationSource): SourceParameter[] {
  const parameters: SourceParameter[] = []
  const add = (name: string, value: unknown) => {
    if (value === undefined || value === null || value === '' || value === false) return
    if (typeof value === 'object' && Object.keys(value).length === 0) return
    parameters.push({ name, value: JSON.stringify(value), origin: 'parameter' })
  }
  const { kustomize, plugin, directory } = source
  for (const [name, value] of Object.entries(kustomize ?? {})) {
    if (name === 'images' && Array.isArray(value)) for (const image of value) addImage(image)
    else if (name === 'replicas' && Array.isArray(value))
      for (const one of kustomize?.replicas ?? []) add(`replicas.${one.name}`, one.count)
    else add(name, value)
  }
  for (const one of plugin?.env ?? []) add(one.name, one.value)
  for (const one of plugin?.parameters ?? []) add(one.name ?? '', one.string ?? one.map ?? one.array)
  for (const [name, value] of Object.entries(directory ?? {})) {
    if (name !== 'jsonnet') add(name, value)
  }
  for (const one of directory?.jsonnet?.extVars ?? []) add(`extVars.${one.name}`, one.value)
  for (const one of directory?.jsonnet?.tlas ?? []) add(`tlas.${one.name}`, one.value)
  add('libs', directory?.jsonnet?.libs)
  return parameters

  /** `name=newname:tag`, or without the new name (argo-cd `KustomizeImage`). */
  function addImage(image: unknown): void {
    if (typeof image !== 'string') return
    const at = image.indexOf('=')
    const name = at < 0 ? image.replace(/(?::[^/:]*|@[^@]*)$/, '') : image.slice(0, at)
    add(`images.${name}`, at < 0 ? image : image.slice(at + 1))
  }
}
