import { fromBytes, GoBytes, type GoFunction, type GoMap, typedList, TypedMap } from '../go/value.ts'
import { fixed } from '../sprig/go-function.ts'
import { writeHelmYaml } from '../yaml/index.ts'
import { byteString } from './byte-text.ts'
import type { ChartFile } from './chart.ts'
import { compileGlob } from './file-glob.ts'
import { baseName } from './go-path.ts'

const none = new GoBytes(new Uint8Array(0))

/** `.Files`: pkg/engine/files.go. Never changes, so it is made once for a chart. */
export function filesObject(files: readonly ChartFile[]): TypedMap {
  return withMethods(files.map((file): [string, GoBytes] => [file.name, new GoBytes(file.data)]))
}

function withMethods(entries: readonly (readonly [string, GoBytes])[]): TypedMap {
  const methods = new Map<string, GoFunction>()
  const files = new TypedMap('engine.files', { elementType: '[]uint8', methods, entries })
  const find = (name: string): GoBytes => {
    const found = files.get(name)
    return found instanceof GoBytes ? found : none
  }
  const all: Record<string, GoFunction> = {
    Get: fixed(['string'], (name) => byteString(find(name).bytes)),
    GetBytes: fixed(['string'], find),
    Glob: fixed(['string'], (pattern) => {
      const matches = compileGlob(fromBytes(pattern))
      return withMethods(entries.filter(([name]) => matches(fromBytes(name))))
    }),
    AsConfig: fixed([], () => asYaml(files, byteString)),
    AsSecrets: fixed([], () => asYaml(files, (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'))),
    Lines: fixed(['string'], (name) => {
      if (!files.has(name)) return typedList('string', [])
      const text = byteString(find(name).bytes)
      if (text === '') throw new Error('runtime error: index out of range [-1]')
      return typedList('string', (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'))
    }),
  }
  for (const [name, method] of Object.entries(all)) methods.set(name, method)
  return files
}

/** Of two files with one name Helm takes one by chance; here the last path wins. */
function asYaml(files: GoMap, write: (bytes: Uint8Array) => string): string {
  const content = new TypedMap('map[string]string', { elementType: 'string' })
  for (const name of [...files.keys()].toSorted()) {
    const file = files.get(name)
    if (file instanceof GoBytes) content.set(baseName(name), write(file.bytes))
  }
  return writeHelmYaml(content).replace(/\n$/, '')
}
