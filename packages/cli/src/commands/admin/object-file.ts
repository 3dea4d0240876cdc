import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { KubeObject } from '@plimsoll/kube'
import { CommandFailure } from '../../exit-code.ts'
import { note } from '../../output/print.ts'

/** A file, or standard input for `-`. */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The first object of a file; that there are more is said. */
export async function readObject(file: string): Promise<KubeObject> {
  const documents = (await readMaps(file)).filter((document) => document !== null)
  const [object] = documents
  if (!isMap(object)) throw new CommandFailure(`${file} holds no object.`)
  const { apiVersion, kind, metadata = {} } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isMap(metadata))
    throw new CommandFailure(`${file}: the first document is no object of Kubernetes: apiVersion or kind is missing.`)
  if (documents.length > 1) note(`${file} holds ${documents.length} documents: the first one counts.`)
  return { ...object, apiVersion, kind, metadata: metadata as unknown as KubeObject['metadata'] }
}

/** The data of a ConfigMap. */
export async function readConfigMap(file: string): Promise<Record<string, string>> {
  const [object] = await readMaps(file)
  const data = isMap(object) ? object.data : undefined
  if (!isMap(data)) throw new CommandFailure(`${file} is no ConfigMap with data.`)
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

async function readMaps(file: string): Promise<unknown[]> {
  const content = await readText(file)
  try {
    // A command that reads no file does without the renderer.
    const { readDocuments } = await import('@plimsoll/render')
    return readDocuments(content)
  } catch (error) {
    throw new CommandFailure(`${file} is no YAML: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)}`)
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
