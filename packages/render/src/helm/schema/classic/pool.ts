import type { GoValue } from '../../../go/value.ts'
import { YamlError } from '../../../yaml/contract.ts'
import { isObject, sortedKeys } from '../json-kind.ts'

/** What a reference leads to: a part of the document, or one of the metaschemas. */
export type ClassicTarget = { schema: GoValue } | { metaschema: 4 | 6 | 7 }

const metaschemas = new Map<string, 4 | 6 | 7>([
  ['http://json-schema.org/draft-04/schema', 4],
  ['http://json-schema.org/draft-06/schema', 6],
  ['http://json-schema.org/draft-07/schema', 7],
])

export function metaschemaNamed(url: string): 4 | 6 | 7 | undefined {
  return metaschemas.get(normalize(url))
}

/** gojsonschema's pool of documents by reference: the root, and whatever has an `id` or `$id`, wherever it stands. */
export class SchemaPool {
  private readonly documents = new Map<string, GoValue>()
  /** What `$ref` means where it stands, by the object that holds it. */
  private readonly resolved = new Map<GoValue, string>()

  constructor(root: GoValue) {
    this.collect(root, '', 0)
    this.documents.set('', root)
  }

  referenceIn(schema: GoValue, written: string): string {
    return this.resolved.get(schema) ?? normalize(written)
  }

  get(reference: string): ClassicTarget {
    const direct = this.documents.get(reference)
    if (direct !== undefined) return { schema: direct }
    const at = reference.indexOf('#')
    const address = at < 0 ? reference : reference.slice(0, at)
    const document = this.documents.get(address)
    if (document !== undefined) return { schema: follow(document, at < 0 ? '' : reference.slice(at + 1)) }
    const draft = metaschemas.get(address)
    if (draft !== undefined) return { metaschema: draft }
    if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(reference)) throw new YamlError(`Reference ${reference} must be canonical`)
    throw new YamlError(`Reference ${reference} leads to a schema outside of the chart, which is not read`)
  }

  private collect(value: GoValue, base: string, depth: number): void {
    if (depth > 1000) throw new YamlError('values.schema.json is nested deeper than 1000 levels')
    if (Array.isArray(value)) {
      for (const item of value) this.collect(item, base, depth + 1)
      return
    }
    if (!isObject(value)) return
    let local = base
    const id = value.get(value.has('id') ? 'id' : '$id')
    if (typeof id === 'string') {
      local = join(base, id)
      // Helm is told of the first of two equal ones only where it is the root's, which cannot be.
      if (!this.documents.has(local)) this.documents.set(local, value)
      else return
    }
    const ref = value.get('$ref')
    if (typeof ref === 'string') this.resolved.set(value, join(local, ref))
    for (const key of sortedKeys(value)) {
      if (key === 'const' || key === 'enum') continue
      const held = value.get(key)
      const isMap = key === 'properties' || key === 'dependencies' || key === 'patternProperties'
      if (!isMap) this.collect(held, local, depth + 1)
      else if (isObject(held)) for (const name of sortedKeys(held)) this.collect(held.get(name), local, depth + 1)
    }
  }
}

/** Go's `url.String()` drops an empty fragment. */
function normalize(url: string): string {
  return url.endsWith('#') ? url.slice(0, -1) : url
}

function join(base: string, reference: string): string {
  if (reference.startsWith('#')) return normalize(base.replace(/#.*$/s, '') + reference)
  try {
    return normalize(base === '' || !base.includes(':') ? reference : new URL(reference, base).href)
  } catch {
    return normalize(reference)
  }
}

/** gojsonpointer, with its messages. */
function follow(document: GoValue, fragment: string): GoValue {
  // A name that nothing has for its identifier means the document itself: gojsonreference ignores that it is no pointer.
  if (!fragment.startsWith('/')) return document
  let value = document
  for (const token of decode(fragment).split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isObject(value)) {
      if (!value.has(key)) throw new YamlError(`Object has no key '${key}'`)
      value = value.get(key)
    } else if (Array.isArray(value)) {
      if (!/^[-+]?\d+$/.test(key)) throw new YamlError(`Invalid array index '${key}'`)
      const index = Number(key)
      if (index < 0 || index >= value.length) throw new YamlError(`Out of bound array[0,${value.length}] index '${index}'`)
      value = value[index]
    } else throw new YamlError('Invalid token reference')
  }
  return value
}

function decode(fragment: string): string {
  try {
    return Buffer.from(decodeURIComponent(Buffer.from(fragment, 'latin1').toString('utf8')), 'utf8').toString('latin1')
  } catch {
    return fragment
  }
}
