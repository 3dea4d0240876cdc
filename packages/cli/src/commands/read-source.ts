import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { request } from 'undici'
import { CommandFailure } from '../exit-code.ts'

/** What a file holds, or a URL, or with `-` the standard input. */
export async function readSource(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  try {
    if (!/^https?:\/\//i.test(file)) return await readFile(file, 'utf8')
    const { statusCode, body } = await request(file, { headersTimeout: 30_000, bodyTimeout: 30_000 })
    if (statusCode !== 200) throw new Error(`status ${statusCode}`)
    return await body.text()
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
