import { createHash } from 'node:crypto'
import type { SourceTree } from '../contract.ts'

/** A repository as a list of files; a link is `{ link: TARGET }`. Counts what is read. */
export function memoryTree(files: Record<string, string | Buffer | { link: string }>): SourceTree & { reads: string[] } {
  const contents = new Map<string, Buffer>()
  const entries = Object.entries(files).map(([path, content]) => {
    const isLink = typeof content === 'object' && 'link' in content
    const bytes = Buffer.from(isLink ? content.link : content)
    const hash = createHash('sha1').update(bytes).digest('hex')
    contents.set(hash, bytes)
    return { path, kind: isLink ? ('symlink' as const) : ('file' as const), hash, size: bytes.length }
  })
  const below = (path: string) => entries.filter((entry) => path === '' || entry.path.startsWith(`${path}/`))
  const reads: string[] = []
  return {
    reads,
    hashOf: (path) =>
      Promise.resolve(
        below(path).length === 0
          ? undefined
          : createHash('sha1')
              .update(JSON.stringify(below(path)))
              .digest('hex'),
      ),
    list: (path) => Promise.resolve(below(path)),
    read(hash) {
      reads.push(hash)
      return Promise.resolve(contents.get(hash) ?? Buffer.alloc(0))
    },
  }
}
