import yaml from 'js-yaml'
import { firstContent, splitDocuments, type TextDocument } from './document-split.ts'
import { jsonFaultOffset } from './json-fault.ts'
import type { RenderLimits } from '../limits.ts'
import { checkManifest, isMapping, own } from './manifest-check.ts'
import { readPositions } from './node-position.ts'
import type { FileProblem } from '../problem.ts'
import { checkValue, type Budget } from './value-check.ts'
import { kubernetesSchema, outputSchema } from './yaml-dialect.ts'

export type FileFormat = 'yaml' | 'json'

/** What one file holds. Made from its bytes alone, so that equal content is read once. */
export interface FileContent {
  objects: { object: Record<string, unknown>; line: number; column: number }[]
  problems: FileProblem[]
}

/** Argo CD leaves a file alone that says so (argo-cd `repository.go`, skipFileRenderingMarker). */
const skipMarker = '+argocd:skip-file-rendering'
/** js-yaml's own limits, on depth and merge keys, are younger than its types. */
const loadOptions = { schema: kubernetesSchema }
const outputOptions = { schema: outputSchema, json: true }
const nothing: FileContent = { objects: [], problems: [] }

/**
 * Reads a file of one or many documents and finds every problem in it. `null` documents are skipped, lists taken apart. A YAML file in which
 * nothing has an `apiVersion` or a `kind` is none of ours, as for Argo CD: a values file, say. Never throws for what is in the file.
 */
export function readManifests(content: Uint8Array, format: FileFormat, limits: RenderLimits): FileContent {
  let text: string
  try {
    text = decode(content)
  } catch {
    return { objects: [], problems: [fault({ line: 0, column: 0 }, 'it is not text in UTF-8', 'Save the file as UTF-8, or exclude it.')] }
  }
  if (text.includes(skipMarker)) return nothing
  if (format === 'json') {
    const problem = jsonProblem(text)
    if (problem !== undefined) return { objects: [], problems: [problem] }
  }
  const budget: Budget = { values: limits.values, textBytes: limits.textBytes }
  const documents = format === 'json' ? [{ text, line: 0 }] : splitDocuments(text)
  const read = documents.map((document) => readDocument(document, limits, budget, loadOptions))
  const isUnrelated = format === 'yaml' && read.every((document) => document.isUnrelated)
  if (isUnrelated) return nothing
  return { objects: read.flatMap(({ objects }) => objects), problems: read.flatMap(({ problems }) => problems) }
}

/**
 * Reads what an engine or a program printed. Everything in it is meant as a manifest; a key may stand twice in a mapping, and the last one counts,
 * as for Argo CD (sigs.k8s.io/yaml, not strict). `budget` is that of the whole output.
 */
export function readOutput(text: string, limits: RenderLimits, budget: Budget): FileContent {
  const read = splitDocuments(text).map((document) => readDocument(document, limits, budget, outputOptions))
  if (read.length === 1) return read[0] ?? nothing
  return { objects: read.flatMap(({ objects }) => objects), problems: read.flatMap(({ problems }) => problems) }
}

function readDocument(
  document: TextDocument,
  limits: RenderLimits,
  budget: Budget,
  options: yaml.LoadOptions,
): FileContent & { isUnrelated: boolean } {
  const start = firstContent(document.text) ?? { line: 0, column: 0 }
  const problems: FileProblem[] = []
  const objects: FileContent['objects'] = []
  const failed = { objects, problems, isUnrelated: false }
  const report = (where: { line: number; column: number }, message: string, remedy: string, code?: FileProblem['code']): void => {
    problems.push(fault({ line: document.line + where.line, column: where.column }, message, remedy, code))
  }
  let positions: ReturnType<typeof readPositions> | undefined
  const locate = (path: readonly (string | number)[]): { line: number; column: number } => {
    if (path.length === 0) return start
    positions ??= readPositions(document.text)
    return positions(path) ?? start
  }

  let value: unknown
  try {
    value = yaml.load(document.text, { ...options, maxDepth: limits.depth } as yaml.LoadOptions)
  } catch (error) {
    if (error instanceof yaml.YAMLException && /exceeded max/.test(error.reason)) {
      report(start, error.reason, 'Flatten it, or exclude the file.', 'manifest-too-large')
    } else if (error instanceof yaml.YAMLException) {
      // The reason only: the snippet beside it may show a secret.
      const mark = error.mark as { line: number; column: number } | undefined
      report(mark ?? start, error.reason, 'Correct the YAML there, and push.')
    } else if (error instanceof RangeError) {
      report(start, 'it is nested too deeply to be read', 'Flatten it, or exclude the file.', 'manifest-too-large')
    } else throw error
    return failed
  }
  if (value === null || value === undefined) return { ...failed, isUnrelated: true }

  const unfit = checkValue(value, limits, budget)
  if (unfit !== undefined) {
    const where = unfit.code === 'manifest-too-large' ? start : locate(unfit.path)
    const remedy = unfit.code === 'manifest-too-large' ? 'Make it smaller, or exclude the file.' : 'Put it in quotes if it is text.'
    report(where, `${unfit.message}${pathText(unfit.path)}`, remedy, unfit.code)
    return failed
  }
  take(value, [])
  const isUnrelated = isMapping(value) && own(value, 'apiVersion') === undefined && own(value, 'kind') === undefined
  return { ...failed, isUnrelated }

  function take(candidate: unknown, path: (string | number)[]): void {
    if (candidate === null) return
    if (!isMapping(candidate)) {
      const noun = Array.isArray(candidate) ? 'a list' : `a ${typeof candidate}`
      report(
        locate(path),
        `${path.length === 0 ? 'the document' : 'an item of the list'} is ${noun}, not an object`,
        'Write an object with apiVersion, kind and metadata, or exclude the file.',
      )
      return
    }
    const kind = own(candidate, 'kind')
    const items = own(candidate, 'items')
    if (typeof kind === 'string' && kind.endsWith('List') && (Array.isArray(items) || items === null)) {
      for (const [index, item] of (items ?? []).entries()) take(item, [...path, 'items', index])
      return
    }
    const faults = checkManifest(candidate)
    const object = path.length === 0 ? start : locate(path)
    for (const { path: field, message, remedy } of faults) {
      report(field.length === 0 ? object : locate([...path, ...field]), `${message}${nameOf(candidate)}`, remedy)
    }
    if (faults.length === 0) objects.push({ object: candidate, line: document.line + object.line + 1, column: object.column + 1 })
  }
}

/** By byte order mark; UTF-8 without one. Throws for bytes that are no text. */
function decode(content: Uint8Array): string {
  const encoding =
    content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : content[0] === 0xfe && content[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding, { fatal: true }).decode(content)
}

/** JSON is stricter than the YAML it is read as afterwards. */
function jsonProblem(text: string): FileProblem | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    const offset = jsonFaultOffset(text)
    const isAfterEnd = text.slice(0, offset).trim() !== '' && isJson(text.slice(0, offset))
    const reason = isAfterEnd ? 'it goes on after its end: a JSON file holds one object' : 'it is not JSON'
    return fault(placeOf(text, offset), reason, 'Correct the JSON there, or name the file .yaml if it is YAML.')
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length - 1, column: offset - (before.lastIndexOf('\n') + 1) }
}

function fault(
  where: { line: number; column: number },
  message: string,
  remedy: string,
  code: FileProblem['code'] = 'manifest-invalid',
): FileProblem {
  return { line: where.line + 1, column: where.column + 1, message, remedy, code }
}

function pathText(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : ` (at ${path.map((step) => String(step).slice(0, 60)).join('.')})`
}

/** ` (Deployment 'web')`, as far as the object says what it is. */
function nameOf(object: Record<string, unknown>): string {
  const kind = own(object, 'kind')
  const metadata = own(object, 'metadata')
  const name = isMapping(metadata) ? own(metadata, 'name') : undefined
  const words = [
    typeof kind === 'string' ? kind.slice(0, 63) : '',
    typeof name === 'string' && name !== '' ? `'${name.slice(0, 100)}'` : '',
  ]
  const text = words.filter((word) => word !== '').join(' ')
  return text === '' ? '' : ` (${text})`
}
