import type { Kind } from '../kind.ts'
import { addKind, referenceTo } from './kind-definitions.ts'
import { pathsOf } from './kind-paths.ts'
import { type Definitions, swagger2 } from './type-definitions.ts'

/** `/openapi/v2`: one Swagger 2 document over everything that is served. */
export function openApiV2(kinds: readonly Kind[]): Record<string, unknown> {
  const definitions: Definitions = {}
  const paths: Record<string, unknown> = {}
  for (const kind of kinds) addKind(kind, definitions, swagger2)
  for (const kind of kinds) {
    Object.assign(
      paths,
      pathsOf(kind, (gvk) => referenceTo(gvk, definitions, swagger2), 2),
    )
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    definitions,
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  }
}
