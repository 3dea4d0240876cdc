import type { JsonValue } from '../json.ts'
import type { PatchSchema } from '../openapi/patch-schema.ts'

/** Nothing stays, or `null` does: a null that a patch sets removes, one that stood there before remains. */
export type Merged = JsonValue | undefined | typeof keptNull
export const keptNull = Symbol('a null that stays')

/** Merges one value of a patch over one of an object. */
export type MergeValue = (target: JsonValue | undefined, patch: JsonValue | undefined, schema: PatchSchema | undefined) => Merged
