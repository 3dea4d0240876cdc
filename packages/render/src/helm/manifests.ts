import { fromBytes } from '../go/value.ts'
import { trimSpace } from './byte-text.ts'
import { within } from './error-context.ts'
import { baseName } from './go-path.ts'
import { installOrder } from './install-order.ts'
import { readHead } from './manifest-head.ts'
import { compareBytes } from './struct-decode.ts'

/** One document of a template's output. */
export class Manifest {
  /** Full name of the template. */
  readonly path: string
  /** A string of bytes. */
  readonly bytes: string
  readonly kind: string
  readonly hook: 'none' | 'test' | 'other'
  #text: string | undefined

  constructor(path: string, bytes: string, kind: string, hook: Manifest['hook'] = 'none') {
    this.path = path
    this.bytes = bytes
    this.kind = kind
    this.hook = hook
  }

  /** The same as text. */
  get text(): string {
    this.#text ??= fromBytes(this.bytes)
    return this.#text
  }
}

/** What one template has printed, and what is in it once that was asked for. */
export class RenderedFile {
  readonly path: string
  /** A string of bytes. */
  readonly bytes: string
  #read: { manifests: readonly Manifest[]; warnings: readonly string[] } | undefined

  constructor(path: string, bytes: string) {
    this.path = path
    this.bytes = bytes
  }

  /** Its documents; those of hooks that Helm does not know are among the warnings. Throws `RenderError`; `version` is the same each time. */
  read(version: '3' | '4'): { manifests: readonly Manifest[]; warnings: readonly string[] } {
    if (this.#read === undefined) {
      const read: { manifests: Manifest[]; warnings: string[] } = { manifests: [], warnings: [] }
      for (const bytes of splitManifests(this.bytes)) addDocument(this.path, bytes, version, read)
      this.#read = read
    }
    return this.#read
  }
}

export interface SortedManifests {
  manifests: Manifest[]
  hooks: Manifest[]
  warnings: string[]
}

const hookEvents = new Set([
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test',
  'test-success',
])
const testEvents = new Set(['test', 'test-success'])

/** `SortManifests`: splits texts into documents, takes hooks apart, drops hooks of unknown names, sorts by kind. Throws `RenderError`. */
export function sortManifests(files: Iterable<RenderedFile>, version: '3' | '4'): SortedManifests {
  const result: SortedManifests = { manifests: [], hooks: [], warnings: [] }
  for (const file of [...files].sort((a, b) => compareBytes(a.path, b.path))) {
    if (baseName(file.path).startsWith('_')) continue
    const { manifests, warnings } = file.read(version)
    for (const manifest of manifests) (manifest.hook === 'none' ? result.manifests : result.hooks).push(manifest)
    result.warnings.push(...warnings)
  }
  const order = installOrder[version]
  const byKind = (a: Manifest, b: Manifest) => compareKinds(a.kind, b.kind, order)
  result.manifests.sort(byKind)
  result.hooks.sort(byKind)
  return result
}

function addDocument(path: string, bytes: string, version: '3' | '4', read: { manifests: Manifest[]; warnings: string[] }): void {
  const { kind, hook } = within(`YAML parse error on ${fromBytes(path)}`, () => readHead(bytes, version))
  if (hook === undefined) {
    read.manifests.push(new Manifest(path, bytes, kind))
    return
  }
  const names = hook.split(',').map((event) => trimSpace(event).toLowerCase())
  if (names.every((name) => hookEvents.has(name))) {
    read.manifests.push(new Manifest(path, bytes, kind, names.some((name) => testEvents.has(name)) ? 'test' : 'other'))
  } else read.warnings.push(`skipping unknown hook: ${JSON.stringify(fromBytes(hook))}`)
}

/**
 * `SplitManifests`: splits at `(?:^|\s*\n)---\s*`, which takes the spaces around a separator along, and therefore no second separator that follows at
 * once. Documents that are empty go.
 */
export function splitManifests(text: string): string[] {
  const whole = trimSpace(text)
  const documents: string[] = []
  let start = 0
  let from = 0
  for (;;) {
    const at = separatorAfter(whole, from, start)
    if (at < 0) break
    let end = at
    while (end > start && isRegexSpace(whole.charCodeAt(end - 1))) end--
    let next = at + 3
    while (next < whole.length && isRegexSpace(whole.charCodeAt(next))) next++
    addText(documents, whole.slice(start, end))
    start = next
    from = next
  }
  addText(documents, whole.slice(start))
  return documents
}

/** Index of the next `---` that begins a line; the newline before it has to come after what the last separator took. */
function separatorAfter(text: string, from: number, start: number): number {
  for (let at = text.indexOf('---', from); at >= 0; at = text.indexOf('---', at + 1)) {
    if (at === 0 || (text[at - 1] === '\n' && at - 1 >= start)) return at
  }
  return -1
}

function isRegexSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 10 || unit === 12 || unit === 13
}

function addText(documents: string[], text: string): void {
  if (text !== '') documents.push(trimSpace(text))
}

function compareKinds(a: string, b: string, order: ReadonlyMap<string, number>): number {
  const first = order.get(a)
  const second = order.get(b)
  if (first === undefined && second === undefined) return compareBytes(a, b)
  if (first === undefined) return 1
  if (second === undefined) return -1
  return first - second
}
