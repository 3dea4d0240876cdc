import { joinApiVersion } from '@plimsoll/kube'
import { subresourceKinds } from '../built-in-types.ts'
import type { Kind } from '../kind.ts'

interface Gvk {
  group: string
  version: string
  kind: string
}

/**
 * Paths of one kind with their operations. Clients read from them what a kind can do: kubectl looks for `fieldValidation`
 * and `dryRun` among the parameters of PATCH.
 */
export function pathsOf(kind: Kind, ref: (gvk: Gvk) => Record<string, unknown> | undefined, version: 2 | 3): Record<string, unknown> {
  const { type } = kind
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const collection = `${root}/${type.namespaced ? 'namespaces/{namespace}/' : ''}${type.plural}`
  const gvk: Gvk = { group: type.group, version: type.version, kind: type.kind }
  const has = (verb: string): boolean => type.verbs.includes(verb)
  const paths: Record<string, unknown> = {}
  const parameters = type.namespaced ? [pathParameter('namespace', version)] : []
  const item = [pathParameter('name', version), ...parameters]
  const operation = (action: string, verb: string, of: Gvk = gvk): Record<string, unknown> => ({
    tags: [joinApiVersion(type.group, type.version).replaceAll(/[./]/g, '_') || 'core_v1'],
    operationId: `${verb}${type.kind}${of.kind === type.kind ? '' : of.kind}${action}`,
    parameters: queryParameters(action, version),
    responses: { '200': response(ref(of), version), '401': { description: 'Unauthorized' } },
    ...body(action, ref(of), version, kind.supportsStrategicMerge ? patchTypes : patchTypes.filter((one) => one !== strategic)),
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': of,
  })
  paths[collection] = {
    ...(has('list') ? { get: operation('list', 'list') } : {}),
    ...(has('create') ? { post: operation('post', 'create') } : {}),
    ...(has('deletecollection') ? { delete: operation('deletecollection', 'deleteCollection') } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
  }
  if (type.namespaced && has('list')) paths[`${root}/${type.plural}`] = { get: operation('list', 'listAll') }
  if (has('get')) {
    paths[`${collection}/{name}`] = {
      get: operation('get', 'read'),
      ...(has('update') ? { put: operation('put', 'replace') } : {}),
      ...(has('delete') ? { delete: operation('delete', 'delete') } : {}),
      ...(has('patch') ? { patch: operation('patch', 'patch') } : {}),
      parameters: item,
    }
  }
  for (const subresource of type.subresources) {
    const other = subresourceKinds.get(`${type.plural}/${subresource}`) ?? subresourceKinds.get(`*/${subresource}`)
    const of: Gvk = other === undefined ? gvk : { group: other.group, version: other.version, kind: other.kind }
    const verbs = other?.verbs ?? ['get', 'patch', 'update']
    paths[`${collection}/{name}/${subresource}`] = {
      ...(verbs.includes('get') ? { get: operation('get', `read${capital(subresource)}`, of) } : {}),
      ...(verbs.includes('create') ? { post: operation('post', `create${capital(subresource)}`, of) } : {}),
      ...(verbs.includes('update') ? { put: operation('put', `replace${capital(subresource)}`, of) } : {}),
      ...(verbs.includes('patch') ? { patch: operation('patch', `patch${capital(subresource)}`, of) } : {}),
      parameters: item,
    }
  }
  return paths
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function parameter(name: string, type: string, where: 'query' | 'path', version: 2 | 3): Record<string, unknown> {
  const required = where === 'path' ? { required: true } : {}
  return version === 3
    ? { name, in: where, ...required, schema: { type, uniqueItems: true } }
    : { name, in: where, ...required, type, uniqueItems: true }
}

function pathParameter(name: string, version: 2 | 3): Record<string, unknown> {
  return parameter(name, 'string', 'path', version)
}

const writeParameters: readonly [string, string][] = [
  ['pretty', 'string'],
  ['dryRun', 'string'],
  ['fieldManager', 'string'],
  ['fieldValidation', 'string'],
]
const listParameters: readonly [string, string][] = [
  ['pretty', 'string'],
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['resourceVersion', 'string'],
  ['resourceVersionMatch', 'string'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
]
const deleteParameters: readonly [string, string][] = [
  ['pretty', 'string'],
  ['dryRun', 'string'],
  ['gracePeriodSeconds', 'integer'],
  ['propagationPolicy', 'string'],
]

function queryParameters(action: string, version: 2 | 3): unknown[] {
  const names =
    action === 'list'
      ? listParameters
      : action === 'post' || action === 'put'
        ? writeParameters
        : action === 'patch'
          ? [...writeParameters, ['force', 'boolean'] as const]
          : action === 'get'
            ? writeParameters.slice(0, 1)
            : deleteParameters
  return names.map(([name, type]) => parameter(name, type, 'query', version))
}

const strategic = 'application/strategic-merge-patch+json'
/** kubectl sends the last of them to every kind that names it. */
const patchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', strategic]

function response(schema: Record<string, unknown> | undefined, version: 2 | 3): Record<string, unknown> {
  if (schema === undefined) return { description: 'OK' }
  return version === 3 ? { description: 'OK', content: { 'application/json': { schema } } } : { description: 'OK', schema }
}

function body(
  action: string,
  schema: Record<string, unknown> | undefined,
  version: 2 | 3,
  patches: readonly string[],
): Record<string, unknown> {
  if (version === 2) return action === 'patch' ? { consumes: patches } : {}
  if (action === 'post' || action === 'put') {
    return { requestBody: { required: true, content: { '*/*': { schema: schema ?? {} } } } }
  }
  if (action !== 'patch') return {}
  return { requestBody: { required: true, content: Object.fromEntries(patches.map((type) => [type, { schema: { type: 'object' } }])) } }
}
