import { PlimsollError } from '@plimsoll/api'
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import type { FieldPath } from './field-path.ts'
import { quoteLike } from './scalar-text.ts'

/** Of one file: manifests are small, and a parser must not be stopped by one that is not. */
export const maxFileBytes = 1024 * 1024

interface Change {
  start: number
  end: number
  text: string
}

/**
 * A YAML or JSON text whose scalars can be set. Changes are made at their place in the text, never by printing the document again: comments,
 * order, quotes, indentation and line endings of everything else stay byte for byte. Rejects with `manifest-invalid`, naming file and line.
 */
export class YamlText {
  readonly file: string
  readonly text: string
  readonly documents: readonly Document.Parsed[]
  readonly #changes: Change[] = []

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    if (Buffer.byteLength(text) > maxFileBytes)
      throw new PlimsollError('manifest-too-large', `${file} has more than ${maxFileBytes} bytes.`)
    this.documents = parse(file, text)
  }

  /** The plain value at a path of one document; undefined when there is none. */
  read(document: Document.Parsed, path: FieldPath): string | undefined {
    const node = this.#find(document, path)
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined
    if (!isScalar(node)) throw this.invalid(`${pathText(path)} is no single value`, node)
    // As it is written: 1.10 is a version, not the number 1.1.
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
  }

  /** Sets a scalar that is there. False when there is none. */
  set(document: Document.Parsed, path: FieldPath, value: string): boolean {
    const node = this.#find(document, path)
    if (node === undefined) return false
    if (!isScalar(node)) throw this.invalid(`${pathText(path)} is no single value`, node)
    if (this.read(document, path) === value && typeof node.value === 'string') return true
    this.setScalar(document, node, value)
    return true
  }

  setScalar(document: Document.Parsed, node: Scalar, value: string): void {
    const [start, end] = node.range ?? [0, 0]
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL' || /[\r\n]/.test(this.text.slice(start, end)))
      throw this.invalid('a value that spans several lines is not changed', node)
    if (node.anchor !== undefined && isReferred(document, node.anchor))
      throw this.invalid(`the value has the anchor '&${node.anchor}', and others refer to it`, node)
    const text = quoteLike(node, value, { isJson: this.isJson })
    // Nothing is there yet: what comes before and after must stay apart from it.
    const before = start === end && /[:\-,[{]/.test(this.text[start - 1] ?? '') ? ' ' : ''
    const after = start === end && /[^\s,\]}]/.test(this.text[end] ?? ' ') ? ' ' : ''
    this.#changes.push({ start, end, text: before + text + after })
  }

  get isJson(): boolean {
    return this.file.toLowerCase().endsWith('.json')
  }

  /** Sets a key of a map, which is added after the others when it is not there. */
  setKey(document: Document.Parsed, map: YAMLMap, key: string, value: string): void {
    const pair = pairOf(map, key)
    if (pair !== undefined) {
      if (isAlias(pair.value)) throw this.invalid(`'${key}' is an alias of another value`, pair.value)
      if (isScalar(pair.value)) {
        if (pair.value.value !== value) this.setScalar(document, pair.value, value)
        return
      }
      if (pair.value !== null) throw this.invalid(`'${key}' is no single value`, map)
    }
    const last = map.items.at(-1)
    if (!isPair(last) || !isScalar(last.key) || !isScalar(last.value)) throw this.invalid(`'${key}' cannot be added`, map)
    const [keyStart] = last.key.range ?? [0]
    const [, valueEnd] = last.value.range ?? [0, 0]
    const written = quoteLike(undefined, value, { isJson: this.isJson })
    if (map.flow) {
      const name = this.isJson ? JSON.stringify(key) : key
      this.#changes.push({ start: valueEnd, end: valueEnd, text: `, ${name}: ${written}` })
      return
    }
    const column = keyStart - (this.text.lastIndexOf('\n', keyStart - 1) + 1)
    const newline = this.text.indexOf('\n', valueEnd)
    const lineEnd = newline < 0 ? this.text.length : newline - (this.text[newline - 1] === '\r' ? 1 : 0)
    const eol = this.text.includes('\r\n') ? '\r\n' : '\n'
    this.#changes.push({ start: lineEnd, end: lineEnd, text: `${eol}${' '.repeat(column)}${key}: ${written}` })
  }

  /** Takes a key and its line away. */
  removeKey(map: YAMLMap, key: string): void {
    const index = map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key)
    const pair = map.items[index]
    if (pair === undefined) return
    const { start } = rangeOf(pair.key)
    const valueEnd = rangeOf(pair.value ?? pair.key).end
    const next = map.items[index + 1]
    if (index === 0 || map.flow) {
      const before = map.items[index - 1]
      if (next !== undefined && index === 0) this.#changes.push({ start, end: rangeOf(next.key).start, text: '' })
      else if (before !== undefined) this.#changes.push({ start: rangeOf(before.value ?? before.key).end, end: valueEnd, text: '' })
      else throw this.invalid(`'${key}' is all there is, and cannot be taken away`, map)
      return
    }
    const lineStart = this.text.lastIndexOf('\n', start - 1) + 1
    const newline = this.text.indexOf('\n', valueEnd)
    // The last line of a file without a newline at its end takes the newline before it along.
    if (newline >= 0) this.#changes.push({ start: lineStart, end: newline + 1, text: '' })
    else this.#changes.push({ start: lineStart - (this.text[lineStart - 2] === '\r' ? 2 : 1), end: this.text.length, text: '' })
  }

  /** The text with every change made. It is read again: what was not meant to change has not. */
  result(): string {
    let text = this.text
    for (const { start, end, text: put } of this.#changes.toSorted((a, b) => b.start - a.start || b.end - a.end))
      text = text.slice(0, start) + put + text.slice(end)
    if (text !== this.text) parse(this.file, text)
    return text
  }

  invalid(why: string, node?: unknown): PlimsollError {
    const offset = node === undefined ? undefined : rangeOf(node).start
    const line = offset === undefined ? undefined : this.text.slice(0, offset).split('\n').length
    return new PlimsollError('manifest-invalid', `${this.file}${line === undefined ? '' : `:${line}`}: ${why}.`, {
      ...(line !== undefined && { at: { file: this.file, line } }),
      remedy: 'Write the version as one value on one line, in a place of its own.',
    })
  }

  #find(document: Document.Parsed, path: FieldPath): unknown {
    let node: unknown = document.contents
    for (const part of path) {
      if (isAlias(node)) throw this.invalid(`the way to ${pathText(path)} leads through an alias`, node)
      if (isMap(node)) node = pairOf(node, String(part))?.value
      else if (isSeq(node) && typeof part === 'number') node = node.items[part]
      else return undefined
      if (node === undefined || node === null) return undefined
    }
    if (isAlias(node)) throw this.invalid(`${pathText(path)} is an alias of another value`, node)
    return node
  }
}

export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)
}

export function pathText(path: FieldPath): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${part}`)).join('')
}

/** In characters of the text; `end` is that of the value itself, without what follows on its line. */
function rangeOf(node: unknown): { start: number; end: number } {
  const [start = 0, end = start] = isNode(node) ? (node.range ?? []) : []
  return { start, end }
}

function isReferred(document: Document.Parsed, anchor: string): boolean {
  let found = false
  visit(document, {
    Alias(_key, node) {
      if (node.source === anchor) {
        found = true
        return visit.BREAK
      }
      return undefined
    },
  })
  return found
}

function parse(file: string, text: string): Document.Parsed[] {
  let documents: Document.Parsed[]
  try {
    documents = [...parseAllDocuments(text, { keepSourceTokens: false, prettyErrors: true, version: '1.2', logLevel: 'silent' })]
  } catch (error) {
    throw new PlimsollError(
      'manifest-invalid',
      `${file} cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
  for (const { errors } of documents) {
    const [error] = errors
    if (error === undefined) continue
    const line = error.linePos?.[0].line
    throw new PlimsollError(
      'manifest-invalid',
      `${file}${line === undefined ? '' : `:${line}`} cannot be read as YAML: ${error.message.split('\n')[0]}`,
      {
        ...(line !== undefined && { at: { file, line } }),
      },
    )
  }
  return documents
}
