import { fromBytes, goInt, toBytes, type GoValue } from '../go/value.ts'
import { writeHelmYaml } from '../yaml/index.ts'
import { isObject, type JsonObject, type JsonValue } from './json.ts'

/** One document as `kubectl kustomize` prints it: kustomize makes JSON of its nodes, and sigs.k8s.io/yaml makes YAML of that. */
export function writeDocument(object: JsonObject): string {
  return fromBytes(writeHelmYaml(goValue(object)))
}

function goValue(value: JsonValue | undefined): GoValue {
  if (value === undefined) return null
  if (typeof value === 'string') return toBytes(value)
  if (typeof value === 'bigint') return goInt(value, value < 0n ? 'int64' : 'uint64')
  if (Array.isArray(value)) return value.map((item) => goValue(item))
  if (!isObject(value)) return value
  return new Map(Object.keys(value).map((key) => [toBytes(key), goValue(value[key])]))
}
