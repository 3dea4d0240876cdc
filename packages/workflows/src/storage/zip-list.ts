import { open } from 'node:fs/promises'

const endMarker = 0x06054b50
const entryMarker = 0x02014b50
const mostEntries = 200_000
const largestList = 128 * 1024 * 1024

/**
 * What a zip says it holds (APPNOTE 6.3.9, 4.3.12 and 4.3.16), refused when a name leads out of it or an entry is a link: whoever unpacks it elsewhere
 * may be less careful. `size`: unpacked.
 */
export async function readZipList(file: string): Promise<{ files: number; size: number }> {
  const handle = await open(file, 'r')
  try {
    const { size: length } = await handle.stat()
    const tail = Buffer.alloc(Math.min(length, 22 + 65_535))
    await handle.read(tail, 0, tail.length, length - tail.length)
    let at = tail.length - 22
    while (at >= 0 && tail.readUInt32LE(at) !== endMarker) at--
    if (at < 0) throw new Error('This is no zip.')
    const count = tail.readUInt16LE(at + 10)
    const listSize = tail.readUInt32LE(at + 12)
    const offset = tail.readUInt32LE(at + 16)
    if (count > mostEntries || listSize > largestList || offset + listSize > length)
      throw new Error('The list of files of this zip cannot be right.')
    const list = Buffer.alloc(listSize)
    await handle.read(list, 0, listSize, offset)
    let files = 0
    let size = 0
    for (let from = 0; from + 46 <= list.length;) {
      if (list.readUInt32LE(from) !== entryMarker) throw new Error('The list of files of this zip is damaged.')
      const nameLength = list.readUInt16LE(from + 28)
      const name = list.toString('utf8', from + 46, from + 46 + nameLength)
      const mode = list.readUInt32LE(from + 38) >>> 16
      if (!isSafeName(name)) throw new Error(`A file of this zip is called '${name.slice(0, 200)}', which leads out of it.`)
      if ((mode & 0o170000) === 0o120000) throw new Error(`'${name.slice(0, 200)}' in this zip is a link.`)
      size += list.readUInt32LE(from + 24)
      if (!name.endsWith('/')) files++
      from += 46 + nameLength + list.readUInt16LE(from + 30) + list.readUInt16LE(from + 32)
    }
    return { files, size }
  } finally {
    await handle.close()
  }
}

function isSafeName(name: string): boolean {
  return name !== '' && !name.startsWith('/') && !name.includes('\\') && !name.includes('\0') && !name.split('/').includes('..')
}
