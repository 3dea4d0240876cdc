import type { KubeObject, ResourceType, TypeSchema } from '@plimsoll/kube'

/**
 * What the API server knows about kinds. It stores, versions, merges and streams objects without knowing any of them;
 * everything that belongs to a kind (defaults, validation, columns, schema) comes through here. Implemented in `src/kinds`.
 *
 * Objects that are handed over as `object` are the API server's own private copy and may be changed in place;
 * those called `old` are shared and frozen. No function here throws for bad input: problems are returned.
 */
export interface KindRegistry {
  /** Every built-in kind, one entry per served version, preferred version first within a group. */
  builtIns(): KindDefinition[]
  /**
   * One entry per served version of a CustomResourceDefinition, the storage version's entry included even when unserved (`isServed: false`).
   * `problems` when its schema cannot be used: the kind is not served and the text goes to condition `NonStructuralSchema`.
   */
  fromCustomResourceDefinition(crd: KubeObject): { definitions: KindDefinition[]; problems: string[] }
  /** OpenAPI v3 document of one group version, with everything that kubectl explain, apply and client-side validation need. */
  openApiV3(group: string, version: string, definitions: readonly KindDefinition[]): Record<string, unknown>
  /** Swagger 2 document over all kinds, for clients before 1.27. */
  openApiV2(definitions: readonly KindDefinition[]): Record<string, unknown>
}

/** One kind at one version. */
export interface KindDefinition {
  type: ResourceType
  /** `DeploymentList`. */
  listKind: string
  /** All versions of one resource share one store; objects are kept at this version. */
  storageVersion: string
  /** Where the objects really are, when another resource keeps them; `convert` is then asked for whole apiVersions, in both directions. */
  sharedStorage?: { group: string; version: string; plural: string }
  /** False for a version that is stored but not served. Absent means served. */
  isServed?: boolean
  /** True for kinds that come from a CustomResourceDefinition. */
  isCustom: boolean
  /** Answered but never stored: reviews and the like. Such kinds have only `create`. */
  isVirtual?: boolean

  /** Schema for server-side apply and strategic merge, in the form of packages/kube. Undefined: deduced, as for a schemaless custom resource. */
  schema?: TypeSchema
  /** False for custom resources: strategic merge patch is then answered with 415. */
  supportsStrategicMerge: boolean

  /** Another version of the same resource, in place at the top; what is below is shared with a stored object. Absent: only `apiVersion` changes. */
  convert?(object: KubeObject, toVersion: string): void

  /**
   * Unknown and duplicate fields by path, in the words of a real API server (`unknown field "spec.replica"`). Removes (prunes) them from `object`.
   * The server turns them into a 400, a Warning header or nothing, by `fieldValidation`.
   */
  prune(object: KubeObject): string[]
  /** The first value of a wrong type, in the words of Go's decoder: a 400. Asked after `prune`, before anything else reads the object. */
  typeProblem?(object: KubeObject): string | undefined
  /** Fills in what was left out, in place. Runs on every create and update, and must be idempotent. */
  applyDefaults(object: KubeObject): void
  /** Before validation on create: clear `status` where it is not the user's, allocate what the kind needs (a Service's clusterIP, a Pod's qosClass). */
  prepareForCreate?(object: KubeObject, context: AdmissionContext): void
  /** Before validation on update of the main resource: keep what may not be set through it. `metadata` and, with a status subresource, `status` are already kept by the server. */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: AdmissionContext): void
  /** `old` is set on update. `subresource` is 'status' when only status may have changed. */
  validate(object: KubeObject, old: KubeObject | undefined, subresource: '' | 'status' | 'scale'): FieldProblem[]
  /** Text of a Warning header that comes with every answer: this version of the kind is deprecated. */
  deprecation?: string
  /** Texts for Warning headers with what is written (deprecated fields). */
  warnings?(object: KubeObject, old: KubeObject | undefined): string[]
  /**
   * True when the main resource's change bumps `metadata.generation`. Absent: generation starts at 1 and is bumped when anything but
   * `metadata` and `status` changed. `'none'` for kinds that carry no generation (ConfigMap, Secret, …).
   */
  generation?: 'spec' | 'none'

  hasStatus: boolean
  scale?: ScalePaths

  columns: TableColumn[]
  /** One cell per column. */
  cells(object: KubeObject, now: number): unknown[]
  /** Values for field selectors beyond metadata.name and metadata.namespace, which every kind has. */
  selectableFields?: SelectableField[]
}

/** What a strategy may look at. Reads are of committed state. */
export interface AdmissionContext {
  now: number
  /** Any stored object of a built-in kind, by plural (`services`) and group. */
  find(group: string, plural: string, namespace: string, name: string): KubeObject | undefined
  list(group: string, plural: string, namespace?: string): KubeObject[]
}

export interface FieldProblem {
  /** `spec.replicas`, `spec.containers[0].name`. */
  field: string
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound'
  /** Complete, without the path: `Invalid value: -1: must be greater than or equal to 0`. */
  message: string
}

/** JSON paths with dots: `spec.replicas`. */
export interface ScalePaths {
  specReplicas: string
  statusReplicas: string
  /** To a string, or to a LabelSelector object, which is then written as a string. */
  labelSelector?: string
}

/** As meta/v1 TableColumnDefinition. `priority` above 0 is shown with `-o wide` only. */
export interface TableColumn {
  name: string
  type: string
  format: string
  description: string
  priority: number
}

export interface SelectableField {
  path: string
  /** '' when unset. */
  valueOf(object: KubeObject): string
}
