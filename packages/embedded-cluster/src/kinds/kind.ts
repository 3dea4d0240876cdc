import type { KubeObject, TypeSchema } from '@plimsoll/kube'
import type { KindDefinition } from '../api-server/kind-registry.ts'

/** One kind at one version, with what the API server's contract does not name. */
export interface Kind extends KindDefinition {
  schema?: TypeSchema
  /**
   * The first wrong type in an object, as Go's decoder words it; a real API server answers 400 with
   * `KIND in version "V" cannot be handled as a KIND: …`. `validate` tells the same as FieldValueTypeInvalid.
   */
  typeProblem(object: KubeObject): string | undefined
  /** `openAPIV3Schema` of a custom resource. */
  openApiSchema?: Readonly<Record<string, unknown>>
  /** Where the objects really are: Events of events.k8s.io live with those of core. `convert` knows both apiVersions. */
  sharedStorage?: { group: string; version: string; plural: string }
}
