import { gzipSync } from 'node:zlib'

export interface TarFile {
  name: string
  content?: string | Uint8Array
  /** `0` is a file, `2` a symbolic link, `5` a folder. */
  type?: string
  link?: string
  /** What the header says of the size, where it lies. */
  size?: number
}

/** A `.tgz` with any entries that a stranger could put into one. */
export function tarArchive(files: readonly TarFile[]): Uint8Array {
  return gzipSync(Buffer.concat([...files.flatMap(entry), Buffer.alloc(1024)]))
}

function entry({ name, content = '', type = '0', link = '', size }: TarFile): Buffer[] {
  const data = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${(size ?? data.length).toString(8).padStart(11, '0')}\0`, 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]
}
