import { RenderError } from '../engine/tree.ts'
import { toBytes } from '../go/value.ts'
import { resolvePlain } from '../yaml/scalar-type.ts'

/**
 * kustomize writes the keys that it makes itself without quotes, and reads them again: one that looks like a number, a truth value or a date then is
 * no text, and it gives up.
 */
export function requireTextKey(key: string): void {
  if (key !== '' && key !== '<<' && resolvePlain(toBytes(key), 3) === undefined) return
  throw new RenderError(`json: unsupported type: map[interface {}]interface {} (the key '${key}' is no text to kustomize)`, {
    remedy: 'Choose a name that is no number, no true or false, no null and no date.',
  })
}
