import { createHash, type Hash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Equal hash, equal files: names, bytes and where links lead, which are followed since the tools do so, too. */
export function hashOfFolder(folder: string): string {
  const hash = createHash('sha256')
  addFolder(hash, folder, new Set())
  return hash.digest('hex')
}

function addFolder(hash: Hash, folder: string, above: ReadonlySet<string>): void {
  const real = realpathSync(folder)
  // A link to a folder above it: the files there are in the hash already.
  if (above.has(real)) return
  const inside = new Set([...above, real])
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.name === '.git') continue
    if (entry.isSymbolicLink()) hash.update(`link ${entry.name} ${readlinkSync(path)}\n`)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) {
      hash.update(`folder ${entry.name}\n`)
      addFolder(hash, path, inside)
      hash.update('end\n')
    } else if (stat?.isFile()) {
      const content = readFileSync(path)
      hash.update(`file ${entry.name} ${content.length}\n`).update(content)
    }
  }
}
