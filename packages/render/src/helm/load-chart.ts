import { RenderError, type Tree } from '../engine/tree.ts'
import { type GoValue, toBytes } from '../go/value.ts'
import { maxFileBytes, maxFiles, readChartArchive } from './archive.ts'
import { readHelmYaml } from '../yaml/index.ts'
import { byteString, withoutByteOrderMark } from './byte-text.ts'
import { ChartCache } from './chart-cache.ts'
import type { Chart, ChartFile } from './chart.ts'
import { within } from './error-context.ts'
import { baseName } from './go-path.ts'
import { ignoreRules, type IgnoreRules } from './ignore-rules.ts'
import { digestFiles, loadFiles } from './load-files.ts'
import { Decoder } from './struct-decode.ts'
import { yamlLimits } from './yaml-limits.ts'

const cache = new ChartCache<Chart>(96 * 1024 * 1024)

/** `loader.Load`: a folder of the tree, or a `.tgz` in it. What was loaded before from the same content is not loaded again. */
export function loadChart(tree: Tree, path: string, version: '3' | '4'): Chart {
  if (tree.stat(path) === 'file') return loadArchive(tree, path, version)
  return loadInstallable(readFolder(tree, path, version), version)
}

/** Helm 4 looks at the root's `apiVersion` first; what it already knows of v3 it cannot install. */
function loadInstallable(files: readonly ChartFile[], version: '3' | '4'): Chart {
  if (version === '4') {
    const apiVersion = apiVersionOf(files)
    if (apiVersion === 'v3') throw new RenderError('invalid chart apiVersion')
    if (!['', 'v1', 'v2'].includes(apiVersion)) throw new RenderError('unsupported chart version')
  }
  return loadCached(files, version)
}

function apiVersionOf(files: readonly ChartFile[]): string {
  const file = files.find((each) => each.name === 'Chart.yaml')
  if (file === undefined) return ''
  return within('cannot load Chart.yaml', () => {
    const decoder = new Decoder('loader.chartBase')
    const fields = decoder.fields(readHelmYaml(byteString(file.data), yamlLimits), ['apiVersion'])
    return decoder.text(fields.get('apiVersion'), 'apiVersion')
  })
}

/** A chart that came as an archive and is unpacked: `.helmignore` was applied when it was packed. */
export function loadUnpacked(tree: Tree, folder: string, version: '3' | '4'): Chart {
  const paths = tree.list(folder)
  tree.expect(paths)
  const start = folder === '' ? 0 : folder.length + 1
  return loadCached(
    paths.map((path) => readFile(tree, path, path.slice(start))),
    version,
  )
}

function loadArchive(tree: Tree, path: string, version: '3' | '4'): Chart {
  const archive = tree.read(path)
  if (archive === undefined) throw new RenderError(`path ${JSON.stringify(path)} not found`)
  return loadInstallable(readChartArchive(archive), version)
}

/** Of the chart and of those below it: templates see of these what becomes of them, and nothing else. */
const holdsValues = /^(?:charts\/[^/]+\/)*values\.(?:yaml|schema\.json)$/

function loadCached(files: readonly ChartFile[], version: '3' | '4'): Chart {
  const digest = digestFiles(files)
  return cache.get(
    `${version} ${digest}`,
    () => loadFiles(files, version, digestFiles(files.filter(({ name }) => !holdsValues.test(name)))),
    (chart) => files.reduce((sum, file) => sum + file.data.length, 0) + sizeOf(chart),
  )
}

/** Bytes that a chart takes: its files, those that are read as text once more, and the values. */
function sizeOf({ templates, files, values, schema, dependencies }: Chart): number {
  let size = 2000 + (schema?.length ?? 0) + sizeOfValue(values)
  for (const { data } of templates) size += 2 * data.length + 300
  for (const { data } of files) size += data.length + 300
  for (const dependency of dependencies) size += sizeOf(dependency)
  return size
}

function sizeOfValue(value: GoValue): number {
  let size = 40
  if (typeof value === 'string') size += value.length
  else if (Array.isArray(value)) for (const item of value) size += sizeOfValue(item)
  else if (value instanceof Map) for (const [key, item] of value) size += 60 + key.length + sizeOfValue(item)
  return size
}

/** Files of a chart's folder that its `.helmignore` leaves, in the order in which Helm walks. */
function readFolder(tree: Tree, folder: string, version: '3' | '4'): ChartFile[] {
  const listed = tree.list(folder)
  if (listed.length === 0) throw new RenderError(`path ${JSON.stringify(folder)} not found`)
  const prefix = folder === '' || folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`
  const hasRules = listed.includes(`${prefix}.helmignore`)
  // Helm 4 looks at Chart.yaml before it looks at anything else.
  if (version === '4' && !listed.includes(`${prefix}Chart.yaml`)) {
    throw new RenderError(`unable to detect chart at ${prefix}Chart.yaml: open ${prefix}Chart.yaml: no such file or directory`)
  }
  const rules = ignoreRules(hasRules ? Buffer.from(tree.read(`${prefix}.helmignore`) ?? []).toString('utf8') : '')
  const kept = keptPaths(listed, prefix, rules)
  if (kept.length > maxFiles) throw new RenderError(`The chart holds more than ${maxFiles} files.`)
  tree.expect(kept)
  return kept.map((path) => readFile(tree, path, path.slice(prefix.length)))
}

const keptByList = new WeakMap<readonly string[], { prefix: string; rules: IgnoreRules; kept: readonly string[] }>()

/** What rules leave of a listing, in Helm's order; known where a tree gives the same listing again. */
function keptPaths(listed: readonly string[], prefix: string, rules: IgnoreRules): readonly string[] {
  const known = keptByList.get(listed)
  if (known !== undefined && known.prefix === prefix && known.rules === rules) return known.kept
  const kept = listed.filter((path) => !rules.ignoresFile(path.slice(prefix.length))).toSorted(inWalkOrder)
  keptByList.set(listed, { prefix, rules, kept })
  return kept
}

function readFile(tree: Tree, path: string, name: string): ChartFile {
  const data = tree.read(path)
  if (data === undefined) throw new RenderError(`error reading ${name}: no such file`)
  if (data.length > maxFileBytes)
    throw new RenderError(`chart file ${JSON.stringify(baseName(name))} is larger than the maximum file size ${maxFileBytes}`)
  return { name: toBytes(name), data: strip(data) }
}

const stripped = new WeakMap<Uint8Array, Uint8Array>()

/** Without a byte order mark: the same array for the same content, since digests are kept by it. */
function strip(data: Uint8Array): Uint8Array {
  if (data[0] !== 0xef) return data
  let without = stripped.get(data)
  if (without === undefined) {
    without = withoutByteOrderMark(data)
    stripped.set(data, without)
  }
  return without
}

const slash = 47
const surrogates = 0xd800

/** Names are sorted folder by folder, so `a/b` comes before `a-b`. */
function inWalkOrder(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left === right) continue
    if (left === slash) return -1
    if (right === slash) return 1
    // Beyond the basic plane UTF-16 sorts otherwise than the bytes of UTF-8.
    if (left >= surrogates && right >= surrogates) return toBytes(a) < toBytes(b) ? -1 : 1
    return left - right
  }
  return a.length - b.length
}
