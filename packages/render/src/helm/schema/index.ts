/**
 * `values.schema.json`. Helm 3.18 checks values by xeipuuv/gojsonschema 1.2 (drafts 4, 6 and 7, whatever `$schema` says beyond them), Helm 4.1 by
 * santhosh-tekuri/jsonschema 6 (drafts 4 to 2020-12, 2020-12 where none is named).
 */
import { ByteCache } from '../../byte-cache.ts'
import type { GoValue } from '../../go/value.ts'
import { YamlError } from '../../yaml/contract.ts'
import { readJsonPrefix } from '../../yaml/json-reader.ts'
import type { HelmVersion } from '../contract.ts'
import { checkClassic, compileClassic, type ClassicSchema } from './classic/schema.ts'
import { CheckBudget } from './check-budget.ts'
import { compileSchema } from './modern/compiler.ts'
import { describeFaults } from './modern/fault.ts'
import type { Node } from './modern/node.ts'
import { validate } from './modern/validator.ts'

export interface SchemaOptions {
  version: HelmVersion
}

type Compiled = { version: '3'; schema: ClassicSchema } | { version: '4'; schema: Node }

/** By the schema's text; compiled it takes about ten times as much. */
const compiled = { '3': new ByteCache<Compiled | YamlError>(32 * 1024 * 1024), '4': new ByteCache<Compiled | YamlError>(32 * 1024 * 1024) }
const expansion = 10

/**
 * What Helm says about the values of one chart, to be put below its name (`NAME:\n`), with a line break at the end where Helm has one; undefined
 * where they fit. `schema` is the file's content as a string of bytes. A schema that is none, or that leads out of the chart, is told the same way.
 */
export function validateValues(values: GoValue, schema: string, options: SchemaOptions): string | undefined {
  try {
    const found = compile(schema, options.version)
    // Without any values Helm has an empty map.
    const given = values ?? new Map<string, GoValue>()
    if (found.version === '3') return checkClassic(found.schema, given)
    const faults = validate(found.schema, given, new CheckBudget())
    return faults.length === 0 ? undefined : `${describeFaults(faults)}\n`
  } catch (error) {
    if (error instanceof YamlError) return error.message
    throw error
  }
}

function compile(text: string, version: HelmVersion): Compiled {
  const cache = compiled[version]
  let found = cache.get(text)
  if (found === undefined) {
    found = compileNew(text, version)
    cache.set(text, found, text.length * expansion + 1000)
  }
  if (found instanceof YamlError) throw found
  return found
}

function compileNew(text: string, version: HelmVersion): Compiled | YamlError {
  try {
    const { value: document, end } = readJsonPrefix(text, 0, { useNumber: true })
    // Helm 3's library does not look at what follows.
    if (version === '4' && /[^\t\n\r ]/.test(text.slice(end))) return new YamlError('invalid character after top-level value')
    return version === '3' ? { version, schema: compileClassic(document) } : { version, schema: compileSchema(document) }
  } catch (error) {
    if (error instanceof YamlError) return error
    throw error
  }
}
