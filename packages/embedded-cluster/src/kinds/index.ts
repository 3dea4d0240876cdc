/**
 * Everything the embedded cluster knows about kinds: which there are, their defaults, rules, columns, schemas and documents.
 *
 * Terminology
 * - kind: one kind at one version (`Kind`). - built-in: compiled in. - custom: from a CustomResourceDefinition.
 * - structural schema: a custom resource's schema in the form that pruning and defaulting need.
 * - problem: one thing that is wrong with an object, by field. - strategy: what happens to an object beside defaults.
 */
export { createKindRegistry } from './create-kind-registry.ts'
export type { Kind } from './kind.ts'
export { builtInTypes, subresourceKinds, type BuiltInType } from './built-in-types.ts'
export { decodeBody, type DecodedBody } from './fields/decode-body.ts'
export { validateObjectMeta, validateObjectMetaUpdate } from './validation/object-meta.ts'
export { nameCheckFor } from './validation/index.ts'
export { Problems } from './field-problem.ts'
export { humanDuration, timeSince } from './tables/human-duration.ts'
export { summarizePod, type PodSummary } from './tables/pods.ts'
export { convertEvent } from './strategy/convert-event.ts'
export { qosClassOf } from './strategy/pod-admission.ts'
export { selectorText } from './validation/label-selector.ts'
