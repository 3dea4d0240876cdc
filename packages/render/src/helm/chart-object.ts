import { GoStruct, type GoValue, type GoMap, nilList, typedList, type TypedList, TypedMap } from '../go/value.ts'
import { formatValue } from '../go/format.ts'
import { writeJson } from '../yaml/index.ts'
import type { ChartDependency, ChartMetadata } from './metadata.ts'

/** `.Chart`: in Helm 3 a struct, in which an unknown name is an error; in Helm 4 a map of everything in it. */
export function chartObject(metadata: ChartMetadata, isRoot: boolean, version: '3' | '4'): GoValue {
  return version === '3' ? chartStruct(metadata, isRoot) : chartMap(metadata, isRoot)
}

function chartStruct(metadata: ChartMetadata, isRoot: boolean): GoStruct {
  const fields = structFields(metadata)
  const inner = new GoStruct('chart.Metadata', { fields, json: () => jsonText(metadata) })
  return new GoStruct('struct { chart.Metadata; IsRoot bool }', {
    // Fields of the embedded struct are there under their own names too.
    fields: [['Metadata', inner], ...fields, ['IsRoot', isRoot]],
    text: () => `{${formatValue(inner)} ${isRoot}}`,
    json: () => `${jsonText(metadata).slice(0, -1)},"IsRoot":${isRoot}}`,
  })
}

function structFields(metadata: ChartMetadata): [string, GoValue][] {
  return [
    ['Name', metadata.name],
    ['Home', metadata.home],
    ['Sources', textList(metadata.sources)],
    ['Version', metadata.version],
    ['Description', metadata.description],
    ['Keywords', textList(metadata.keywords)],
    ['Maintainers', listOrNil('*chart.Maintainer', metadata.maintainers.map(maintainerStruct))],
    ['Icon', metadata.icon],
    ['APIVersion', metadata.apiVersion],
    ['Condition', metadata.condition],
    ['Tags', metadata.tags],
    ['AppVersion', metadata.appVersion],
    ['Deprecated', metadata.deprecated],
    ['Annotations', annotationsMap(metadata)],
    ['KubeVersion', metadata.kubeVersion],
    ['Dependencies', listOrNil('*chart.Dependency', (metadata.dependencies ?? []).map(dependencyStruct))],
    ['Type', metadata.type],
  ]
}

function maintainerStruct({ name, email, url }: ChartMetadata['maintainers'][number]): GoStruct {
  const fields: [string, GoValue][] = [
    ['Name', name],
    ['Email', email],
    ['URL', url],
  ]
  return new GoStruct('*chart.Maintainer', { kind: 'ptr', fields, json: () => omitEmpty({ name, email, url }) })
}

function dependencyFields(dependency: ChartDependency): [string, GoValue][] {
  return [
    ['Name', dependency.name],
    ['Version', dependency.version],
    ['Repository', dependency.repository],
    ['Condition', dependency.condition],
    ['Tags', textList(dependency.tags)],
    ['Enabled', dependency.enabled],
    ['ImportValues', [...dependency.importValues]],
    ['Alias', dependency.alias],
  ]
}

function dependencyStruct(dependency: ChartDependency): GoStruct {
  return new GoStruct('*chart.Dependency', {
    kind: 'ptr',
    fields: dependencyFields(dependency),
    json: () => dependencyJson(dependency),
  })
}

function textList(texts: readonly string[]): TypedList {
  return listOrNil('string', texts)
}

/** A list that Chart.yaml does not have is nil, and null in JSON. */
function listOrNil(elementType: string, items: readonly GoValue[]): TypedList {
  return items.length === 0 ? nilList(elementType) : typedList(elementType, items)
}

function annotationsMap(metadata: ChartMetadata): TypedMap {
  return new TypedMap('map[string]string', {
    elementType: 'string',
    entries: metadata.annotations ?? [],
    isNil: metadata.annotations === undefined,
  })
}

/** Helm 4's `structToMap`: names of Go's fields, lists of `interface {}`, structs as maps. */
function chartMap(metadata: ChartMetadata, isRoot: boolean): GoMap {
  const map: GoMap = new Map(structFields(metadata))
  map.set('Sources', [...metadata.sources])
  map.set('Keywords', [...metadata.keywords])
  map.set(
    'Maintainers',
    metadata.maintainers.map(({ name, email, url }) => new Map(Object.entries({ Name: name, Email: email, URL: url }))),
  )
  map.set(
    'Dependencies',
    (metadata.dependencies ?? []).map((dependency) => {
      const entry: GoMap = new Map(dependencyFields(dependency))
      entry.set('Tags', [...dependency.tags])
      return entry
    }),
  )
  map.set('IsRoot', isRoot)
  return map
}

function jsonText(metadata: ChartMetadata): string {
  const { annotations, dependencies, maintainers } = metadata
  return omitEmpty({
    name: metadata.name,
    home: metadata.home,
    sources: metadata.sources,
    version: metadata.version,
    description: metadata.description,
    keywords: metadata.keywords,
    maintainers: maintainers.map(maintainerStruct),
    icon: metadata.icon,
    apiVersion: metadata.apiVersion,
    condition: metadata.condition,
    tags: metadata.tags,
    appVersion: metadata.appVersion,
    deprecated: metadata.deprecated,
    annotations: annotations === undefined || annotations.size === 0 ? '' : annotationsMap(metadata),
    kubeVersion: metadata.kubeVersion,
    dependencies: (dependencies ?? []).map(dependencyStruct),
    type: metadata.type,
  })
}

function dependencyJson(dependency: ChartDependency): string {
  const { name, repository } = dependency
  const rest = omitEmpty({
    condition: dependency.condition,
    tags: dependency.tags,
    enabled: dependency.enabled,
    'import-values': dependency.importValues,
    alias: dependency.alias,
  })
  const start = `{"name":${json(name)}${dependency.version === '' ? '' : `,"version":${json(dependency.version)}`},"repository":${json(repository)}`
  return rest === '{}' ? `${start}}` : `${start},${rest.slice(1)}`
}

/** An object of encoding/json in the order of the struct, without what is `omitempty` and empty. */
function omitEmpty(fields: Record<string, GoValue | readonly GoValue[]>): string {
  const kept = Object.entries(fields).filter(
    ([, value]) => value !== '' && value !== false && !(Array.isArray(value) && value.length === 0),
  )
  return `{${kept.map(([name, value]) => `"${name}":${json(value)}`).join(',')}}`
}

function json(value: GoValue | readonly GoValue[]): string {
  return writeJson(value as GoValue, { escapeHtml: true })
}
