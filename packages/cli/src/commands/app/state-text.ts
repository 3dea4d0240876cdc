import { toYaml } from '../../output/print.ts'

/** An object that came as JSON text, as YAML; '' for none. */
export function stateText(json: string | undefined): string {
  const state = stateOf(json)
  return state === undefined ? '' : toYaml(state)
}

export function stateOf(json: string | undefined): unknown {
  if (json === undefined || json === '' || json === 'null') return undefined
  return sorted(JSON.parse(json) as unknown)
}

/** In one order on both sides, so that only what differs does. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
