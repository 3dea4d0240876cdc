import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { root } from '../harness/paths.ts'
import { run } from '../harness/run.ts'
import type { RenderCase } from './cases.ts'
import { hashOfFolder } from './content-hash.ts'

/** What a real tool has answered. */
export interface ToolRun {
  code: number
  stdout: string
  stderr: string
  ms: number
}

export interface RealTool {
  /** For people: `helm 3.18`. */
  name: string
  program: string
  /** What its results are kept under: its version is what it prints, and not its path. */
  version: string
  /** helm that `kubectl kustomize --enable-helm` runs. It knows helm 3 only. */
  helmForKustomize?: string
  /** A newer release, of which ours has the semantics where the two differ. */
  newer?: RealTool
}

export const release = { name: 'conformance', namespace: 'conformance-space' }

/** No cluster, no network, no configuration of this machine's user: what is answered depends on the files alone. */
function environment(): Record<string, string | undefined> {
  const home = emptyHome()
  const nowhere = 'http://127.0.0.1:1'
  return {
    HOME: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    KUBECONFIG: join(home, 'no-kubeconfig'),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    NO_PROXY: '',
    no_proxy: '',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'false',
  }
}

let home: string | undefined
function emptyHome(): string {
  home ??= mkdtempSync(join(tmpdir(), 'plimsoll-conformance-'))
  return home
}

/** The arguments, in which the folder of the case is still `CASE`. */
export function argumentsFor({ tool, valuesFile, flags }: RenderCase, kind: RealTool): string[] {
  if (tool === 'kustomize') {
    return ['kustomize', 'CASE', ...(kind.helmForKustomize === undefined ? [] : ['--enable-helm', '--helm-command', kind.helmForKustomize])]
  }
  return [
    'template',
    release.name,
    'CASE',
    '--namespace',
    release.namespace,
    '--include-crds',
    ...(valuesFile === undefined ? [] : ['--values', `CASE/${valuesFile}`]),
    ...flags,
  ]
}

/**
 * Runs the real tool, or reads what it answered when it was last asked for the same: forking is what takes the time. `attempt` tells the runs of
 * one case apart, since what is random differs between them.
 */
export async function runTool(kind: RealTool, one: RenderCase, attempt: number): Promise<ToolRun & { fromCache: boolean }> {
  const args = argumentsFor(one, kind)
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        kind.version,
        args.map((arg) => (arg === kind.helmForKustomize ? 'helm' : arg)),
        one.path === '' || one.tool === 'helm' ? '' : one.path,
        hashOf(one),
        attempt,
      ]),
    )
    .digest('hex')
  const file = join(root, '.cache', 'conformance', key.slice(0, 2), `${key}.json.gz`)
  if (existsSync(file)) return { ...(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as ToolRun), fromCache: true }

  const answer = await forkTool(kind, one)
  // Killed, or out of time: that says nothing of the chart, and is asked again the next time.
  if (answer.code < 0) return { ...answer, fromCache: false }
  mkdirSync(dirname(file), { recursive: true })
  const partial = `${file}.${process.pid}.${attempt}`
  writeFileSync(partial, gzipSync(JSON.stringify(answer), { level: 1 }))
  renameSync(partial, file)
  return { ...answer, fromCache: false }
}

/** Runs the real tool, whatever is kept of it. */
export async function forkTool(kind: RealTool, one: RenderCase): Promise<ToolRun> {
  const folder = join(one.root, one.path)
  const args = argumentsFor(one, kind).map((arg) => arg.replace(/(^|=)CASE(?=\/|$)/g, `$1${folder}`))
  const startedAt = performance.now()
  const { code, stdout, stderr } = await run(kind.program, args, { cwd: folder, env: environment(), timeoutMs: 120_000 })
  return { code, stdout, stderr, ms: performance.now() - startedAt }
}

const hashes = new Map<string, string>()

/** A chart is its own folder; a kustomization may name any other below the root. */
function hashOf({ tool, root, path }: RenderCase): string {
  const folder = tool === 'helm' ? join(root, path) : root
  let hash = hashes.get(folder)
  if (hash === undefined) {
    hash = hashOfFolder(folder)
    hashes.set(folder, hash)
  }
  return hash
}
