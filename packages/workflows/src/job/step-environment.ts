import { join } from 'node:path'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { textOf } from '../step/values.ts'
import { architectureOf, githubOf } from './job-contexts.ts'
import type { StepCall } from './frame.ts'
import type { JobExecution } from './job-execution.ts'

const githubVariables = (
  'action_path action_ref action_repository actor actor_id api_url base_ref event_name graphql_url head_ref job ref ref_name ref_protected ref_type ' +
  'repository repository_id repository_owner repository_owner_id retention_days run_attempt run_id run_number server_url sha triggering_actor workflow workflow_ref workflow_sha'
).split(' ')

const machineUser: readonly (readonly [string, string])[] = [
  ['USER', 'runner'],
  ['LOGNAME', 'runner'],
  ['LANG', 'C.UTF-8'],
]

/** What steps see: `env` of all levels, GitHub's own variables over it. */
export function environmentOf(
  job: JobExecution,
  call: Pick<StepCall, 'env' | 'frame' | 'actionId'>,
  more: readonly (readonly [string, string])[] = [],
  sandbox: Sandbox = job.tools.sandbox,
): Map<string, string> {
  const { inside } = sandbox
  const env = new Map<string, string>([
    ...(sandbox.env ?? []),
    ['HOME', inside.home],
    // Who an image's programs run as is the image's to say.
    ...(sandbox.image ? [] : machineUser),
    ['CI', 'true'],
    ...job.env,
    ...call.env,
  ])
  const github = githubOf(job, call.frame)
  for (const name of githubVariables) {
    const value = github[name]
    if (value !== null && value !== undefined) env.set(`GITHUB_${name.toUpperCase()}`, textOf(value))
  }
  const fixed: (readonly [string, string])[] = [
    ['GITHUB_ACTIONS', 'true'],
    ['GITHUB_ACTION', call.actionId],
    ['GITHUB_WORKSPACE', inside.workspace],
    ['GITHUB_EVENT_PATH', join(inside.commands, 'event.json')],
    ['RUNNER_OS', 'Linux'],
    ['RUNNER_ARCH', architectureOf(sandbox)],
    ['RUNNER_NAME', 'plimsoll'],
    ['RUNNER_ENVIRONMENT', 'self-hosted'],
    ['RUNNER_TEMP', inside.temp],
    ['RUNNER_TOOL_CACHE', inside.toolCache],
    ['RUNNER_WORKSPACE', join(inside.workspace, '..')],
    ...more,
  ]
  for (const [name, value] of fixed) env.set(name, value)
  if (job.spec.isDebug) env.set('RUNNER_DEBUG', '1')
  // An image that is run for itself has its own, which is not ours to know.
  if (sandbox.path !== '') env.set('PATH', [...job.pathAdditions.toReversed(), env.get('PATH') ?? sandbox.path].join(':'))
  return env
}

/** Whether a step would find a program. */
export async function hasProgram(job: JobExecution, program: string, call: StepCall): Promise<boolean> {
  if (program.includes('/')) return true
  const { sandbox } = job.tools
  const path = [...job.pathAdditions, job.env.get('PATH') ?? call.env.get('PATH') ?? sandbox.path].join(':')
  return (await sandbox.files.find(program, path)) !== undefined
}
