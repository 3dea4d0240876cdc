import { PlimsollError } from '@plimsoll/api'

/** A patch as it came over the wire: JSON. Throws `invalid-request`. */
export function parsePatch(text: string): (unknown[] & never[]) | Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new PlimsollError('invalid-request', `patch: is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
