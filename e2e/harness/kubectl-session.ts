import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findKubectl } from './kubectl.ts'
import type { Plimsoll } from './plimsoll.ts'
import { run, type RunOptions, type RunResult } from './run.ts'

export const kubectlVersions = ['1.33', '1.34'] as const
export type KubectlVersion = (typeof kubectlVersions)[number]

/**
 * The real kubectl in a namespace of its own. The first argument is split at spaces, the others are passed as they are:
 * `kubectl('exec web --', 'sh', '-c', 'echo a b')`.
 */
export interface Kubectl {
  /** Standard output of a call that must succeed. */
  (words: string, ...more: string[]): Promise<string>
  /** Standard error of a call that must fail. */
  fails(words: string, ...more: string[]): Promise<string>
  /** Whatever comes out. */
  try(words: string, ...more: string[]): Promise<RunResult>
  /** With an input, an environment, a directory or a time limit. */
  with(options: RunOptions): Kubectl
  /** `apply -f -` of a manifest; more arguments may follow. */
  apply(manifest: string, ...more: string[]): Promise<string>
  /** One value by JSONPath, such as `get('deploy web', '.spec.replicas')`. */
  value(what: string, path: string): Promise<string>
  readonly program: string
  readonly namespace: string
  readonly environment: Record<string, string>
}

/** Makes the namespace; '' leaves the choice to the manifests. kubectl gets a home directory of its own, so that nothing on this machine changes what it does. */
export async function openKubectl(plimsoll: Plimsoll, version: KubectlVersion, namespace: string): Promise<Kubectl> {
  const program = findKubectl(version)
  if (program === undefined) throw new Error('kubectl is missing; the test should have been skipped')
  const kubectl = kubectlIn(program, plimsoll.kubeconfig, namespace, {})
  if (namespace !== '' && namespace !== 'default') await kubectl(`create namespace ${namespace}`)
  return kubectl
}

function kubectlIn(program: string, kubeconfig: string, namespace: string, options: RunOptions): Kubectl {
  const environment = { KUBECONFIG: kubeconfig, HOME: home(), KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true' }
  const attempt = (words: string, ...more: string[]): Promise<RunResult> =>
    run(program, [...(namespace === '' ? [] : ['--namespace', namespace]), ...words.split(/\s+/).filter((word) => word !== ''), ...more], {
      ...options,
      env: { ...environment, ...options.env },
    })
  const succeed = async (words: string, ...more: string[]): Promise<string> => {
    const result = await attempt(words, ...more)
    if (result.code !== 0)
      throw new Error(`kubectl ${[words, ...more].join(' ')} ended with ${result.code}:\n${result.stdout}${result.stderr}`)
    return result.stdout
  }
  return Object.assign(succeed, {
    program,
    namespace,
    environment,
    try: attempt,
    async fails(words: string, ...more: string[]) {
      const result = await attempt(words, ...more)
      if (result.code === 0) throw new Error(`kubectl ${[words, ...more].join(' ')} succeeded:\n${result.stdout}`)
      return result.stderr.trim()
    },
    with: (added: RunOptions) => kubectlIn(program, kubeconfig, namespace, { ...options, ...added }),
    apply: (manifest: string, ...more: string[]) =>
      kubectlIn(program, kubeconfig, namespace, { ...options, input: manifest })('apply -f -', ...more),
    value: (what: string, path: string) => succeed(`get ${what}`, '-o', `jsonpath={${path}}`),
  })
}

let homeDirectory: string | undefined

function home(): string {
  if (homeDirectory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'plimsoll-home-'))
    homeDirectory = made
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  }
  return homeDirectory
}

/** A table as kubectl prints it: the cells of each row by the name of their column. */
export function tableOf(output: string): Record<string, string>[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const head = lines[0] ?? ''
  const starts = [...head.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ name: match[0], at: match.index }))
  return lines
    .slice(1)
    .map((line) => Object.fromEntries(starts.map(({ name, at }, index) => [name, line.slice(at, starts[index + 1]?.at).trim()])))
}

/** Writes files into a directory that is removed when the tests end. */
export function filesForKubectl(files: Record<string, string>): string {
  const directory = mkdtempSync(join(home(), 'files-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  return directory
}
