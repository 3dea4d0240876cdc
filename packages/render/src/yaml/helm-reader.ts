import type { GoValue } from '../go/value.ts'
import { YamlError, type YamlLimits } from './contract.ts'
import { type ComposeOptions, Composer } from './goyaml/composer.ts'
import { readDirectly } from './goyaml/direct-reader.ts'
import { readSource } from './goyaml/source-text.ts'
import { formatFloatG, formatJsonNumber } from './number-text.ts'

export interface HelmYamlOptions {
  /** Numbers as encoding/json's `Number`: Helm 3.18.0 reads values.yaml that way. */
  useNumber?: boolean
  /** For a Go struct: floats as its fields that are text take them (`72445e2` is `7.2445e+06`, where JSON has `7244500`). Implies `useNumber`. */
  floatsAsText?: boolean
  /** For a caller that looks at some keys of the root alone: what is behind the others may be null. */
  isWanted?: (key: string) => boolean
}

/**
 * sigs.k8s.io/yaml's `Unmarshal` into `interface {}` (1.4 and 1.6 are the same here): the first document of the stream, every number a float64,
 * every key text. Throws `YamlError` (`error converting YAML to JSON: yaml: line 3: …`).
 */
export function readHelmYaml(text: string, limits: YamlLimits, options: HelmYamlOptions = {}): GoValue {
  const source = readSource(text === '' ? '\n' : text)
  const compose: ComposeOptions = {
    limits,
    useNumber: options.useNumber === true || options.floatsAsText === true,
    floatText: options.floatsAsText === true ? formatFloatG : formatJsonNumber,
  }
  const value = readDirectly(source, compose, options.isWanted)
  if (value !== undefined) return value
  try {
    return new Composer(source, compose).readDocument()
  } catch (error) {
    if (error instanceof YamlError) throw new YamlError(`error converting YAML to JSON: ${error.message}`)
    throw error
  }
}
