/**
 * What strategic merging wants to know of a type: nothing but which lists are merged, and by which fields. Types are followed from an object's
 * root by the names of fields.
 */
export interface PatchSchema {
  /** Of a list that merges: fields that together name an item, none for a list of scalars. Undefined: the list is replaced as a whole. */
  readonly mergeKeys: readonly string[] | undefined
  field(name: string): PatchSchema | undefined
  /** Of a list: the type of its items. */
  elements(): PatchSchema | undefined
}

/** Finds the type of an object. Undefined for a kind that nobody described: its lists are replaced. */
export interface SchemaSource {
  schemaFor(apiVersion: string, kind: string): PatchSchema | undefined
}

/** A type of which nothing merges. */
export const leafSchema: PatchSchema = {
  mergeKeys: undefined,
  field: () => undefined,
  elements: () => undefined,
}
