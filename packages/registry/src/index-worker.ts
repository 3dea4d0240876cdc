import { parentPort, workerData } from 'node:worker_threads'
import yaml from 'js-yaml'

/** What a repository's index says of one chart, newest first as the index has them. */
export type IndexAnswer = { versions: { version: string; url?: string; digest?: string }[] } | { problem: string }

/** What is told is copied to the main thread in one go. The largest public chart has about 2,000 versions. */
const maxVersions = 20_000
const maxVersionLength = 256
const maxURLLength = 4096

const { body, chart } = workerData as { body: Uint8Array; chart: string }
parentPort?.postMessage(readIndex(Buffer.from(body).toString('utf8'), chart))

function readIndex(text: string, name: string): IndexAnswer {
  let index: unknown
  try {
    // Everything stays text: a version such as 1.10 is no number.
    index = text.trimStart().startsWith('{') ? JSON.parse(text) : yaml.load(text, { schema: yaml.FAILSAFE_SCHEMA })
  } catch (error) {
    return { problem: error instanceof yaml.YAMLException ? error.reason : 'it is not YAML' }
  }
  const entries = field(index, 'entries')
  if (typeof entries !== 'object' || entries === null) return { problem: 'it has no entries' }
  const versions = field(entries, name)
  if (Array.isArray(versions) && versions.length > maxVersions) {
    return { problem: `it has ${versions.length} versions of this chart; at most ${maxVersions} are read` }
  }
  return {
    versions: (Array.isArray(versions) ? versions : []).flatMap((entry: unknown) => {
      const version = textOf(field(entry, 'version'), maxVersionLength)
      const urls: unknown = field(entry, 'urls')
      const url = Array.isArray(urls) ? textOf(urls[0], maxURLLength) : undefined
      const digest = textOf(field(entry, 'digest'), maxVersionLength)
      if (version === undefined || !Array.isArray(urls)) return []
      return [{ version, ...(url !== undefined && { url }), ...(digest !== undefined && { digest }) }]
    }),
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

function textOf(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' && value.length <= maxLength ? value : undefined
}
