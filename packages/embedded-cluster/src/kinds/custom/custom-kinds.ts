import { compileStructuralSchema, joinApiVersion, type KubeObject } from '@plimsoll/kube'
import type { FieldProblem, SelectableField } from '../../api-server/kind-registry.ts'
import { Problems } from '../field-problem.ts'
import type { Kind } from '../kind.ts'
import { checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, textOf } from '../reading.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation/object-meta.ts'
import { defaultObject } from './default-value.ts'
import { findAll, parseJsonPath } from './json-path.ts'
import { customTable } from './printer-columns.ts'
import { pruneObject } from './prune-value.ts'
import { readStructural, type Structural } from './structural.ts'
import { validateCustomObject } from './validate-value.ts'

const readWrite = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

/** The kinds of a CustomResourceDefinition, one per version. `problems` are texts, for its condition NonStructuralSchema. */
export function customKinds(crd: KubeObject): { definitions: Kind[]; problems: string[] } {
  const spec = fieldsOrEmpty(crd['spec'])
  const names = fieldsOrEmpty(spec['names'])
  const versions = listOf(spec['versions']).map(fieldsOrEmpty)
  const storageVersion = textOf(versions.find((version) => version['storage'] === true)?.['name'])
  const problems = new Problems()
  const read = sortVersions(versions).map((version) => {
    const field = `spec.versions[${versions.indexOf(version)}].schema.openAPIV3Schema`
    return { version, schema: readStructural(fieldsOrEmpty(version['schema'])['openAPIV3Schema'], field, problems) }
  })
  if (problems.list.length > 0) return { definitions: [], problems: problems.list.map((each) => `${each.field}: ${each.message}`) }
  return { definitions: read.map(({ version, schema }) => customKind(spec, names, version, schema, storageVersion)), problems: [] }
}

function customKind(spec: Fields, names: Fields, version: Fields, schema: Structural, storageVersion: string): Kind {
  const subresources = fieldsOrEmpty(version['subresources'])
  const scale = fieldsOf(subresources['scale'])
  const hasStatus = fieldsOf(subresources['status']) !== undefined
  const table = customTable(version['additionalPrinterColumns'])
  const group = textOf(spec['group'])
  const name = textOf(version['name'])
  const isNamespaced = spec['scope'] === 'Namespaced'
  const kind = textOf(names['kind'])
  return {
    type: {
      group,
      version: name,
      kind,
      plural: textOf(names['plural']),
      singular: textOf(names['singular']) || kind.toLowerCase(),
      ...(listOf(names['shortNames']).length > 0 ? { shortNames: listOf(names['shortNames']).map(textOf) } : {}),
      ...(listOf(names['categories']).length > 0 ? { categories: listOf(names['categories']).map(textOf) } : {}),
      namespaced: isNamespaced,
      verbs: readWrite,
      subresources: [...(hasStatus ? ['status'] : []), ...(scale === undefined ? [] : ['scale'])],
    },
    listKind: textOf(names['listKind']) || `${kind}List`,
    storageVersion,
    isServed: version['served'] === true,
    isCustom: true,
    schema: compileStructuralSchema(schema.raw),
    openApiSchema: schema.raw,
    supportsStrategicMerge: false,
    convert(object, toVersion) {
      // Strategy None: a version is a name. Webhook conversion is not there; such objects keep their fields as they are.
      object.apiVersion = joinApiVersion(group, toVersion)
    },
    prune: (object) => pruneObject(object, schema),
    typeProblem: () => undefined,
    applyDefaults: (object) => defaultObject(object, schema),
    validate(object, old, subresource) {
      const problems = new Problems()
      validateObjectMeta(object, isNamespaced, checkSubdomain, problems)
      if (old !== undefined) validateObjectMetaUpdate(object, old, problems)
      validateCustomObject(object, old, schema, problems)
      // What the schema says of spec must not keep a controller from writing status.
      return subresource === 'status' ? problems.list.filter((problem) => !isSpec(problem)) : problems.list
    },
    ...deprecationOf(version, joinApiVersion(group, name), kind),
    hasStatus,
    ...(scale === undefined ? {} : { scale: scalePaths(scale) }),
    columns: table.columns,
    cells: (object, now) => table.cells(object, now),
    selectableFields: selectableFields(version),
  }
}

function isSpec(problem: FieldProblem): boolean {
  return problem.field === 'spec' || problem.field.startsWith('spec.') || problem.field.startsWith('spec[')
}

function deprecationOf(version: Fields, apiVersion: string, kind: string): { deprecation?: string } {
  if (version['deprecated'] !== true) return {}
  return { deprecation: textOf(version['deprecationWarning']) || `${apiVersion} ${kind} is deprecated` }
}

function scalePaths(scale: Fields): NonNullable<Kind['scale']> {
  const withoutDot = (path: unknown): string => textOf(path).replace(/^\./, '')
  const labelSelector = withoutDot(scale['labelSelectorPath'])
  return {
    specReplicas: withoutDot(scale['specReplicasPath']),
    statusReplicas: withoutDot(scale['statusReplicasPath']),
    ...(labelSelector === '' ? {} : { labelSelector }),
  }
}

function selectableFields(version: Fields): SelectableField[] {
  return listOf(version['selectableFields']).flatMap((item) => {
    const path = textOf(fieldsOrEmpty(item)['jsonPath'])
    const parsed = parseJsonPath(path)
    if (typeof parsed === 'string') return []
    return [
      {
        path: path.replace(/^\./, ''),
        valueOf: (object: KubeObject) => {
          const value = findAll(object, parsed)[0]
          return value === undefined || value === null || typeof value === 'object' ? '' : String(value as string | number | boolean)
        },
      },
    ]
  })
}

/** v2 before v1, v1 before v1beta2, beta before alpha, anything else last by name: Kubernetes' version priority. */
function sortVersions(versions: readonly Fields[]): Fields[] {
  return [...versions].sort((a, b) => compareVersions(textOf(a['name']), textOf(b['name'])))
}

export function compareVersions(a: string, b: string): number {
  const left = readVersion(a)
  const right = readVersion(b)
  if (left === undefined || right === undefined) {
    if (left === undefined && right === undefined) return a < b ? -1 : a > b ? 1 : 0
    return left === undefined ? 1 : -1
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor
}

function readVersion(version: string): { stage: number; major: number; minor: number } | undefined {
  const match = /^v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?$/.exec(version)
  if (match === null) return undefined
  const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0
  return { stage, major: Number(match[1]), minor: Number(match[3] ?? 0) }
}
