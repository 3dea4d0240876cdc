import type { GoMap, GoValue } from '../go/value.ts'

let observer: ((map: GoMap) => void) | undefined

/** Tells of each map that a template is about to change, by `set`, `unset` or a merge; undefined: nobody wants to know. Gives back who was told before. */
export function tellChangesTo(next: ((map: GoMap) => void) | undefined): ((map: GoMap) => void) | undefined {
  const before = observer
  observer = next
  return before
}

export function noteChange(map: GoMap): void {
  observer?.(map)
}

/** Before a key is set: nothing changes where the map holds that already, if it is nothing that could change itself. */
export function noteSet(map: GoMap, key: string, value: GoValue): void {
  if (observer === undefined) return
  if (typeof value !== 'object' && value !== undefined && Object.is(map.get(key), value)) return
  observer(map)
}
