import { stringify } from 'yaml'

export type JsonObject = Record<string, unknown>

export function parseObject(text: string | undefined): JsonObject | undefined {
  if (!text) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

const topOrder = ['apiVersion', 'kind', 'metadata', 'type', 'spec', 'data', 'stringData', 'rules', 'subjects', 'roleRef', 'status']
const metadataOrder = ['name', 'generateName', 'namespace', 'labels', 'annotations']

/** As YAML, in the order in which people write it, so that two sides stand beside each other. Aliases are written out. */
export function toYaml(object: JsonObject, { withManagedFields = false } = {}): string {
  const metadata = object['metadata']
  const inOrder = sortKeys(object, topOrder)
  if (typeof metadata === 'object' && metadata !== null) {
    const { managedFields, ...rest } = metadata as JsonObject
    inOrder['metadata'] = sortKeys(withManagedFields && managedFields !== undefined ? { ...rest, managedFields } : rest, metadataOrder)
  }
  return stringify(sortBelow(inOrder), { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
}

function sortKeys(object: JsonObject, first: readonly string[]): JsonObject {
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length)
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0)))
}

/** Below the first two levels keys stand by name, but a name or kind leads its list entry. */
function sortBelow(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      key === 'metadata'
        ? Object.fromEntries(Object.entries(value as JsonObject).map(([name, one]) => [name, sortDeep(one)]))
        : sortDeep(value),
    ]),
  )
}

const entryOrder = ['name', 'kind', 'type', 'key', 'path', 'image', 'command', 'args']

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep)
  if (typeof value !== 'object' || value === null) return value
  const sorted = sortKeys(value as JsonObject, entryOrder)
  return Object.fromEntries(Object.entries(sorted).map(([key, one]) => [key, sortDeep(one)]))
}

/** `spec.replicas` of any object, without trusting its shape. */
export function pick(object: unknown, ...path: (string | number)[]): unknown {
  let at: unknown = object
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string | number, unknown>)[step]
  }
  return at
}

export function pickText(object: unknown, ...path: (string | number)[]): string {
  const value = pick(object, ...path)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

export function pickNumber(object: unknown, ...path: (string | number)[]): number | undefined {
  const value = pick(object, ...path)
  return typeof value === 'number' ? value : undefined
}

export function pickList(object: unknown, ...path: (string | number)[]): unknown[] {
  const value = pick(object, ...path)
  return Array.isArray(value) ? value : []
}

export function pickMap(object: unknown, ...path: (string | number)[]): [string, string][] {
  const value = pick(object, ...path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)])
}
