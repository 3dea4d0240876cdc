import { fromBytes } from '../go/value.ts'
import { YamlError } from '../yaml/contract.ts'
import type { JsonValue } from './json.ts'
import { NodeReader, UnusableYaml } from './node-reader.ts'

/** What reading one document may cost, once every alias is written out. */
export const yamlLimits = { values: 1_000_000, depth: 500 }

/** A document that cannot be read: in the library's words, `isMalformed` where it is no YAML at all. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
  readonly isMalformed: boolean

  constructor(message: string, isMalformed: boolean) {
    super(message)
    this.isMalformed = isMalformed
  }
}

/**
 * The first document of a text, as kyaml reads it; undefined when there is none. In a patch (`keep`) every field without a value stays one. Throws
 * `YamlFault`.
 */
export function readResourceDocument(text: string, nulls: 'keep' | 'as-text'): JsonValue | undefined {
  try {
    return new NodeReader(text, { limits: yamlLimits, isPatch: nulls === 'keep' }).readDocument()
  } catch (error) {
    if (error instanceof YamlError) throw new YamlFault(fromBytes(error.message), true)
    if (error instanceof UnusableYaml) throw new YamlFault(error.message, false)
    throw error
  }
}
