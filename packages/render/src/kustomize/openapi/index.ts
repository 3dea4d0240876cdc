export { loadCrdReferences, type CrdConfiguration } from './crd-configuration.ts'
export { OpenApi, builtInVersion } from './open-api.ts'
export type { PatchSchema, SchemaSource } from './patch-schema.ts'
