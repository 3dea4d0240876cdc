import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { createDeflateRaw, crc32 } from 'node:zlib'
import { glob } from './glob.mjs'

/**
 * Writes a zip of the files that match to standard output (APPNOTE 6.3.9; sizes and checksums follow each file). What the files have in common of their
 * path is left out, as upload-artifact does it. Arguments: level, whether hidden files are taken, patterns.
 */
const [level = '6', hidden = 'false', ...patterns] = process.argv.slice(2)
const workspace = process.env['GITHUB_WORKSPACE'] ?? process.cwd()
const files = await glob(patterns, workspace, { followSymbolicLinks: true, excludeHidden: hidden !== 'true' })
// 32-bit sizes, and one zip for everything.
const mostBytes = 0xffffffff
const mostFiles = 0xffff

if (files.length > mostFiles) fail(`${files.length} files match, and ${mostFiles} are the most.`)
if (files.length === 0) process.exit(3)
const root = commonFolder(files, patterns)
const central: Buffer[] = []
let offset = 0

for (const file of files) {
  const facts = await stat(file)
  if (facts.size > mostBytes) fail(`'${file}' has ${facts.size} bytes, and ${mostBytes} are the most.`)
  const name = Buffer.from(relative(root, file))
  const start = offset
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(0x0808, 6)
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(0x00210000, 10)
  header.writeUInt16LE(name.length, 26)
  await write(Buffer.concat([header, name]))
  let checksum = 0
  let size = 0
  let packed = 0
  const deflate = createDeflateRaw({ level: Math.min(9, Math.max(0, Number(level) || 0)) })
  const source = createReadStream(file)
  source.on('data', (chunk) => {
    checksum = crc32(chunk, checksum)
    size += chunk.length
  })
  source.on('error', (error) => fail(error.message))
  source.pipe(deflate)
  for await (const chunk of deflate as AsyncIterable<Buffer>) {
    packed += chunk.length
    await write(chunk)
  }
  const descriptor = Buffer.alloc(16)
  descriptor.writeUInt32LE(0x08074b50, 0)
  descriptor.writeUInt32LE(checksum >>> 0, 4)
  descriptor.writeUInt32LE(packed, 8)
  descriptor.writeUInt32LE(size, 12)
  await write(descriptor)
  if (offset > mostBytes) fail('The zip is larger than 4 GiB.')
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(0x031e, 4)
  entry.writeUInt16LE(20, 6)
  entry.writeUInt16LE(0x0808, 8)
  entry.writeUInt16LE(8, 10)
  entry.writeUInt32LE(0x00210000, 12)
  entry.writeUInt32LE(checksum >>> 0, 16)
  entry.writeUInt32LE(packed, 20)
  entry.writeUInt32LE(size, 24)
  entry.writeUInt16LE(name.length, 28)
  entry.writeUInt32LE((0o100644 << 16) >>> 0, 38)
  entry.writeUInt32LE(start, 42)
  central.push(entry, name)
}
const list = Buffer.concat(central)
const end = Buffer.alloc(22)
end.writeUInt32LE(0x06054b50, 0)
end.writeUInt16LE(files.length, 8)
end.writeUInt16LE(files.length, 10)
end.writeUInt32LE(list.length, 12)
end.writeUInt32LE(offset, 16)
await write(Buffer.concat([list, end]))

async function write(bytes: Buffer): Promise<void> {
  offset += bytes.length
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain')
}

/** With one pattern the folder that it names; with several what they share. A single file stands for itself. */
function commonFolder(found: readonly string[], given: readonly string[]): string {
  const starts = given
    .filter((one) => !one.trim().startsWith('!'))
    .map((one) => {
      const path = one.trim().startsWith('/') ? one.trim() : `${workspace}/${one.trim()}`
      const parts = path.split('/')
      const wild = parts.findIndex((part) => /[*?[\]]/.test(part))
      return (wild < 0 ? parts : parts.slice(0, wild)).join('/').replace(/\/+$/, '')
    })
  const folders = starts.map((start) => (found.includes(start) ? dirname(start) : start))
  let shared = (folders[0] ?? workspace).split('/')
  for (const folder of [...folders, ...found.map((file) => dirname(file))]) {
    const parts = folder.split('/')
    let same = 0
    while (same < shared.length && shared[same] === parts[same]) same++
    shared = shared.slice(0, same)
  }
  return shared.join('/') || '/'
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
