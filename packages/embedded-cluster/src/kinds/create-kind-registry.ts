import type { KindRegistry } from '../api-server/kind-registry.ts'
import { builtInKinds } from './built-in-kinds.ts'
import { customKinds } from './custom/custom-kinds.ts'
import type { Kind } from './kind.ts'
import { openApiV2 } from './openapi/openapi-v2.ts'
import { openApiV3 } from './openapi/openapi-v3.ts'

/** Everything the API server knows about kinds. One per cluster: it remembers addresses that are being handed out. */
export function createKindRegistry(): KindRegistry {
  const builtIns = builtInKinds()
  return {
    builtIns: () => builtIns,
    fromCustomResourceDefinition: customKinds,
    openApiV3: (group, version, definitions) => openApiV3(group, version, definitions as readonly Kind[]),
    openApiV2: (definitions) => openApiV2(definitions as readonly Kind[]),
  }
}
