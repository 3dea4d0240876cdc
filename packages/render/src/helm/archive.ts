import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gunzipSync } from 'node:zlib'
import { RenderError } from '../engine/tree.ts'
import { byteString, withoutByteOrderMark } from './byte-text.ts'
import type { ChartFile } from './chart.ts'
import { cleanPath } from './go-path.ts'

/** Helm's limits (pkg/chart/loader/archive.go), and one of ours on the number of files. */
export const maxChartBytes = 100 * 1024 * 1024
export const maxFileBytes = 5 * 1024 * 1024
export const maxFiles = 20_000

const block = 512
/** Headers and padding of a tar come on top of what Helm counts. */
const maxTarBytes = maxChartBytes + maxFiles * 2 * block
/** A header of names and the like: more than any path has, and read as one text. */
const maxHeaderBytes = 1024 * 1024
const turnMs = 10
const unzippedAtOnce = 256 * 1024

/** The files of a chart's `.tgz`, without its first folder. Refuses what Helm refuses; a link is an empty file, as in Helm. */
export function readChartArchive(archive: Uint8Array): ChartFile[] {
  let tar: Buffer
  try {
    tar = gunzipSync(gzipped(archive), { maxOutputLength: maxTarBytes })
  } catch (error) {
    throw unzipError(error)
  }
  return [...chartFiles(tar)].filter((file) => file !== undefined)
}

/** The same, unpacked beside the event loop: it goes round while this works, and between the files. Rejects with `RenderError`. */
export async function* unpackChartArchive(archive: Uint8Array): AsyncGenerator<ChartFile> {
  let tar: Buffer
  try {
    tar = await promisify(gunzip)(gzipped(archive), { maxOutputLength: maxTarBytes, chunkSize: unzippedAtOnce })
  } catch (error) {
    throw unzipError(error)
  }
  let turnEnds = performance.now() + turnMs
  for (const file of chartFiles(tar)) {
    if (file !== undefined) yield file
    if (performance.now() < turnEnds) continue
    await setImmediate()
    turnEnds = performance.now() + turnMs
  }
}

/** `undefined` for a folder: it took time as well. */
function* chartFiles(tar: Buffer): Generator<ChartFile | undefined> {
  let remaining = maxChartBytes
  let count = 0
  let skipped = 0
  for (const entry of tarEntries(tar)) {
    if (entry.isFolder) {
      if (++skipped > maxFiles) throw new RenderError(`The archive holds more than ${maxFiles} folders.`)
      yield undefined
      continue
    }
    const name = chartPath(entry.name)
    if (entry.size > remaining) throw new RenderError(`decompressed chart is larger than the maximum file size ${maxChartBytes}`)
    if (entry.size > maxFileBytes) {
      throw new RenderError(`decompressed chart file ${JSON.stringify(entry.name)} is larger than the maximum file size ${maxFileBytes}`)
    }
    remaining -= entry.size
    if (remaining <= 0) throw new RenderError(`decompressed chart is larger than the maximum file size ${maxChartBytes}`)
    if (++count > maxFiles) throw new RenderError(`The archive holds more than ${maxFiles} files.`)
    yield { name, data: withoutByteOrderMark(entry.data) }
  }
  if (count === 0) throw new RenderError('no files in chart archive')
}

function gzipped(archive: Uint8Array): Uint8Array {
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw new RenderError('gzip: invalid header')
  return archive
}

function unzipError(error: unknown): RenderError {
  if (error instanceof RenderError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_BUFFER_TOO_LARGE') return new RenderError(`decompressed chart is larger than the maximum file size ${maxChartBytes}`)
  return new RenderError(code === 'Z_BUF_ERROR' ? 'unexpected EOF' : 'gzip: invalid header')
}

/** Checks a name of the archive and takes its first folder off (LoadArchiveFiles). */
function chartPath(name: string): string {
  const delimiter = name.includes('\\') ? '\\' : '/'
  const parts = name.split(delimiter)
  const rest = parts.slice(1).join('/')
  if (rest.startsWith('/')) throw new RenderError('chart illegally contains absolute paths')
  const clean = cleanPath(rest)
  if (clean === '.') throw new RenderError(`chart illegally contains content outside the base directory: ${JSON.stringify(name)}`)
  if (clean.startsWith('..')) throw new RenderError('chart illegally references parent directory')
  if (/^[a-zA-Z]:\//.test(clean)) throw new RenderError('chart contains illegally named files')
  if (parts[0] === 'Chart.yaml') throw new RenderError('chart yaml not in base directory')
  return clean
}

interface TarEntry {
  name: string
  size: number
  data: Uint8Array
  isFolder: boolean
}

/** Entries of a tar in the formats that Go's archive/tar reads: ustar, pax, GNU's long names. */
function* tarEntries(tar: Buffer): Generator<TarEntry> {
  let at = 0
  let pax = new Map<string, string>()
  let longName: string | undefined
  while (at + block <= tar.length) {
    const header = tar.subarray(at, at + block)
    at += block
    if (header.every((byte) => byte === 0)) return
    checkSum(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const ownSize = pax.has('size') && !'xgLK'.includes(type) ? Number(pax.get('size')) : number(header, 124, 12)
    // Links, devices and folders have no content, whatever their header says.
    const size = '123456'.includes(type) ? 0 : ownSize
    if (!Number.isSafeInteger(size) || size < 0) throw new RenderError('archive/tar: invalid tar header')
    if (at + size > tar.length) throw new RenderError('unexpected EOF')
    if ('xgLK'.includes(type) && size > maxHeaderBytes) throw new RenderError('archive/tar: header field too long')
    const data = tar.subarray(at, at + size)
    at += Math.ceil(size / block) * block
    if (type === 'x') pax = paxRecords(data)
    else if (type === 'L') longName = field(data, 0, data.length)
    else if (type !== 'g' && type !== 'K') {
      const name = pax.get('path') ?? longName ?? ustarName(header)
      yield { name, size, data, isFolder: type === '5' || name.endsWith('/') }
      pax = new Map()
      longName = undefined
    }
  }
}

function checkSum(header: Buffer): void {
  let sum = 0
  for (let at = 0; at < block; at++) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0)
  if (sum !== number(header, 148, 8)) throw new RenderError('archive/tar: invalid tar header')
}

function ustarName(header: Buffer): string {
  const name = field(header, 0, 100)
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? field(header, 345, 155) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function field(bytes: Uint8Array, start: number, length: number): string {
  const text = byteString(bytes.subarray(start, start + length))
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Octal, or binary where the first bit is set (GNU, for what octal cannot hold). */
function number(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) !== 0) {
    let value = (header[start] ?? 0) & 0x7f
    for (let at = start + 1; at < start + length; at++) value = value * 256 + (header[at] ?? 0)
    return value
  }
  const text = field(header, start, length).trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? parseInt(text, 8) : Number.NaN
}

/** `LENGTH KEY=VALUE\n` again and again. */
function paxRecords(data: Uint8Array): Map<string, string> {
  const records = new Map<string, string>()
  const text = byteString(data)
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at)
    const length = Number(text.slice(at, space))
    const equals = text.indexOf('=', space)
    if (space < 0 || !(length > 0) || equals < 0 || at + length > text.length) throw new RenderError('archive/tar: invalid tar header')
    records.set(text.slice(space + 1, equals), text.slice(equals + 1, at + length - 1))
    at += length
  }
  return records
}
