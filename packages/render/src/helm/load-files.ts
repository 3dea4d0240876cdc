import { hash } from 'node:crypto'
import { RenderError } from '../engine/tree.ts'
import { fromBytes, type GoMap, type GoValue } from '../go/value.ts'
import { quote } from '../go/format.ts'
import { readHelmYaml } from '../yaml/index.ts'
import { readChartArchive } from './archive.ts'
import { byteString } from './byte-text.ts'
import type { Chart, ChartFile } from './chart.ts'
import { within } from './error-context.ts'
import { extension } from './go-path.ts'
import { decodeLock, decodeMetadata, emptyMetadata, validateMetadata } from './metadata.ts'
import { jsonKind } from './struct-decode.ts'
import { readValues } from './values-file.ts'
import { yamlLimits } from './yaml-limits.ts'

/** `LoadFiles`: a chart from its files, sub-charts and all. Throws `RenderError` in Helm's words. */
export function loadFiles(files: readonly ChartFile[], version: '3' | '4', digest: string, depth = 0): Chart {
  if (depth > maxDepth) throw new RenderError(`Charts are nested more than ${maxDepth} deep.`)
  const warnings: string[] = []
  let metadata = emptyMetadata
  let isThere = false
  for (const file of files) {
    if (file.name !== 'Chart.yaml') continue
    isThere = true
    metadata = within('cannot load Chart.yaml', () => decodeMetadata(readYaml(file), metadata, 'chart.Metadata'))
    if (metadata.apiVersion === '') metadata = { ...metadata, apiVersion: 'v1' }
  }
  let lock: Chart['lock']
  let values: GoMap = new Map()
  let schema: string | undefined
  const templates: ChartFile[] = []
  const others: ChartFile[] = []
  const charts = new Map<string, ChartFile[]>()
  for (const file of files) {
    const { name } = file
    if (name === 'Chart.yaml') continue
    if (name === 'Chart.lock') lock = within('cannot load Chart.lock', () => decodeLock(readYaml(file)))
    else if (name === 'values.yaml') values = within('cannot load values.yaml', () => readValues(byteString(file.data), version, 'chart'))
    else if (name === 'values.schema.json') schema = byteString(file.data)
    else if (name === 'requirements.yaml') {
      isThere = true
      if (metadata.apiVersion !== 'v1') warnings.push(dependenciesMoved)
      metadata = within('cannot load requirements.yaml', () => decodeMetadata(readYaml(file), metadata, 'chart.Metadata'))
      if (metadata.apiVersion === 'v1') others.push(file)
    } else if (name === 'requirements.lock') {
      lock = within('cannot load requirements.lock', () => decodeLock(readYaml(file)))
      if (metadata.apiVersion !== 'v1') warnings.push(lockMoved)
      if (metadata.apiVersion === 'v1') others.push(file)
    } else if (name.startsWith('templates/')) templates.push(file)
    else if (name.startsWith('charts/') && extension(name) !== '.prov') {
      const below = name.slice('charts/'.length)
      const chart = below.split('/', 1)[0] ?? ''
      const known = charts.get(chart)
      if (known === undefined) charts.set(chart, [{ name: below, data: file.data }])
      else known.push({ name: below, data: file.data })
    } else others.push(file)
  }
  if (!isThere) throw new RenderError('Chart.yaml file is missing')
  const valid = validateMetadata(metadata, version)
  const dependencies: Chart[] = []
  // Helm takes them in an order that changes from run to run; ours is that of their names.
  for (const [name, found] of charts) {
    if (name.startsWith('_') || name.startsWith('.')) continue
    const dependency = within(`error unpacking subchart ${name} in ${valid.name}`, () =>
      loadFiles(subchartFiles(name, found, valid.name), version, `${digest}/${name}`, depth + 1),
    )
    dependencies.push(dependency)
    warnings.push(...dependency.warnings)
  }
  return { metadata: valid, lock, templates, values, schema, files: others, dependencies, digest, warnings }
}

const maxDepth = 50
const dependenciesMoved =
  'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.'
const lockMoved = 'Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.'

function subchartFiles(name: string, files: readonly ChartFile[], parent: string): ChartFile[] {
  if (extension(name) !== '.tgz') {
    // What lies in charts/ itself and is no chart counts for nothing.
    return files.filter((file) => file.name.includes('/')).map((file) => ({ name: file.name.slice(name.length + 1), data: file.data }))
  }
  const [file] = files
  if (file === undefined || file.name !== name) {
    throw new RenderError(
      `error unpacking subchart tar in ${fromBytes(parent)}: expected ${fromBytes(name)}, got ${fromBytes(file?.name ?? '')}`,
    )
  }
  return readChartArchive(file.data)
}

function readYaml(file: ChartFile): GoValue {
  const value = readHelmYaml(byteString(file.data), yamlLimits, { floatsAsText: true })
  if (value !== null && value !== undefined && !(value instanceof Map)) {
    const type = file.name.endsWith('.lock') ? 'chart.Lock' : 'chart.Metadata'
    throw new RenderError(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`,
    )
  }
  return value
}

/** A digest of files by name and content. Contents that were seen before are not read again. */
export function digestFiles(files: readonly ChartFile[]): string {
  let listing = ''
  for (const file of files) listing += `${quote(file.name)} ${digestOf(file.data)}\n`
  return hash('sha256', listing, 'base64')
}

const digests = new WeakMap<Uint8Array, string>()

function digestOf(data: Uint8Array): string {
  let digest = digests.get(data)
  if (digest === undefined) {
    digest = hash('sha256', data, 'base64')
    digests.set(data, digest)
  }
  return digest
}
