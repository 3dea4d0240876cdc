import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { StepFailure } from '../actions/action-call.ts'
import type { RunStep, Scope, Template } from '../language/contract.ts'
import { interpolate, strangerContexts } from '../language/index.ts'
import { runInSandbox } from '../step/run-process.ts'
import { shellOf } from '../step/shells.ts'
import { type Frame, knowledgeIn, type StepCall } from './frame.ts'
import type { JobExecution } from './job-execution.ts'
import { hasProgram } from './step-environment.ts'

/** A step with `run`. */
export async function runScript(job: JobExecution, step: RunStep, call: StepCall): Promise<void> {
  const { tools } = job
  const { sandbox } = tools
  const { number } = call.frame.record
  refuseStrangers(job, step, call.frame)
  const script = await interpolate(step.run, call.scope)
  const { shells, folders } = settingsOf(job, step, call.frame)
  const shellName = await firstOf(shells, call.scope)
  const isThere = (program: string): Promise<boolean> => hasProgram(job, program, call)
  // GitHub: in a job's container it is `sh` that nobody has to name, whatever else its image has.
  const shell = await shellOf(shellName || ((sandbox.image ?? job.spec.asked.container) && 'sh'), isThere)
  if ('problem' in shell) throw new StepFailure(shell.problem)
  const folder = await firstOf(folders, call.scope)
  const workingDirectory = folder ? (folder.startsWith('/') ? folder : join(sandbox.inside.workspace, folder)) : sandbox.inside.workspace
  const text = shell.wrap(script.endsWith('\n') ? script : `${script}\n`)
  const file = await sandbox.files.put(`${randomUUID()}${shell.extension}`, text, 0o700)
  const argv = shell.argv.map((word) => word.replaceAll('{0}', file))
  // Hidden before it is cut: half a secret is not known for one.
  job.say(number, `Run ${firstLine(tools.masker.hide(script))}`, 'group')
  for (const line of script.trimEnd().split('\n')) job.say(number, `\u001B[36;1m${line}\u001B[0m`)
  job.say(number, `shell: ${shell.argv.join(' ')}`)
  sayEnvironment(job, number, call.env)
  job.say(number, '', 'endgroup')
  const end = await job.process({ argv, workingDirectory }, call)
  const [program = ''] = shell.argv
  if (end.code === 127 && !(await isThere(program))) {
    const place = sandbox.image === undefined ? `installed ${sandbox.place}` : sandbox.place
    throw new StepFailure(`Shell '${shell.name}' is not ${place}: there is no '${program}' in ${call.env.get('PATH') ?? sandbox.path}.`)
  }
  if (end.code === 126 && end.ended === undefined && !(await isFolder(job, workingDirectory)))
    throw new StepFailure(`The working directory '${workingDirectory}' does not exist.`)
  if (end.code !== 0) throw new StepFailure(job.howItEnded(end))
}

/** Looked at as a step would. */
async function isFolder(job: JobExecution, path: string): Promise<boolean> {
  const { sandbox } = job.tools
  const command = { argv: ['test', '-d', path], env: new Map([['PATH', sandbox.path]]), workingDirectory: '/' }
  const { code } = await runInSandbox(sandbox, command, { signal: new AbortController().signal, limit: job.limit }, () => undefined)
  return code === 0
}

/** A run that holds something worth stealing takes no words of strangers into its scripts. */
function refuseStrangers(job: JobExecution, step: RunStep, frame: Frame): void {
  const { power } = job.spec
  if (power === undefined) return
  const knowledge = knowledgeIn(frame, step.env)
  const { shells, folders } = settingsOf(job, step, frame)
  for (const template of [step.run, ...shells, ...folders]) {
    const [use] = strangerContexts(template, knowledge)
    if (use) throw new StepFailure(`${use.message} This run holds ${power}, so it is refused.`)
  }
}

/** Shell and folder, each as the step says it, then `defaults.run` of the job, then of the workflow; a composite action has no defaults. */
function settingsOf(job: JobExecution, step: RunStep, frame: Frame): { shells: Template[]; folders: Template[] } {
  const defaults = frame.depth === 0 ? [job.spec.job.defaults, job.spec.workflow.defaults] : []
  const until = (templates: readonly (Template | undefined)[]): Template[] => {
    const written = templates.filter((template) => template !== undefined)
    // What comes after one that is no expression is never asked.
    const last = written.findIndex((template) => template.parts.length === 0 && template.source !== '')
    return last < 0 ? written : written.slice(0, last + 1)
  }
  return {
    shells: until([step.shell, ...defaults.map((one) => one?.shell)]),
    folders: until([step.workingDirectory, ...defaults.map((one) => one?.workingDirectory)]),
  }
}

async function firstOf(templates: readonly Template[], scope: Scope): Promise<string | undefined> {
  for (const template of templates) {
    const text = await interpolate(template, scope)
    if (text !== '') return text
  }
  return undefined
}

function sayEnvironment(job: JobExecution, number: number, stepEnv: ReadonlyMap<string, string>): void {
  const all = new Map([...job.env, ...stepEnv])
  if (all.size === 0) return
  job.say(number, 'env:')
  for (const [name, value] of all) job.say(number, `  ${name}: ${value}`)
}

export function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 120)
}
