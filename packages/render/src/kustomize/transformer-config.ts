import { RenderError } from '../engine/tree.ts'
import { during } from './build-error.ts'
import {
  annotationSpecs,
  commonLabelSpecs,
  imageSpecs,
  namespaceSpecs,
  nameSpecs,
  replicaSpecs,
  templateLabelSpecs,
  variableSpecs,
} from './default-field-specs.ts'
import { defaultNameReferences, type NameReference } from './default-name-references.ts'
import type { FieldSpec } from './field-spec.ts'
import { listOf, readShape, structOf, text, type Shaped } from './go-json.ts'
import type { JsonValue } from './json.ts'
import { compareGvks } from './kind-order.ts'
import { fieldSpecShape, structs } from './kustomization.ts'
import { isSelectedBy, type Gvk } from './resource-id.ts'

/** Where each transformer works: the defaults, and what `configurations` and `crds` add. Never changed in place. */
export interface TransformerConfig {
  readonly namePrefix: readonly FieldSpec[]
  readonly nameSuffix: readonly FieldSpec[]
  readonly namespace: readonly FieldSpec[]
  readonly commonLabels: readonly FieldSpec[]
  readonly labels: readonly FieldSpec[]
  readonly templateLabels: readonly FieldSpec[]
  readonly commonAnnotations: readonly FieldSpec[]
  readonly nameReference: readonly NameReference[]
  readonly varReference: readonly FieldSpec[]
  readonly images: readonly FieldSpec[]
  readonly replicas: readonly FieldSpec[]
}

type FieldSpecList = Exclude<keyof TransformerConfig, 'nameReference'>

export const emptyConfig: TransformerConfig = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  nameReference: [],
  varReference: [],
  images: [],
  replicas: [],
}

const goNames: Record<FieldSpecList, string> = {
  namePrefix: 'NamePrefix',
  nameSuffix: 'NameSuffix',
  namespace: 'NameSpace',
  commonAnnotations: 'CommonAnnotations',
  commonLabels: 'CommonLabels',
  labels: 'Labels',
  templateLabels: 'TemplateLabels',
  varReference: 'VarReference',
  images: 'Images',
  replicas: 'Replicas',
}

export const defaultConfig: TransformerConfig = sorted({
  namePrefix: nameSpecs,
  nameSuffix: nameSpecs,
  namespace: namespaceSpecs,
  commonLabels: commonLabelSpecs,
  labels: [],
  templateLabels: templateLabelSpecs,
  commonAnnotations: annotationSpecs,
  nameReference: defaultNameReferences,
  varReference: variableSpecs,
  images: imageSpecs,
  replicas: replicaSpecs,
})

/** Throws `RenderError` where both name a field but only one of them creates it. */
export function mergeConfigs(config: TransformerConfig, incoming: TransformerConfig): TransformerConfig {
  // Almost always both are the defaults.
  if (incoming === emptyConfig || (config === incoming && config === defaultConfig)) return config
  if (config === emptyConfig && incoming === defaultConfig) return incoming
  const merged: { -readonly [Key in keyof TransformerConfig]: TransformerConfig[Key] } = { ...config }
  for (const list of Object.keys(goNames) as FieldSpecList[]) {
    merged[list] = during(`failed to merge ${goNames[list]} fieldSpec`, () => mergeFieldSpecs(config[list], incoming[list]))
  }
  merged.nameReference = during('failed to merge NameReference fieldSpec', () =>
    mergeReferences(config.nameReference, incoming.nameReference),
  )
  return sorted(merged)
}

/**
 * Adds those that are not there yet; a spec counts as there when one of its path is, for the same kind or a narrower one. So one for all kinds goes
 * away as soon as `configurations` have one for a kind, which comes before it.
 */
export function mergeFieldSpecs(specs: readonly FieldSpec[], incoming: readonly FieldSpec[]): readonly FieldSpec[] {
  if (incoming.length === 0) return specs
  const merged = [...specs]
  for (const spec of incoming) {
    const known = merged.find((other) => other.path === spec.path && isSelectedBy(fullGvk(other), spec))
    if (known === undefined) merged.push(spec)
    else if ((known.create ?? false) !== (spec.create ?? false)) throw new RenderError('conflicting fieldspecs')
  }
  return merged
}

const fieldSpecList = listOf(fieldSpecShape)
const configShape = structOf('builtinconfig.TransformerConfig', {
  namePrefix: fieldSpecList,
  nameSuffix: fieldSpecList,
  namespace: fieldSpecList,
  commonLabels: fieldSpecList,
  labels: fieldSpecList,
  templateLabels: fieldSpecList,
  commonAnnotations: fieldSpecList,
  nameReference: listOf(
    structOf('builtinconfig.NameBackReferences', { group: text, version: text, kind: text, fieldSpecs: fieldSpecList }),
  ),
  varReference: fieldSpecList,
  images: fieldSpecList,
  replicas: fieldSpecList,
})

/** A file of `configurations`. Throws `RenderError` in Go's words. */
export function readTransformerConfig(value: JsonValue): TransformerConfig {
  let read: Shaped<typeof configShape>
  try {
    read = readShape(configShape, value, { strict: true }) ?? {}
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`error unmarshaling JSON: while decoding JSON: ${error.message}`) : error
  }
  const config: { -readonly [Key in keyof TransformerConfig]: TransformerConfig[Key] } = { ...emptyConfig }
  for (const list of Object.keys(goNames) as FieldSpecList[]) config[list] = structs(read[list]).map(toFieldSpec)
  config.nameReference = structs(read.nameReference).map(({ fieldSpecs, ...gvk }) => ({
    ...gvk,
    referrers: structs(fieldSpecs).map(toFieldSpec),
  }))
  return sorted(config)
}

export function toFieldSpec(read: Shaped<typeof fieldSpecShape>): FieldSpec {
  return { ...read, path: read.path ?? '' }
}

function mergeReferences(references: readonly NameReference[], incoming: readonly NameReference[]): readonly NameReference[] {
  if (incoming.length === 0) return references
  const merged = [...references]
  for (const reference of incoming) {
    const isSame = (other: NameReference) =>
      (['group', 'version', 'kind'] as const).every((key) => (other[key] ?? '') === (reference[key] ?? ''))
    const index = merged.findIndex(isSame)
    const known = merged[index]
    if (known === undefined) merged.push(reference)
    else merged[index] = { ...known, referrers: mergeFieldSpecs(known.referrers, reference.referrers) }
  }
  return merged
}

function sorted(config: TransformerConfig): TransformerConfig {
  const result: { -readonly [Key in keyof TransformerConfig]: TransformerConfig[Key] } = { ...config }
  for (const list of Object.keys(goNames) as FieldSpecList[]) result[list] = config[list].toSorted(compareGvks)
  result.nameReference = config.nameReference.toSorted(compareGvks)
  return result
}

function fullGvk(spec: Partial<Gvk>): Gvk {
  return { group: spec.group ?? '', version: spec.version ?? '', kind: spec.kind ?? '' }
}
