import { isAscii } from 'node:buffer'
import { RenderError } from '../engine/tree.ts'
import { fromBytes, toBytes } from '../go/value.ts'
import { byteString } from './byte-text.ts'
import { type ChartNode, customResourceFiles } from './chart-node.ts'
import type { HelmOutput, HelmRequest } from './contract.ts'
import { compilePathPattern, joinPath } from './go-path.ts'
import { type RenderedFile, sortManifests, splitManifests } from './manifests.ts'

type Output = Pick<HelmOutput, 'documents' | 'notes' | 'text' | 'warnings'>

/** What becomes of the texts of all templates: `renderResources` of pkg/action, and the printing of cmd/helm/template.go. */
export function writeOutput(root: ChartNode, files: Map<string, RenderedFile>, request: HelmRequest): Output {
  const notes = files.get(joinPath(root.name, 'templates', 'NOTES.txt'))?.bytes ?? ''
  const read = [...files.values()].filter(({ path }) => !path.endsWith('NOTES.txt'))
  const { manifests, hooks, warnings } = sortManifests(read, request.version)
  const customResources = request.includeCrds ? [...customResourceFiles(root)] : []
  const shownHooks = request.noHooks === true ? [] : hooks.filter(({ hook }) => !(request.skipTests === true && hook === 'test'))
  const documents = [
    ...customResources.flatMap(({ name, data }) =>
      documentsOf(data).map((text) => ({ source: fromBytes(name), text, isHook: false, isCrd: true })),
    ),
    ...manifests.map(({ path, text }) => ({ source: fromBytes(path), text, isHook: false, isCrd: false })),
    ...shownHooks.map(({ path, text }) => ({ source: fromBytes(path), text, isHook: true, isCrd: false })),
  ]
  const printAll = (): string => {
    const pieces: string[] = []
    for (const { name, data } of customResources) print(pieces, name, fileText(data))
    for (const { path, text } of manifests) print(pieces, path, text)
    trimEnd(pieces)
    pieces.push('\n')
    for (const { path, text } of shownHooks) print(pieces, path, text)
    return pieces.join('')
  }
  const { showOnly } = request
  const plainNotes = fromBytes(notes)
  if (showOnly === undefined || showOnly.length === 0) {
    return {
      documents,
      notes: plainNotes,
      get text() {
        return printAll()
      },
      warnings,
    }
  }
  const shown = showOnly.flatMap((pattern) =>
    select(pattern, documents, (document) => document.source.slice(document.source.indexOf('/') + 1)),
  )
  return { documents: shown, notes: plainNotes, text: showText(printAll(), showOnly), warnings }
}

const customResourceDocuments = new WeakMap<Uint8Array, readonly string[]>()

/** A file is the same for every release of its chart. */
function documentsOf(data: Uint8Array): readonly string[] {
  let documents = customResourceDocuments.get(data)
  if (documents === undefined) {
    documents = isAscii(data) ? splitManifests(fileText(data)) : splitManifests(byteString(data)).map(fromBytes)
    customResourceDocuments.set(data, documents)
  }
  return documents
}

const customResourceTexts = new WeakMap<Uint8Array, string>()

function fileText(data: Uint8Array): string {
  let text = customResourceTexts.get(data)
  if (text === undefined) {
    text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')
    customResourceTexts.set(data, text)
  }
  return text
}

/** Text, where the path is of bytes. What lies between two texts is ASCII, so it is all one whether they are decoded each or together. */
function print(pieces: string[], source: string, text: string): void {
  pieces.push('---\n# Source: ', fromBytes(source), '\n', text, '\n')
}

const wideSpaces = new Set(
  '\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
)

/** `strings.TrimSpace` of a text that starts with `---`, where it starts at all. */
function trimEnd(pieces: string[]): void {
  for (let last = pieces.pop(); last !== undefined; last = pieces.pop()) {
    let end = last.length
    while (end > 0 && isSpace(last.charCodeAt(end - 1))) end--
    if (end === 0) continue
    pieces.push(last.slice(0, end))
    return
  }
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13) || (unit >= 0x80 && wideSpaces.has(String.fromCharCode(unit)))
}

/** `--show-only`: from what was printed, by the comment that names the source. */
function showText(text: string, patterns: readonly string[]): string {
  const documents = splitManifests(toBytes(text))
    .map(fromBytes)
    .map((each) => ({ each, source: /# Source: [^/\n]+\/([^\n]+)/.exec(each)?.[1] }))
  return patterns
    .flatMap((pattern) => select(pattern, documents, ({ source }) => source))
    .map(({ each }) => `---\n${each}\n`)
    .join('')
}

function select<Item>(pattern: string, items: readonly Item[], sourceOf: (item: Item) => string | undefined): Item[] {
  const matches = compilePathPattern(pattern)
  const selected = items.filter((item) => {
    const source = sourceOf(item)
    return source !== undefined && matches?.(source) === true
  })
  if (selected.length === 0) throw new RenderError(`could not find template ${pattern} in chart`)
  return selected
}
