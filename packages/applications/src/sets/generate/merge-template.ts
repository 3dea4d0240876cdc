import type { SetTemplate } from '@plimsoll/api'
import { isObject } from '../../json.ts'

/** What Go holds as bytes: a template that sets it has all of it, however little of it that is. */
const opaque = new Set(['valuesObject'])

/**
 * A generator's own template, completed from the set's: what it sets stays, maps as deep as both have them, and whatever it leaves empty is taken from the
 * set's, lists as a whole (imdario/mergo without override, as argo-cd `applicationset/generators/generator_spec_processor.go` calls it).
 */
export function mergedTemplate(own: SetTemplate | null | undefined, base: SetTemplate): SetTemplate {
  return own ? (complete(own, base) as SetTemplate) : base
}

function complete(own: unknown, base: unknown): unknown {
  if (base === undefined || base === null) return own
  if (isEmpty(own)) return base
  if (!isObject(own) || !isObject(base)) return own
  const names = [...new Set([...Object.keys(own), ...Object.keys(base)])]
  return Object.fromEntries(
    names.map((name) => {
      const mine = Object.hasOwn(own, name) ? own[name] : undefined
      const theirs = Object.hasOwn(base, name) ? base[name] : undefined
      return [name, opaque.has(name) && !isEmpty(mine) ? mine : complete(mine, theirs)]
    }),
  )
}

/** Go's zero values. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}
