import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { PlimsollError } from '@plimsoll/api'

const megabyte = 1024 * 1024
/** Of files of figures. */
const usualMaxBytes = 32 * megabyte
/** Of files with rows. A text can have 512 million characters. */
export const maxRowsBytes = 256 * megabyte

/** The text of a file in UTF-8, without a mark at its start; `.gz` is unpacked, as pandas writes and reads it. Throws `invalid-request`. */
export async function readTextFile(path: string, maxBytes = usualMaxBytes): Promise<string> {
  let content = await readBounded(path, maxBytes)
  if (content[0] === 0x1f && content[1] === 0x8b) {
    try {
      content = await promisify(gunzip)(content, { maxOutputLength: maxBytes })
    } catch (error) {
      throw refused(path, error instanceof RangeError ? tooLarge(maxBytes) : 'it is damaged (gzip)')
    }
  }
  return textOf(path, content)
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    throw refused(path, code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'it may not be read' : String(code ?? error))
  })
  try {
    const info = await file.stat()
    if (info.isDirectory()) throw refused(path, 'it is a folder')
    if (!info.isFile()) throw refused(path, 'it is no file')
    if (info.size > maxBytes) throw refused(path, tooLarge(maxBytes))
    return await file.readFile()
  } finally {
    await file.close()
  }
}

function textOf(path: string, content: Buffer): string {
  if (content.subarray(0, 4).toString('latin1') === 'PAR1') throw refused(path, 'it is Parquet; write it with to_csv or to_json')
  if ((content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff))
    throw refused(path, 'it is in UTF-16; write it in UTF-8')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw refused(path, content.includes(0) ? 'it is no text' : 'it is no text in UTF-8')
  }
}

function tooLarge(maxBytes: number): string {
  return `it is larger than ${maxBytes / megabyte} MiB`
}

export function refused(name: string, why: string): PlimsollError {
  return new PlimsollError('invalid-request', `${name} cannot be read: ${why}.`)
}
