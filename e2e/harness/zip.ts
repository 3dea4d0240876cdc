import { inflateRawSync } from 'node:zlib'

/** Reads one file out of a zip archive (PKWARE APPNOTE 4.3), without ZIP64: what npm packages carry is small. */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0) throw new Error('This is not a zip archive.')
  let offset = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(offset + 28)
    const entryName = archive.toString('utf8', offset + 46, offset + 46 + nameLength)
    if (entryName === name) {
      const local = archive.readUInt32LE(offset + 42)
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const data = archive.subarray(start, start + archive.readUInt32LE(offset + 20))
      return archive.readUInt16LE(offset + 10) === 0 ? data : inflateRawSync(data)
    }
    offset += 46 + nameLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32)
  }
  throw new Error(`The archive has no ${name}.`)
}
