import type { GoValue } from '../go/value.ts'

/**
 * Readers and writers that do as the Go libraries of each tool do.
 * - `helm`: sigs.k8s.io/yaml: YAML 1.1 of goyaml v2 to JSON to Go values. Every number is a float64, `y`, `on` are booleans, dates stay text, of many documents only the first is read.
 * - `kustomize`: kyaml on goyaml v3.
 */
export interface YamlLimits {
  /** Values once every alias is written out. */
  values: number
  depth: number
}

export interface Yaml {
  /** Throws `YamlError` in the library's words (`error converting YAML to JSON: yaml: line 3: …`). Text and result hold strings of bytes. */
  /** `useNumber` makes a `JsonNumber` of each number, as JSON writes it (integers with all their digits). */
  readHelmYaml(text: string, limits: YamlLimits, options?: { useNumber?: boolean }): GoValue
  /** `toYaml`: sigs.k8s.io/yaml, goyaml v2's layout, with the final newline. */
  writeHelmYaml(value: GoValue): string
  /** `toYamlPretty`: goyaml v3, two spaces before a list's items. */
  writePrettyYaml(value: GoValue): string
  /** encoding/json: sorted keys, `escapeHtml` as in `toJson`, without it as in `toRawJson`; `indent` as `toPrettyJson`. */
  writeJson(value: GoValue, options?: { escapeHtml?: boolean; indent?: string }): string
  /** encoding/json into `interface {}`: numbers are float64. Throws `YamlError` in Go's words. */
  readJson(text: string): GoValue
}

export class YamlError extends Error {
  override readonly name = 'YamlError'
}
