import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import { parseDocument } from 'yaml'
import { CommandFailure } from '../exit-code.ts'
import { readText } from '../commands/admin/object-file.ts'
import { type ArgoObject, type Installation, isMap, objectProblem, partOf, type ReadingProblem } from './argo-object.ts'

const maxBytes = 256 * 1024 * 1024
const maxDepth = 20

/** Everything that files, folders and `-` hold. A document that is broken is a problem of its own: those around it are read. */
export async function readFiles(paths: readonly string[], namespace: string): Promise<Installation> {
  const { readDocuments } = await import('@plimsoll/render')
  const found = new Map<string, ArgoObject>()
  const problems: ReadingProblem[] = []
  let bytes = 0
  for (const file of paths.flatMap((path) => manifestsAt(path, problems))) {
    const text = await readText(file)
    bytes += text.length
    if (bytes > maxBytes) throw new CommandFailure(`${paths.join(', ')} hold more than ${maxBytes / 1024 / 1024} MB.`)
    for (const { begin, line, text: document } of documentsOf(text)) {
      const name = file === '-' ? 'standard input' : file
      const at = `${name}:${line}`
      let values: unknown[]
      try {
        refuseExplosion(document)
        values = readDocuments(document).filter((value) => value !== null && value !== undefined)
      } catch (error) {
        const { reason, mark } = error as { reason?: string; mark?: { line: number } }
        problems.push({
          at: mark === undefined ? at : `${name}:${begin + mark.line + 1}`,
          message: `it is no YAML: ${reason ?? firstLine(error)}`,
        })
        continue
      }
      for (const value of values.flatMap(itemsOf)) {
        const problem = objectProblem(value)
        if (problem !== undefined) problems.push({ at, message: problem })
        else add(withNamespace(value as KubeObject, namespace), file, line)
      }
    }
  }
  return { objects: [...found.values()], problems }

  function add(object: KubeObject, file: string, line: number): void {
    const key = `${object.apiVersion} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = found.get(key)
    if (before)
      problems.push({
        at: `${file}:${line}`,
        message: `${object.kind} ${object.metadata.name} is there twice: this one counts, not that of ${before.file}:${before.line}`,
      })
    found.set(key, { object, part: partOf(object), file, line })
  }
}

function manifestsAt(path: string, problems: ReadingProblem[], depth = 0): string[] {
  if (path === '-') return [path]
  const info = lstatSync(path, { throwIfNoEntry: false })
  if (info === undefined) throw new CommandFailure(`${path} is not there.`)
  if (depth > 0 && info.isSymbolicLink()) {
    problems.push({ at: path, message: 'it is a link, and was not followed' })
    return []
  }
  if (!info.isDirectory() && !(depth === 0 && info.isSymbolicLink())) return info.isFile() || depth === 0 ? [path] : []
  if (depth > maxDepth) throw new CommandFailure(`${path} lies more than ${maxDepth} folders deep.`)
  if (info.isSymbolicLink()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.isDirectory() || /\.(ya?ml|json)$/i.test(entry.name))
    .flatMap((entry) => manifestsAt(join(path, entry.name), problems, depth + 1))
}

interface DocumentText {
  /** Lines before it. */
  begin: number
  /** Where its first word stands, from 1. */
  line: number
  text: string
}

/** A line that begins with `---` ends a document wherever it stands (YAML 1.2.2, 9.1.2): no text of a document can hold one. */
function documentsOf(text: string): DocumentText[] {
  const documents: DocumentText[] = []
  let begin = 0
  const lines = text.split('\n')
  for (let index = 0; index <= lines.length; index++) {
    const line = lines[index]
    if (line !== undefined && !/^---(\s|$)/.test(line)) continue
    const own = lines.slice(begin, index)
    const first = own.findIndex((one) => !/^(---)?\s*(#.*)?$/.test(one))
    if (first >= 0) documents.push({ begin, line: begin + first + 1, text: own.join('\n') })
    begin = index
  }
  return documents
}

/** Aliases of aliases are many objects in few lines: the reader below would write out each. */
function refuseExplosion(document: string): void {
  if (!/(^|[\s[{,:-])&\S/.test(document)) return
  const parsed = parseDocument(document, { version: '1.1', merge: true, uniqueKeys: false })
  const [fault] = parsed.errors
  if (fault) throw fault
  parsed.toJS({ maxAliasCount: 100 })
}

/** What `kubectl get -o yaml` prints is one object with `items`. */
function itemsOf(value: unknown): unknown[] {
  if (isMap(value) && typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items'])) {
    const { apiVersion, kind, items } = value
    const own = kind === 'List' ? {} : { apiVersion, kind: (kind as string).slice(0, -'List'.length) }
    return (items as unknown[]).map((item) => (isMap(item) ? { ...own, ...item } : item))
  }
  return [value]
}

/** `argocd admin export` leaves out the namespace of the installation. */
function withNamespace(object: KubeObject, namespace: string): KubeObject {
  return object.metadata.namespace === undefined ? { ...object, metadata: { ...object.metadata, namespace } } : object
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.replace(/:$/, '') ?? ''
}
