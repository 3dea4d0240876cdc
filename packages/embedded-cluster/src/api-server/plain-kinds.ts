import { typeSchemaFor, type KubeObject } from '@plimsoll/kube'
import { builtInTypes } from '../kinds/built-in-types.ts'
import type { KindDefinition, KindRegistry } from './kind-registry.ts'

function schemaOf(type: Parameters<typeof typeSchemaFor>[0]): Pick<KindDefinition, 'schema'> {
  const schema = typeSchemaFor(type)
  return schema === undefined ? {} : { schema }
}

/** Provisional registry until `src/kinds` has its own. */
export function plainKinds(): KindRegistry {
  const definitions: KindDefinition[] = builtInTypes.map((type) => ({
    type,
    listKind: `${type.kind}List`,
    storageVersion: type.version,
    isCustom: false,
    isVirtual: type.isVirtual,
    supportsStrategicMerge: true,
    ...schemaOf(type),
    prune: () => [],
    applyDefaults: () => undefined,
    ...(type.kind === 'Namespace'
      ? {
          prepareForCreate: (object: KubeObject) => {
            object['spec'] = { finalizers: ['kubernetes'] }
            object['status'] = { phase: 'Active' }
          },
        }
      : {}),
    validate: () => [],
    generation: type.hasGeneration ? 'spec' : 'none',
    hasStatus: type.hasStatus,
    columns: [],
    cells: () => [],
  }))
  return {
    builtIns: () => definitions,
    fromCustomResourceDefinition: () => ({ definitions: [], problems: ['not yet'] }),
    openApiV3: () => ({}),
    openApiV2: () => ({}),
  }
}
