import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { StepFailure } from '../actions/action-call.ts'
import { actionSandbox } from '../engine/action-sandbox.ts'
import { checkedImage } from '../engine/container-definition.ts'
import { buildImage, needImage } from '../engine/images.ts'
import { wordsOf } from '../engine/words.ts'
import { evaluateCondition, interpolate, strangerContexts } from '../language/index.ts'
import type { ActionDefinition, StrangerKnowledge, UsesStep } from '../language/contract.ts'
import type { LineKind } from '../log/job-log.ts'
import { mapOf } from '../step/values.ts'
import { inputVariables, makeCall } from './action-step.ts'
import type { Frame, StepCall } from './frame.ts'
import type { JobExecution } from './job-execution.ts'

type DockerRuns = ActionDefinition['runs'] & { using: 'docker' }

export interface DockerAction {
  /** Of `uses: docker://image` there is nothing but the image. */
  runs: DockerRuns
  /** Of its files, as this machine's programs see them beside the steps. */
  path: string | undefined
  inputs: ReadonlyMap<string, string>
  frame: Frame
  source: string
  /** Of its step. */
  name: string
}

/** `uses: docker://image`. */
export function imageAction(image: string): DockerRuns {
  return { using: 'docker', image: `docker://${image}`, args: [], env: new Map() }
}

/** `with.entrypoint` and `with.args` say what runs: that is for no stranger to say. */
export function refuseStrangersIn(job: JobExecution, step: UsesStep, knowledge: StrangerKnowledge): void {
  const { power } = job.spec
  if (power === undefined) return
  for (const [name, template] of step.with) {
    if (!/^(entrypoint|args)$/i.test(name)) continue
    const [use] = strangerContexts(template, knowledge)
    if (use) throw new StepFailure(`${use.message} This run holds ${power}, so it is refused.`)
  }
}

/** An action that is an image, as `ContainerActionHandler` of GitHub's runner runs it. */
export async function runDockerAction(job: JobExecution, action: DockerAction, call: StepCall): Promise<void> {
  const { runs, frame } = action
  const image = await imageFor(job, action, call)
  const state = new Map<string, string>()
  const start = async (entrypoint: string | undefined, at: StepCall): Promise<void> => {
    const { sandbox, containers } = job.tools
    const say = (text: string, kind?: LineKind): void => job.say(at.frame.record.number, text, kind)
    const inner = actionSandbox(containers, sandbox, { image, ...(entrypoint && { entrypoint }) }, { say })
    const own: StepCall = { ...at, frame: { ...at.frame, github: frame.github }, state }
    const scope = job.scopeOf({ ...own.frame, inputs: mapOf(action.inputs) }, own.env)
    const env = new Map<string, string>()
    for (const [name, template] of runs.env) if (!job.env.has(name) && !own.env.has(name)) env.set(name, await interpolate(template, scope))
    for (const [name, value] of inputVariables(action.inputs)) env.set(name, value)
    for (const [name, value] of state) env.set(`STATE_${name}`, value)
    const argv = runs.args.length > 0 ? await Promise.all(runs.args.map((one) => interpolate(one, scope))) : givenArguments(action)
    const end = await job.process({ argv, workingDirectory: inner.inside.workspace, env }, own, { sandbox: inner })
    if (own.summary !== '') at.summary += own.summary
    if (end.code !== 0)
      throw new StepFailure(end.ended === undefined ? `The action has failed with exit code ${end.code}.` : job.howItEnded(end))
  }
  const { preEntrypoint, postEntrypoint, preIf } = runs
  if (preEntrypoint !== undefined && (preIf === undefined || (await evaluateCondition(preIf, call.scope)))) await start(preEntrypoint, call)
  if (postEntrypoint !== undefined)
    job.posts.push({ name: `Post ${action.name}`, frame: call.frame, condition: runs.postIf, run: (at) => start(postEntrypoint, at) })
  await start(runs.entrypoint ?? inputOf(action, 'entrypoint'), call)
}

/** Pulled, or built from the files of the action. */
async function imageFor(job: JobExecution, { runs, path, source }: DockerAction, call: StepCall): Promise<string> {
  const { containers, limits, sandbox } = job.tools
  if (!sandbox.outside)
    throw new StepFailure(
      `'${source}' runs in a container of its own, and steps in a pod have no engine for that. Have the job run in its image.`,
    )
  const { number } = call.frame.record
  const engine = await containers.need(`'${source}' runs in a container`)
  const signal = AbortSignal.any([call.signal, job.limit])
  const images = containers.imageCall(engine, {
    say: (text) => job.say(number, text),
    line: (line) => job.tools.log.write(number, line),
    signal,
  })
  if (/^docker:\/\//i.test(runs.image) || path === undefined) {
    const image = checkedImage(runs.image, `'${source}'`)
    await needImage(image, undefined, images)
    return image
  }
  const dockerfile = join(path, runs.image)
  const tag = `plimsoll-action:${randomUUID()}`
  job.say(number, 'Building docker image', 'group')
  // Packed as a step would see it: the server follows no link that a step or an action has put there.
  const packed = await makeCall(job, call, new Map(), new Map()).pipe([
    'tar',
    '--create',
    '--file=-',
    `--directory=${dirname(dockerfile)}`,
    '.',
  ])
  const code = packed.done.catch(() => 1)
  try {
    await buildImage(
      tag,
      basename(dockerfile),
      packed.stdout,
      { labels: containers.labels(engine), memoryBytes: limits.memoryBytes },
      images,
    )
  } catch (error) {
    packed.stdout.destroy()
    throw (await code) === 0 ? error : new StepFailure(`The files of '${source}' could not be read: there is no '${dirname(dockerfile)}'.`)
  } finally {
    job.say(number, '', 'endgroup')
  }
  return tag
}

function givenArguments(action: DockerAction): string[] {
  const words = wordsOf(inputOf(action, 'args') ?? '')
  if (!words) throw new StepFailure(`'args' of '${action.source}': a quote is not closed.`)
  return words
}

function inputOf(action: DockerAction, name: string): string | undefined {
  return [...action.inputs].find(([one]) => one.toLowerCase() === name)?.[1]
}
