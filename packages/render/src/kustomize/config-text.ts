import { RenderError } from '../engine/tree.ts'
import { fromBytes, JsonNumber, toBytes, type GoValue } from '../go/value.ts'
import { readHelmYaml, YamlError } from '../yaml/index.ts'
import { objectOf, type JsonValue } from './json.ts'
import { yamlLimits } from './yaml-text.ts'

const conversion = 'error converting YAML to JSON: '

/** Configuration of kustomize, as sigs.k8s.io/yaml reads it: YAML 1.1, the first document. Throws `RenderError` in its words. */
export function readYamlConfig(text: string): JsonValue {
  try {
    return jsonValue(readHelmYaml(toBytes(text), yamlLimits, { useNumber: true }))
  } catch (error) {
    throw error instanceof YamlError ? new RenderError(fromBytes(error.message)) : error
  }
}

/** As `readYamlConfig`; its message is that of `YAMLToJSON`. */
export function readKustomizationYaml(text: string): JsonValue {
  try {
    return readYamlConfig(text)
  } catch (error) {
    if (error instanceof RenderError && error.message.startsWith(conversion)) throw new RenderError(error.message.slice(conversion.length))
    throw error
  }
}

function jsonValue(value: GoValue): JsonValue {
  if (typeof value === 'string') return fromBytes(value)
  if (value instanceof JsonNumber) return number(value.number)
  if (Array.isArray(value)) return value.map((item) => jsonValue(item))
  if (value instanceof Map) return objectOf([...value].map(([key, item]) => [fromBytes(key), jsonValue(item)]))
  return typeof value === 'boolean' || typeof value === 'number' ? value : null
}

function number(text: string): number | bigint {
  return /^-?[0-9]{16,}$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text)
}
