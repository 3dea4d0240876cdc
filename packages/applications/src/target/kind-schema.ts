import { compileStructuralSchema, type KubeObject, splitApiVersion, type TypeSchema, typeSchemaFor } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import { listAt, textAt } from '../json.ts'

const compiled = new WeakMap<KubeObject, Map<string, TypeSchema | undefined>>()

/** The schema of a kind: of the platform's own, or as its definition in the cluster has it. Undefined where nobody says. */
export function schemaIn(cluster: TargetCluster, apiVersion: string, kind: string): TypeSchema | undefined {
  const { group, version } = splitApiVersion(apiVersion)
  const builtIn = typeSchemaFor({ group, version, kind })
  if (builtIn) return builtIn
  const plural = cluster.cache.typeOf(apiVersion, kind)?.plural
  const name = `${plural ?? ''}.${group}`
  const definition = cluster.cache.get({ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name })
  if (!definition) return undefined
  let versions = compiled.get(definition)
  if (!versions) compiled.set(definition, (versions = new Map()))
  if (!versions.has(version)) versions.set(version, schemaOfVersion(definition, version))
  return versions.get(version)
}

function schemaOfVersion(definition: KubeObject, version: string): TypeSchema | undefined {
  const found = listAt(definition, 'spec', 'versions').find((item) => textAt(item, 'name') === version)
  try {
    return compileStructuralSchema((found as { schema?: { openAPIV3Schema?: unknown } } | undefined)?.schema?.openAPIV3Schema)
  } catch {
    // Deeper than any schema may be: the kind is compared as if it had none.
    return undefined
  }
}
