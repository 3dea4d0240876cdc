import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { type ActionCall, type BuiltinAction, StepFailure } from './action-call.ts'

const inputs = {
  path: '',
  key: '',
  'restore-keys': '',
  'upload-chunk-size': '',
  enableCrossOsArchive: 'false',
  'fail-on-cache-miss': 'false',
  'lookup-only': 'false',
  'save-always': 'false',
} as const
const longestKey = 512
const mostListed = 4 * 1024 * 1024

/** actions/cache/restore. */
export const cacheRestore: BuiltinAction = { inputs, main: async (call) => void (await restore(call)) }

/** actions/cache/save. */
export const cacheSave: BuiltinAction = { inputs, main: (call) => save(call, readKey(call)) }

/** actions/cache: restores now, and saves after the job when nothing of exactly this key was there. */
export const cache: BuiltinAction = {
  inputs,
  async main(call) {
    const found = await restore(call)
    call.state.set('key', call.input('key'))
    call.state.set('found', found ?? '')
  },
  async post(call, hasSucceeded) {
    const key = call.state.get('key') ?? ''
    if (key === '' || call.state.get('found') === key) return call.say(key === '' ? 'Nothing was restored, so nothing is saved.' : `Cache hit occurred on the primary key ${key}, not saving cache.`) // prettier-ignore
    if (!hasSucceeded && !call.flag('save-always')) return call.say('The job has failed, so the cache is not saved.')
    await save(call, key)
  },
}

async function restore(call: ActionCall): Promise<string | undefined> {
  const { spec, caches } = call
  const key = readKey(call)
  const keys = [key, ...call.input('restore-keys').split('\n').map((line) => line.trim()).filter(Boolean)].slice(0, 11) // prettier-ignore
  const found = await caches.find(spec.repository, spec.cacheScopes.read, versionOf(call), keys)
  call.setOutput('cache-primary-key', key)
  // Empty on a miss, and `false` where another key was taken (README of actions/cache, "Outputs").
  call.setOutput('cache-hit', found === undefined ? '' : String(found.key === key))
  call.setOutput('cache-matched-key', found?.key ?? '')
  if (!found) {
    const text = `Cache not found for input keys: ${keys.join(', ')}`
    if (call.flag('fail-on-cache-miss'))
      throw new StepFailure(`Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: ${key}`)
    call.say(text)
    return undefined
  }
  if (call.flag('lookup-only')) {
    call.say(`Cache found and can be restored from key: ${found.key}`)
    return found.key
  }
  // Unpacked by a step's process: names in it lead nowhere that a step could not go.
  const code = await call.exec(['tar', '-xzPf', '-', '-C', call.sandbox.inside.workspace], {
    input: caches.read(found.digest),
    isQuiet: true,
  })
  if (code !== 0) {
    call.warn(`The cache of key ${found.key} could not be unpacked (tar ended with ${code}).`)
    return undefined
  }
  call.say(`Cache restored from key: ${found.key}`)
  return found.key
}

async function save(call: ActionCall, key: string): Promise<void> {
  const { spec, caches } = call
  const script = join(call.sandbox.scripts, 'list-paths.mjs')
  // Only what is there: a path that never came to be is no failure.
  const { stdout: list } = await call.capture([call.sandbox.node, script, ...writtenPaths(call)], { maxBytes: mostListed })
  const present = list.toString().split('\0').filter(Boolean)
  if (present.length === 0)
    return call.warn('Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is being saved.')
  const { workspace, home } = call.sandbox.inside
  // As `@actions/cache`: from the workspace, because another job may have its home elsewhere.
  const fromWorkspace = present.map((path) => (path.startsWith(`${home}/`) ? relative(workspace, path) : path))
  const input = Buffer.from(fromWorkspace.map((path) => `${path}\0`).join(''))
  const { stdout, done } = await call.pipe(['tar', '-czPf', '-', '-C', workspace, '--null', '-T', '-'], { input })
  const kept = caches.put(spec.repository, spec.cacheScopes.write, versionOf(call), key, stdout)
  kept.catch(() => undefined)
  await done
  let isKept: boolean
  try {
    isKept = await kept
  } catch (error) {
    // As GitHub's own: that nothing is saved fails no job.
    return call.warn(`The cache of key ${key} was not saved. ${error instanceof Error ? error.message : String(error)}`)
  }
  call.say(isKept ? `Cache saved with key: ${key}` : `Unable to reserve cache with key ${key}: it is there already.`)
}

function readKey(call: ActionCall): string {
  const key = call.input('key')
  if (key === '') throw new StepFailure("Input 'key' is needed.")
  if (key.length > longestKey || key.includes(','))
    throw new StepFailure(`'${key.slice(0, 100)}' is no key: at most ${longestKey} characters, and no comma.`)
  return key
}

function writtenPaths(call: ActionCall): string[] {
  const paths = call.input('path').split('\n').map((line) => line.trim()).filter(Boolean) // prettier-ignore
  if (paths.every((path) => path.startsWith('!'))) throw new StepFailure("Input 'path' is needed.")
  return paths
}

/** What was packed from other paths is another cache, though its key is the same (`@actions/cache`, getCacheVersion). */
function versionOf(call: ActionCall): string {
  return createHash('sha256').update(JSON.stringify([writtenPaths(call), 'gzip'])).digest('hex') // prettier-ignore
}
