/**
 * Kubernetes as data and as a service, for every other package.
 *
 * Terminology
 * - object: one Kubernetes object, as JSON. - type: a kind as discovery tells it (`ResourceType`).
 * - key: group, kind, namespace and name of an object. - client: a cluster's API. - cache: what a cluster holds now.
 * - outcome: what a reconciler says when it is through.
 * - type schema: what is known of a kind's fields: types, list and map keys, patch keys, protobuf numbers.
 * - field set: a tree of fields; managed fields name, per manager, the set that it owns. - apply: server-side apply.
 */
export * from './object.ts'
export * from './client/kube-client.ts'
export * from './cache/cluster-cache.ts'
export * from './reconcile/outcome.ts'
export * from './client/http-kube-client.ts'
export type { RunningCommand } from './client/running-command.ts'
export { AdaptiveLimit } from './client/adaptive-limit.ts'
export type { AccessOrigin } from './client/cluster-error.ts'
export { type ClusterAccess, type KubeconfigOptions, readKubeconfig } from './client/kubeconfig.ts'
export { type ChangeableAccess, type ClusterSettings, createSettingsAccess, type ShortLivedCredential } from './client/settings-access.ts'
export { maskCredentials } from './client/secret-mask.ts'
export { readLines, LineTooLongError } from './client/line-reader.ts'
export * from './reconcile/work-queue.ts'
export * from './reconcile/run-reconciler.ts'
export * from './reconcile/fake-clock.ts'
export { createClusterCache } from './cache/create-cluster-cache.ts'
export { compareResourceVersions } from './cache/resource-version.ts'
export { cloneJson, isEqualJson } from './schema/json-value.ts'
export type { FieldSchema, ListSchema, MapSchema, PatchStrategy, ScalarKind, TypeSchema } from './schema/type-schema.ts'
export { atomicType, deducedType } from './schema/type-schema.ts'
export { compileStructuralSchema } from './schema/structural-schema.ts'
export { builtInKinds, objectMetaSchema, openApiTypeName, typeSchemaFor, typeSchemaNamed } from './schema/built-in-schema.ts'
export { applyJsonPatch, createJsonPatch } from './patch/json-patch.ts'
export { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './patch/merge-patch.ts'
export { applyStrategicMergePatch } from './patch/strategic-merge.ts'
export { createStrategicMergePatch, createThreeWayStrategicPatch } from './patch/strategic-diff.ts'
export { PatchError } from './patch/patch-error.ts'
export type { ApplyConflict, ApplyRequest, ApplyResult, UpdateRequest } from './apply/apply-object.ts'
export { applyObject, resetFields, updateManagedFields } from './apply/apply-object.ts'
export type { UpgradeOptions } from './apply/ownership-upgrade.ts'
export { upgradeManagedFields } from './apply/ownership-upgrade.ts'
export { lastAppliedAnnotation } from './apply/last-applied.ts'
export { extractManaged } from './apply/managed-extract.ts'
export type { FieldNode, FieldSet } from './apply/field-set.ts'
export {
  countMembers,
  eachPath,
  emptyFieldSet,
  fieldSetOf,
  hasPath,
  intersect,
  isSameSet,
  isSubset,
  leavesOf,
  subtract,
  subtractBelow,
  unite,
} from './apply/field-set.ts'
export { decodeFieldsV1, encodeFieldsV1 } from './apply/fields-v1.ts'
export { printPath } from './apply/path-element.ts'
export { collectFields } from './apply/collect-fields.ts'
export type { Comparison } from './apply/compare-values.ts'
export { compareValues } from './apply/compare-values.ts'
export { extractItems, removeItems } from './apply/pick-items.ts'
export type { SchemaViolation } from './apply/validate-value.ts'
export { printViolations, validateValue } from './apply/validate-value.ts'
export type { Quantity, QuantityFormat } from './quantity.ts'
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliUnits,
  parseQuantity,
  QuantityError,
  quantityNumber,
  quantityOf,
  subtractQuantities,
  tryParseQuantity,
  wholeUnits,
} from './quantity.ts'
export type { FieldMatcher, FieldRequirement, LabelMatcher, LabelOperator, LabelRequirement, LabelSelector } from './selector.ts'
export { compileLabelSelector, everything, nothing, parseFieldSelector, parseLabelSelector, readField, SelectorError } from './selector.ts'
export { decodeProtobuf, isProtobuf } from './protobuf/decode-object.ts'
export { encodeProtobuf, hasProtobufForm } from './protobuf/encode-object.ts'
export { ProtobufError } from './protobuf/wire.ts'
