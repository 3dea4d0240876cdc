#!/usr/bin/env node
// Makes packages/kube/src/schema/kubernetes-facts.ndjson: names, types, list and map kinds, patch keys and protobuf numbers
// of the types that a cluster serves. No prose is taken over.
//
//   node scripts/extract-kubernetes-facts.mjs swagger.json internal.go DIRECTORY-OR-FILE.proto… > …/kubernetes-facts.ndjson
//
// swagger.json is a cluster's OpenAPI v2 (`kubectl get --raw /openapi/v2`), internal.go is client-go's
// applyconfigurations/internal/internal.go (the only source for the defaults of list-map keys and for fields that are
// atomic by Go tag), the .proto files are the generated.proto of k8s.io/api, apimachinery and apiextensions-apiserver.
// Where types*.go stand beside them, they tell which zeros the JSON form keeps: the wire has them all.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { load } from 'js-yaml'

const [swaggerPath, internalPath, ...protoPaths] = process.argv.slice(2)
if (!swaggerPath || !internalPath || protoPaths.length === 0) {
  process.stderr.write('Usage: extract-kubernetes-facts.mjs SWAGGER INTERNAL_GO PROTO_FILE_OR_DIRECTORY…\n')
  process.exit(2)
}

// Groups that are kept. Alpha and beta versions and dynamic resource allocation are left out: nobody serves them here.
const groups =
  'core apps batch autoscaling networking policy rbac storage coordination discovery events admissionregistration scheduling node certificates flowcontrol authorization authentication'
const KEPT = groups.split(' ').map((group) => new RegExp(`^io\\.k8s\\.api\\.${group}\\.v\\d+\\.`))
KEPT.push(
  /^io\.k8s\.apiextensions-apiserver\.pkg\.apis\.apiextensions\.v1\./,
  /^io\.k8s\.kube-aggregator\.pkg\.apis\.apiregistration\.v1\./,
)
KEPT.push(/^io\.k8s\.apimachinery\./)

const swagger = JSON.parse(readFileSync(swaggerPath, 'utf8')).definitions
const structured = readStructuredTypes(readFileSync(internalPath, 'utf8'))
const messages = readMessages(protoPaths)
const keptZeros = readKeptZeros(protoPaths)

/** Type name → `{ list fields }`; filled as types are reached. */
const types = new Map()
const kinds = {}
const waiting = []

for (const [name, definition] of Object.entries(swagger)) {
  if (!KEPT.some((pattern) => pattern.test(name))) continue
  want(name)
  const served = definition['x-kubernetes-group-version-kind'] ?? []
  // DeleteOptions and WatchEvent are said to belong to every group; they are looked up by their own name.
  if (served.length > 3) continue
  for (const { group, version, kind } of served) kinds[`${group === '' ? version : `${group}/${version}`}/${kind}`] = short(name)
}
// Sent as protobuf by metadata clients, not in the swagger.
for (const name of ['PartialObjectMetadata', 'PartialObjectMetadataList', 'CreateOptions', 'UpdateOptions', 'PatchOptions']) {
  want(`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`)
}
while (waiting.length > 0) describe(waiting.pop())

// One JSON value a line: the kinds, then each type by itself, so that a reader parses only what it needs.
const lines = [...types.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, fact]) => JSON.stringify([short(name), fact]))
process.stdout.write(`${[JSON.stringify(kinds), ...lines].join('\n')}\n`)

/** `io.k8s.api.core.v1.Pod` → `core.v1.Pod`; the others keep a letter for their home. */
function short(name) {
  return name
    .replace(/^io\.k8s\.api\./, '')
    .replace(/^io\.k8s\.apimachinery\.pkg\./, 'M.')
    .replace(/^io\.k8s\.apiextensions-apiserver\.pkg\.apis\./, 'X.')
    .replace(/^io\.k8s\.kube-aggregator\.pkg\.apis\./, 'A.')
}

function want(name) {
  if (types.has(name)) return
  types.set(name, undefined)
  waiting.push(name)
}

function describe(name) {
  const definition = swagger[name]
  const message = messages.get(name)
  if (definition && !definition.properties) {
    types.set(name, {
      leaf: definition.format ?? definition.type ?? 'any',
      ...(message ? { fields: messageFields(message, undefined) } : {}),
    })
    return
  }
  const properties = definition?.properties ?? {}
  const fields = messageFields(message, definition ? properties : undefined)
  for (const [property, schema] of Object.entries(properties)) {
    const extras = extrasOf(name, property, schema, definition)
    const entry = [property, typeOf(schema), message?.find((field) => isSameName(field.json, property))?.number ?? 0]
    if (Object.keys(extras).length > 0) entry.push(extras)
    fields.push(entry)
  }
  types.set(name, {
    ...(definition?.['x-kubernetes-map-type'] === 'atomic' ? { atomic: 1 } : {}),
    ...(definition ? {} : { wireOnly: 1 }),
    fields,
  })
}

/**
 * What only the wire has: embedded structs, whose fields the JSON form has in the place of the struct (name ''). Where
 * there is no JSON form at all, everything. Other fields that the JSON form does not know are newer than it: left out.
 */
function messageFields(message, properties) {
  const found = []
  for (const field of message ?? []) {
    if (properties !== undefined) {
      const names = Object.keys(properties)
      if (names.some((name) => isSameName(field.json, name))) continue
      const inner = field.reference === undefined ? undefined : messages.get(field.reference)
      if (!field.type.startsWith('@') || !inner?.some((one) => names.some((name) => isSameName(one.json, name)) || isEmbedding(one, names)))
        continue
    }
    found.push([properties === undefined ? field.json : '', field.type, field.number])
    if (field.reference) want(field.reference)
  }
  return found
}

function isEmbedding(field, names) {
  return (
    field.reference !== undefined &&
    (messages.get(field.reference)?.some((one) => names.some((name) => isSameName(one.json, name))) ?? false)
  )
}

/** Proto names are Go names with a small first letter: `aPIGroup`, `xKubernetesListType`, `ref` for `$ref`. */
function isSameName(wire, json) {
  return wire.toLowerCase() === json.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.slice('#/definitions/'.length)
    want(name)
    return `@${short(name)}`
  }
  if (schema.type === 'array') return `[]${typeOf(schema.items)}`
  if (schema.type === 'object') return schema.additionalProperties ? `{}${typeOf(schema.additionalProperties)}` : 'any'
  if (schema.type === 'integer') return schema.format ?? 'int64'
  if (schema.type === 'number') return 'double'
  if (schema.type === 'boolean') return 'bool'
  if (schema.type === 'string') return schema.format === 'byte' ? 'bytes' : 'string'
  return 'any'
}

function extrasOf(name, property, schema, definition) {
  const extras = {}
  if (definition.required?.includes(property)) extras.required = 1
  const listType = schema['x-kubernetes-list-type']
  if (listType) extras.list = listType
  if (schema['x-kubernetes-list-map-keys']) extras.keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-map-type'] === 'atomic') extras.atomic = 1
  if (schema['x-kubernetes-patch-strategy']) extras.strategy = schema['x-kubernetes-patch-strategy']
  if (schema['x-kubernetes-patch-merge-key']) extras.mergeKey = schema['x-kubernetes-patch-merge-key']
  const field = structured.get(name)?.fields.get(property)
  // Only a default of a list-map key changes a merge; the others are the server's business.
  if (field && structured.get(name).isListItem.has(property) && field.default !== undefined) extras.default = field.default
  if (!extras.required && keptZeros.has(`${name} ${property}`) && /^(string|bool|int32|int64|double|bytes)$/.test(typeOf(schema)))
    extras.zero = 1
  // A struct by value: the API writes it even when it is empty.
  if (field?.default !== undefined && JSON.stringify(field.default) === '{}') extras.struct = 1
  if (field?.relation === 'atomic' && !extras.atomic && schema.$ref) extras.atomic = 1
  // A field may refer to a type that is atomic elsewhere, and be granular itself.
  if (field?.relation === 'separable' && schema.$ref) extras.atomic = 0
  return extras
}

function readStructuredTypes(go) {
  const start = go.indexOf('typed.YAMLObject(`') + 'typed.YAMLObject(`'.length
  const list = load(go.slice(start, go.indexOf('`', start))).types
  const found = new Map()
  for (const type of list) {
    const fields = new Map(
      (type.map?.fields ?? []).map((field) => [field.name, { default: field.default, relation: field.type.elementRelationship }]),
    )
    found.set(type.name, { fields, isListItem: new Set() })
  }
  for (const type of list) {
    for (const field of type.map?.fields ?? []) {
      for (const key of field.type.list?.keys ?? []) found.get(field.type.list.elementType.namedType)?.isListItem.add(key)
    }
  }
  return found
}

function readMessages(paths) {
  const found = new Map()
  for (const path of paths.flatMap(protoFiles)) {
    const text = readFileSync(path, 'utf8')
      .replace(/\/\/.*$/gm, '')
      .replace(/\/\*[\s\S]*?\*\//g, '')
    const home = /package\s+([\w.]+);/.exec(text)[1]
    for (const [, name, body] of text.matchAll(/message\s+(\w+)\s*\{([^}]*)\}/g)) {
      const fields = []
      for (const [, label, written, field, number] of body.matchAll(
        /(optional|repeated|required)?\s*(map<\s*string\s*,\s*[\w.]+\s*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)\s*;/g,
      )) {
        const of = /^map<\s*string\s*,\s*([\w.]+)\s*>$/.exec(written)
        const { type, reference } = wireType(of ? of[1] : written, home)
        fields.push({ json: field, type: `${of ? '{}' : label === 'repeated' ? '[]' : ''}${type}`, reference, number: Number(number) })
      }
      found.set(
        `${home}.${name}`.replace(/^k8s\.io\.(apiextensions_apiserver)/, 'k8s.io.apiextensions-apiserver').replace(/^k8s\.io\./, 'io.k8s.'),
        fields,
      )
    }
  }
  return found
}

/** `TYPE FIELD` of every field that is a pointer or has no omitempty: its zero is a value. */
function readKeptZeros(paths) {
  const found = new Set()
  for (const proto of paths.flatMap(protoFiles)) {
    const home = jsonHome(/package\s+([\w.]+);/.exec(readFileSync(proto, 'utf8'))[1])
    for (const file of readdirSync(dirname(proto)).filter((name) => /^types.*\.go$/.test(name))) {
      const text = readFileSync(join(dirname(proto), file), 'utf8').replace(/\/\/.*$/gm, '')
      for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
        for (const [, type, json] of body.matchAll(/^\s+\w+\s+(\S+)\s+`[^`]*json:"([^"]*)"/gm)) {
          const [field, ...options] = json.split(',')
          if (field !== '' && (type.startsWith('*') || !options.includes('omitempty'))) found.add(`${home}.${name} ${field}`)
        }
      }
    }
  }
  return found
}

function jsonHome(home) {
  return home.replace(/^k8s\.io\.apiextensions_apiserver/, 'k8s.io.apiextensions-apiserver').replace(/^k8s\.io\./, 'io.k8s.')
}

function wireType(written, home) {
  if (/^(string|bytes|bool|int32|int64|double)$/.test(written)) return { type: written }
  if (/^(u|s)?(int|fixed|sfixed)(32|64)$|^float$/.test(written)) throw new Error(`No one expected a field of type ${written}`)
  const full = written.startsWith('.') ? written.slice(1) : written.includes('.') ? written : `${home}.${written}`
  const reference = jsonHome(full)
  return { type: `@${short(reference)}`, reference }
}

function protoFiles(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.proto'))
    .map((entry) => join(entry.parentPath, entry.name))
}
