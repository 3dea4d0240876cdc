import { typeSchemaNamed } from '@plimsoll/kube'
import type { Kind } from '../kind.ts'
import { addKind, referenceTo } from './kind-definitions.ts'
import { pathsOf } from './kind-paths.ts'
import { addType, type Definitions, openApi3 } from './type-definitions.ts'

/** Types that any client may ask a document for. */
const shared = ['M.apis.meta.v1.DeleteOptions', 'M.apis.meta.v1.Status', 'M.apis.meta.v1.Patch', 'M.apis.meta.v1.WatchEvent']

/** `/openapi/v3/apis/GROUP/VERSION`. Without descriptions: the sentences belong to Kubernetes. */
export function openApiV3(group: string, version: string, kinds: readonly Kind[]): Record<string, unknown> {
  const schemas: Definitions = {}
  const paths: Record<string, unknown> = {}
  const own = kinds.filter((kind) => kind.type.group === group && kind.type.version === version)
  for (const kind of own) addKind(kind, schemas, openApi3)
  for (const name of shared) {
    const type = typeSchemaNamed(name)
    if (type !== undefined) addType(type, schemas, openApi3)
  }
  for (const kind of own) {
    Object.assign(
      paths,
      pathsOf(kind, (gvk) => referenceTo(gvk, schemas, openApi3), 3),
    )
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: {
      schemas,
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    },
  }
}
