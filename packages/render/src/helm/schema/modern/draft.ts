/** The drafts that santhosh-tekuri/jsonschema v6 knows, by the year of the later ones. Without `$schema` a document is of the latest. */
export type Draft = 4 | 6 | 7 | 2019 | 2020

const drafts = new Map<string, Draft>([
  ['json-schema.org/schema', 2020],
  ['json-schema.org/draft/2020-12/schema', 2020],
  ['json-schema.org/draft/2019-09/schema', 2019],
  ['json-schema.org/draft-07/schema', 7],
  ['json-schema.org/draft-06/schema', 6],
  ['json-schema.org/draft-04/schema', 4],
])

export function draftOf(url: string): Draft | undefined {
  const [address = '', fragment = ''] = url.split('#', 2)
  return fragment === '' ? drafts.get(address.replace(/^https?:\/\//, '')) : undefined
}

export function metaschemaOf(draft: Draft): string {
  for (const [address, found] of drafts) {
    if (found === draft && address !== 'json-schema.org/schema') return `${draft < 2019 ? 'http' : 'https'}://${address}`
  }
  return ''
}

/** Where a schema holds schemas: itself, each item of a list, each value of a map. */
export interface SubschemaPlace {
  keyword: string
  holds: 'schema' | 'list' | 'map'
  since: Draft
}

export const subschemaPlaces: readonly SubschemaPlace[] = [
  { keyword: 'definitions', holds: 'map', since: 4 },
  { keyword: 'not', holds: 'schema', since: 4 },
  { keyword: 'allOf', holds: 'list', since: 4 },
  { keyword: 'anyOf', holds: 'list', since: 4 },
  { keyword: 'oneOf', holds: 'list', since: 4 },
  { keyword: 'properties', holds: 'map', since: 4 },
  { keyword: 'additionalProperties', holds: 'schema', since: 4 },
  { keyword: 'patternProperties', holds: 'map', since: 4 },
  { keyword: 'items', holds: 'schema', since: 4 },
  { keyword: 'items', holds: 'list', since: 4 },
  { keyword: 'additionalItems', holds: 'schema', since: 4 },
  { keyword: 'dependencies', holds: 'map', since: 4 },
  { keyword: 'propertyNames', holds: 'schema', since: 6 },
  { keyword: 'contains', holds: 'schema', since: 6 },
  { keyword: 'if', holds: 'schema', since: 7 },
  { keyword: 'then', holds: 'schema', since: 7 },
  { keyword: 'else', holds: 'schema', since: 7 },
  { keyword: '$defs', holds: 'map', since: 2019 },
  { keyword: 'dependentSchemas', holds: 'map', since: 2019 },
  { keyword: 'unevaluatedProperties', holds: 'schema', since: 2019 },
  { keyword: 'unevaluatedItems', holds: 'schema', since: 2019 },
  { keyword: 'contentSchema', holds: 'schema', since: 2019 },
  { keyword: 'prefixItems', holds: 'list', since: 2020 },
]
