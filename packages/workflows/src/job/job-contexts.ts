import { join } from 'node:path'
import { StepFailure } from '../actions/action-call.ts'
import type { Contexts, ValueMap } from '../language/contract.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { runInSandbox } from '../step/run-process.ts'
import { mapOf } from '../step/values.ts'
import type { Frame } from './frame.ts'
import { commandFileContexts } from './job-environment.ts'
import type { JobExecution } from './job-execution.ts'

/** Everything that an expression in a step may read. `frame`: none while the job is set up. */
export function contextsOf(job: JobExecution, frame: Frame | undefined, env: ReadonlyMap<string, string>): Contexts {
  const { spec, tools } = job
  const { sandbox } = tools
  const { inside } = sandbox
  const { secrets, ...contexts } = spec.contexts
  return {
    ...contexts,
    github: githubOf(job, frame),
    env: mapOf([...(frame ? job.env : []), ...env]),
    job: mapOf([['status', job.status], ...tools.containers.contexts, ...servicesOf(sandbox)]),
    steps: mapOf(frame?.steps ?? []),
    runner: mapOf([
      ['name', 'plimsoll'],
      ['os', 'Linux'],
      ['arch', architectureOf(sandbox)],
      ['temp', inside.temp],
      ['tool_cache', inside.toolCache],
      ['debug', spec.isDebug ? '1' : ''],
      ['environment', 'self-hosted'],
    ]),
    ...(frame?.inputs && { inputs: frame.inputs }),
    // A composite action gets what it is given, not what its caller has.
    ...(secrets !== undefined && (frame?.depth ?? 0) === 0 && { secrets }),
  }
}

/** Of a sandbox that has them itself. */
function servicesOf({ services = new Map() }: Sandbox): [string, ValueMap][] {
  const entries = [...services].map(([name, ports]) => [name, mapOf([['ports', mapOf(ports)]])] as const)
  return entries.length > 0 ? [['services', mapOf(entries)]] : []
}

export function githubOf(job: JobExecution, frame: Frame | undefined): ValueMap {
  const { inside } = job.tools.sandbox
  return mapOf([
    ...Object.entries(job.spec.contexts.github ?? {}),
    ['workspace', inside.workspace],
    ['event_path', join(inside.commands, 'event.json')],
    ['action_status', job.status],
    ...(frame?.current ? ([['action', frame.current.action], ...commandFileContexts(inside.commands, frame.current.files)] as const) : []),
    ...(frame?.github ?? []),
  ])
}

/** Runs inside the sandbox: a link leads nowhere that a step could not go. */
export async function hashFiles(job: JobExecution, patterns: readonly string[]): Promise<string> {
  const sandbox = job.tools.sandbox.beside ?? job.tools.sandbox
  const chunks: Buffer[] = []
  const command = {
    argv: [sandbox.node, join(sandbox.scripts, 'hash-files.mjs'), ...patterns],
    workingDirectory: sandbox.inside.workspace,
    env: new Map([['PATH', sandbox.path], ['GITHUB_WORKSPACE', sandbox.inside.workspace]]), // prettier-ignore
  }
  const limits = { signal: new AbortController().signal, timeoutMs: 120_000, limit: job.limit, streams: 'stdout' as const }
  const end = await runInSandbox(sandbox, command, limits, (chunk) => void chunks.push(chunk))
  const digest = Buffer.concat(chunks).toString().trim()
  if (end.code !== 0) throw new StepFailure(`hashFiles('${patterns.join("', '")}') failed: ${digest || `exit code ${end.code}`}`)
  return digest
}

export function architectureOf({ arch }: Sandbox): string {
  return arch === 'arm64' ? 'ARM64' : arch === 'x64' ? 'X64' : arch.toUpperCase()
}
