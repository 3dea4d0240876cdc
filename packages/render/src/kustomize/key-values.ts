import { isUtf8 } from 'node:buffer'
import { RenderError } from '../engine/tree.ts'
import { during } from './build-error.ts'
import { texts } from './kustomization.ts'
import type { Loader } from './loader.ts'

/** `literals`, `files`, `envs` of a generator. */
interface KeyValueSources {
  literals?: readonly (string | undefined)[]
  files?: readonly (string | undefined)[]
  envs?: readonly (string | undefined)[]
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
/** Go's scanner gives up at a longer line, and kustomize does not ask it why. */
const maxLineBytes = 65_536
/** What Go's `unicode.IsSpace` takes for white space at a line's start. */
const leadingSpace = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** Values by key, in order: those of `envs` files, of `literals`, of `files`. Throws for a key given twice. */
export function readKeyValues(loader: Loader, name: string, sources: KeyValueSources): Map<string, Uint8Array> {
  const pairs = [
    ...during(`loading KV pairs: env source files: ${goList(sources.envs)}`, () =>
      texts(sources.envs).flatMap((path) => readEnvironment(loader.load(path))),
    ),
    ...during(`loading KV pairs: literal sources ${goList(sources.literals)}`, () => texts(sources.literals).map(readLiteral)),
    ...during(`loading KV pairs: file sources: ${goList(sources.files)}`, () =>
      texts(sources.files).map((source) => {
        const { key, path } = splitFileSource(source)
        return [key, loader.load(path)] as const
      }),
    ),
  ]
  const values = new Map<string, Uint8Array>()
  for (const [key, value] of pairs) {
    if (values.has(key)) throw new RenderError(`configmap ${name} illegally repeats the key \`${key}\``)
    values.set(key, value)
  }
  return values
}

function readEnvironment(content: Uint8Array): [string, Uint8Array][] {
  const pairs: [string, Uint8Array][] = []
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  let isFirst = true
  for (let start = 0; start < bytes.length; isFirst = false) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    if (end - start >= maxLineBytes) break
    let line = bytes.subarray(start, bytes[end - 1] === 0x0d && end > start ? end - 1 : end)
    start = end + 1
    if (!isUtf8(line)) throw new RenderError(`line [${[...line].join(' ')}] has invalid utf8 bytes : ${line.toString()}`)
    if (isFirst && line.subarray(0, 3).equals(byteOrderMark)) line = line.subarray(3)
    const text = line.toString().replace(leadingSpace, '')
    if (text === '' || text.startsWith('#')) continue
    const equals = text.indexOf('=')
    const key = equals === -1 ? text : text.slice(0, equals)
    if (key !== '') pairs.push([key, Buffer.from(equals === -1 ? '' : text.slice(equals + 1))])
  }
  return pairs
}

function readLiteral(source: string): [string, Uint8Array] {
  const equals = source.indexOf('=')
  if (equals < 1) throw new RenderError(`invalid literal source ${source}, expected key=value`)
  const value = source.slice(equals + 1)
  const isQuoted = value.length >= 2 && (value.startsWith('"') || value.startsWith("'")) && value.endsWith(value.charAt(0))
  return [source.slice(0, equals), Buffer.from(isQuoted ? value.slice(1, -1) : value)]
}

function splitFileSource(source: string): { key: string; path: string } {
  const [key = '', path, ...more] = source.split('=')
  if (path === undefined) return { key: baseName(source), path: source }
  if (more.length > 0) throw new RenderError(`source ${JSON.stringify(source)} key name or file path contains '='`)
  if (key === '') throw new RenderError(`missing key name for file path ${JSON.stringify(path)} in source ${JSON.stringify(source)}`)
  if (path === '') throw new RenderError(`missing file path for key name ${JSON.stringify(key)} in source ${JSON.stringify(source)}`)
  return { key, path }
}

/** Go's `path.Base`. */
function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed === '') return path === '' ? '.' : '/'
  return trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

function goList(list: readonly (string | undefined)[] | undefined): string {
  return `[${texts(list).join(' ')}]`
}
