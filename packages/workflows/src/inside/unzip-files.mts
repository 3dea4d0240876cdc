import { createWriteStream } from 'node:fs'
import { lstat, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/** Unpacks a zip of ours: regular files only, each below the folder; an existing file is replaced, a link on the way is not gone through. */
const [archive = '', folder = ''] = process.argv.slice(2)
const handle = await open(archive, 'r')
const { size } = await handle.stat()
const tail = Buffer.alloc(Math.min(size, 22 + 65_535))
await handle.read(tail, 0, tail.length, size - tail.length)
let at = tail.length - 22
while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--
if (at < 0) throw new Error('This is no zip.')
const list = Buffer.alloc(tail.readUInt32LE(at + 12))
await handle.read(list, 0, list.length, tail.readUInt32LE(at + 16))
for (let from = 0; from + 46 <= list.length;) {
  const nameLength = list.readUInt16LE(from + 28)
  const name = list.toString('utf8', from + 46, from + 46 + nameLength)
  const method = list.readUInt16LE(from + 10)
  const packed = list.readUInt32LE(from + 20)
  const start = list.readUInt32LE(from + 42)
  from += 46 + nameLength + list.readUInt16LE(from + 30) + list.readUInt16LE(from + 32)
  if (name.endsWith('/')) continue
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) throw new Error(`'${name}' leads out of the zip.`)
  const local = Buffer.alloc(30)
  await handle.read(local, 0, 30, start)
  const begin = start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  const target = join(folder, name)
  await mkdir(dirname(target), { recursive: true })
  const there = await lstat(target).catch(() => undefined)
  if (there?.isSymbolicLink()) throw new Error(`'${name}' is a link here already.`)
  const source = handle.createReadStream({ start: begin, end: Math.max(begin, begin + packed - 1), autoClose: false })
  const output = createWriteStream(target)
  if (packed === 0) output.end()
  else if (method === 8) await pipeline(source, createInflateRaw(), output)
  else await pipeline(source, output)
  process.stdout.write(`${name}\n`)
}
await handle.close()
