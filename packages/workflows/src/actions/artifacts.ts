import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type ActionCall, type BuiltinAction, StepFailure } from './action-call.ts'

const noFiles = 3

/** actions/upload-artifact, v3 and v4. */
export const uploadArtifact: BuiltinAction = {
  inputs: {
    name: 'artifact',
    path: '',
    'if-no-files-found': 'warn',
    'retention-days': '',
    'compression-level': '6',
    overwrite: 'false',
    'include-hidden-files': 'false',
  },
  async main(call) {
    const name = call.input('name')
    requireName(name)
    const patterns = call.input('path').split('\n').map((line) => line.trim()).filter(Boolean) // prettier-ignore
    if (patterns.length === 0) throw new StepFailure("Input 'path' is needed: which files to keep.")
    const script = join(call.sandbox.scripts, 'zip-files.mjs')
    const level = /^\d$/.test(call.input('compression-level')) ? call.input('compression-level') : '6'
    const { stdout, done } = await call.pipe([call.sandbox.node, script, level, String(call.flag('include-hidden-files')), ...patterns])
    const days = Number(call.input('retention-days'))
    const kept = call.artifacts.put(call.spec.runId, name, stdout, {
      attempt: call.spec.attempt,
      overwrite: call.flag('overwrite'),
      ...(Number.isInteger(days) && days > 0 && { retentionDays: days }),
    })
    kept.catch(() => undefined)
    if ((await done) === noFiles) return nothingFound(call, patterns)
    const { files, size, digest } = await kept.catch((error: unknown) => {
      throw new StepFailure(error instanceof Error ? error.message : String(error))
    })
    call.say(`Artifact '${name}': ${files} files, ${size} bytes, ${digest}`)
    call.setOutput('artifact-id', digest)
    call.setOutput('artifact-digest', digest.replace(/^sha256:/, ''))
    call.setOutput('artifact-url', `${call.spec.serverUrl}/api/v1/runs/${call.spec.runId}/artifacts/${encodeURIComponent(name)}`)
  },
}

function nothingFound(call: ActionCall, patterns: readonly string[]): void {
  const text = `No files were found with the provided path: ${patterns.join(', ')}. No artifacts will be uploaded.`
  const wanted = call.input('if-no-files-found')
  if (wanted === 'error') throw new StepFailure(text)
  if (wanted === 'ignore') call.say(text)
  else call.warn(text)
}

/** `@actions/artifact`: what no file system of a user's could hold. */
function requireName(name: string): void {
  if (name !== '' && name.length <= 255 && !/["\r\n:<>|*?\\/]/.test(name)) return
  throw new StepFailure(`'${name}' is no name for an artifact: it may not be empty, nor hold any of " : < > | * ? \\ / or a line break.`)
}

/** actions/download-artifact, v3 and v4: of this run. */
export const downloadArtifact: BuiltinAction = {
  inputs: {
    name: '',
    'artifact-ids': '',
    path: '',
    pattern: '',
    'merge-multiple': 'false',
    'github-token': '',
    repository: '',
    'run-id': '',
  },
  async main(call) {
    const { spec, sandbox } = call
    if (call.input('run-id') !== '' && call.input('run-id') !== spec.runId)
      throw new StepFailure(`Artifacts of run ${call.input('run-id')} are not for this run: only its own can be downloaded in a step.`)
    const all = await call.artifacts.list(spec.runId)
    const name = call.input('name')
    const pattern = call.input('pattern')
    const ids = call.input('artifact-ids').split(',').map((id) => id.trim()).filter(Boolean) // prettier-ignore
    if (name !== '' && ids.length > 0) throw new StepFailure("Inputs 'name' and 'artifact-ids' cannot be used together.")
    const wanted = chosen(all, { name, ids, patterns: withoutBraces(pattern) })
    const missing = ids.find((id) => !wanted.some((one) => one.digest === id))
    if (missing !== undefined) throw new StepFailure(`Unable to find an artifact with the id '${missing}'.`)
    if (name !== '' && wanted.length === 0)
      throw new StepFailure(
        `Unable to find an artifact with the name '${name}' (there are ${all.map((one) => one.name).join(', ') || 'none'}).`,
      )
    const folder = resolve(sandbox.inside.workspace, call.input('path').replace(/^~(?=\/|$)/, sandbox.inside.home))
    const isFlat = name !== '' || ids.length === 1 || call.flag('merge-multiple')
    for (const one of wanted) {
      const name = `artifact-${randomUUID()}.zip`
      const archive = await sandbox.files.put(name, call.artifacts.read(one.digest))
      const target = isFlat ? folder : join(folder, one.name)
      const code = await call.exec([sandbox.node, join(sandbox.scripts, 'unzip-files.mjs'), archive, target])
      await sandbox.files.remove([name])
      if (code !== 0) throw new StepFailure(`Artifact '${one.name}' could not be unpacked into '${target}'.`)
    }
    call.say(`Downloaded ${wanted.length} artifact(s) into ${folder}`)
    call.setOutput('download-path', folder)
  },
}

function chosen<T extends { name: string; digest: string }>(
  all: readonly T[],
  by: { name: string; ids: readonly string[]; patterns: readonly string[] },
): T[] {
  if (by.name !== '') return all.filter((one) => one.name === by.name)
  if (by.ids.length > 0) return all.filter((one) => by.ids.includes(one.digest))
  return all.filter((one) => by.patterns.some((pattern) => pattern === '' || matches(pattern, one.name)))
}

const mostPatterns = 100

/** `{a,b}` is each of them, as in the minimatch of GitHub's action. */
function withoutBraces(pattern: string): string[] {
  const found = /^([^]*?)\{([^{}]*,[^{}]*)\}([^]*)$/.exec(pattern)
  if (!found) return [pattern]
  const [, before = '', words = '', after = ''] = found
  const all = words.split(',').flatMap((word) => withoutBraces(before + word + after))
  if (all.length > mostPatterns) throw new StepFailure(`'${pattern.slice(0, 100)}' stands for more than ${mostPatterns} patterns.`)
  return all
}

/** `*` and `?`, step by step: time is never more than the product of the two lengths. */
export function matches(pattern: string, text: string): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, at) => at === 0)
  for (const token of pattern) {
    const next = Array.from({ length: text.length + 1 }, () => false)
    for (let at = 0; at <= text.length; at++) {
      if (token === '*') next[at] = (row[at] ?? false) || (at > 0 && (next[at - 1] ?? false))
      else if (at > 0 && row[at - 1] && (token === '?' || token === text[at - 1])) next[at] = true
    }
    row = next
  }
  return row[text.length] ?? false
}
