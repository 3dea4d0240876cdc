import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { type ActionCall, type BuiltinAction, type ExecOptions, StepFailure } from '../actions/action-call.ts'
import { builtinActions } from '../actions/builtin-actions.ts'
import { evaluate, evaluateStrings, interpolate, strangerContexts, strangerInputs } from '../language/index.ts'
import type { ActionDefinition, StrangerKnowledge, Template, UsesStep } from '../language/contract.ts'
import { fileReader } from '../reader/file-reader.ts'
import { translatePath } from '../sandbox/job-folders.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { mapOf, textOf } from '../step/values.ts'
import { imageAction, refuseStrangersIn, runDockerAction } from './docker-action.ts'
import { type Frame, knowledgeIn, type StepCall } from './frame.ts'
import type { JobExecution } from './job-execution.ts'
import type { ActionOrigin } from './job-spec.ts'
import { environmentOf } from './step-environment.ts'

const largestDefinition = 1024 * 1024
const deepestAction = 10

/** A step with `uses`. */
export async function runAction(job: JobExecution, step: UsesStep, call: StepCall): Promise<void> {
  const { uses } = step
  const knowledge = knowledgeIn(call.frame, step.env)
  const given = await evaluateStrings(step.with, call.scope)
  if (uses.kind === 'docker') {
    refuseStrangersIn(job, step, knowledge)
    return runDockerAction(job, { runs: imageAction(uses.image), path: undefined, inputs: given, frame: call.frame, source: uses.source, name: nameOf(step, call) }, call) // prettier-ignore
  }
  const builtin = uses.kind === 'repository' ? builtinActions.get([uses.owner, uses.repository, ...(uses.path === '' ? [] : [uses.path])].join('/').toLowerCase()) : undefined // prettier-ignore
  if (builtin) {
    const script = [...step.with].find(([name]) => name.toLowerCase() === 'script')?.[1]
    const [use] = script && job.spec.power !== undefined ? strangerContexts(script, knowledge) : []
    if (use) throw new StepFailure(`${use.message} This run holds ${job.spec.power}, so it is refused.`)
    return runBuiltin(job, builtin, given, step, call)
  }
  const found =
    uses.kind === 'repository'
      ? await readOptional(job, uses, given, call)
      : uses.isOfFile
        ? await readRemote(job, { ...call.frame.origin, path: uses.path, source: uses.source }, call)
        : await readLocal(job, uses.path, call)
  if (!found) return
  const { definition, path } = found
  const inputs = await inputsOf(job, definition, given, call)
  const frame: Frame = {
    ...call.frame,
    github: [
      ['action_path', path],
      ['action_repository', uses.kind === 'repository' ? `${uses.owner}/${uses.repository}` : ''],
      ['action_ref', uses.kind === 'repository' ? uses.ref : ''],
    ],
    env: new Map(call.env),
    depth: call.frame.depth + 1,
    ...(found.origin && { origin: found.origin }),
    place: found.file === undefined ? { line: step.line, ...call.frame.place } : { path: found.file },
  }
  const { runs } = definition
  if (runs.using === 'docker') {
    refuseStrangersIn(job, step, knowledge)
    return runDockerAction(job, { runs, path: found.pathBeside, inputs, frame, source: uses.source, name: nameOf(step, call) }, call)
  }
  if (runs.using === 'node') return runNode(job, { ...found, runs, inputs, frame, step }, call)
  if (frame.depth > deepestAction) throw new StepFailure(`Composite actions are nested more than ${deepestAction} deep.`)
  const own: Frame = {
    ...frame,
    inputs: mapOf(inputs),
    knowledge: { ...knowledge, inputs: taintedInputs(definition, step.with, knowledge) },
    steps: new Map(),
    hasFailed: false,
  }
  const isWell = await job.runSteps(runs.steps, own)
  for (const [name, output] of definition.outputs) {
    if (output.value) call.outputs.set(name, textOf(await evaluate(output.value, job.scopeOf(own, own.env))))
  }
  if (!isWell) throw new StepFailure(`A step of action '${uses.source}' has failed.`)
}

interface FoundAction {
  definition: ActionDefinition
  origin?: ActionOrigin
  /** As steps see it. */
  path: string
  /** Its definition in the workspace. */
  file?: string
  /** As the built-in actions see it. */
  pathBeside: string
}

/** Whatever may stand there by now is read as a step would read it, not as the server. */
async function readLocal(job: JobExecution, path: string, call: StepCall): Promise<FoundAction> {
  const folder = join(job.tools.sandbox.inside.workspace, path)
  const make = makeCall(job, call, new Map(), new Map())
  const pathBeside = join(make.sandbox.inside.workspace, path)
  for (const name of ['action.yml', 'action.yaml']) {
    const { code, stdout } = await make.capture(['cat', '--', join(pathBeside, name)], { maxBytes: largestDefinition })
    if (code !== 0) continue
    const file = join(path, name)
    return { definition: await parsed(stdout.toString('utf8'), file), file, path: folder, pathBeside }
  }
  throw new StepFailure(
    `Can't find 'action.yml' or 'action.yaml' under '${folder}'. Did you forget to run actions/checkout before running your local action?`,
  )
}

/** Actions of Docker's own do nothing but talk to an engine. */
const needsEngine = new Set(['docker'])
/** An upload that fails does not fail the job, unless it is told to (codecov-action v4, `fail_ci_if_error`). */
const uploads = new Map([['codecov/codecov-action', 'fail_ci_if_error']])

async function readOptional(
  job: JobExecution,
  uses: UsesStep['uses'] & { kind: 'repository' },
  given: ReadonlyMap<string, string>,
  call: StepCall,
): Promise<FoundAction | undefined> {
  if (needsEngine.has(uses.owner.toLowerCase()))
    throw new StepFailure(`Action '${uses.source}' speaks to a container engine itself, and no step gets to one: it would be root there.`)
  const strict = uploads.get(`${uses.owner}/${uses.repository}`.toLowerCase())
  try {
    return await readRemote(job, uses, call)
  } catch (error) {
    if (strict === undefined || given.get(strict) === 'true' || !(error instanceof StepFailure)) throw error
    job.say(call.frame.record.number, error.message, 'warning')
    job.annotateStep('warning', `Nothing was uploaded. ${error.message}`, call.frame, call.step)
    return undefined
  }
}

async function readRemote(
  job: JobExecution,
  uses: (UsesStep['uses'] & { kind: 'repository' }) | (ActionOrigin & { path: string; source: string }),
  call: StepCall,
): Promise<FoundAction> {
  const { sandbox, actions } = job.tools
  job.say(call.frame.record.number, `Getting action '${uses.source}'`)
  try {
    const { name, definition, origin } = await actions.fetch(uses, sandbox.files, job.spec)
    const [path, pathBeside] = [sandbox, sandbox.beside ?? sandbox].map(({ inside }) => join(inside.actions, name, uses.path)) as [
      string,
      string,
    ]
    return { definition, origin, path, pathBeside }
  } catch (error) {
    throw new StepFailure(`Action '${uses.source}' cannot be run: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function parsed(text: string, path: string): Promise<ActionDefinition> {
  const { action, problems } = await fileReader.action(text, path)
  if (action) return action
  const [first] = problems.filter((problem) => problem.severity === 'error')
  throw new StepFailure(`${path}:${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'this is no action'}`)
}

async function inputsOf(
  job: JobExecution,
  definition: ActionDefinition,
  given: ReadonlyMap<string, string>,
  call: StepCall,
): Promise<Map<string, string>> {
  const inputs = new Map<string, string>()
  const number = call.frame.record.number
  const byName = new Map([...given].map(([name, value]) => [name.toLowerCase(), value]))
  for (const [name, input] of definition.inputs) {
    const value = byName.get(name.toLowerCase())
    if (value !== undefined && input.deprecationMessage)
      job.say(number, `Input '${name}' is deprecated: ${input.deprecationMessage}`, 'warning')
    const filled = value ?? (input.default ? await interpolate(input.default, call.scope) : undefined)
    inputs.set(name, filled ?? '')
  }
  const known = new Set([...definition.inputs.keys()].map((name) => name.toLowerCase()))
  // GitHub's runner takes these for every action that is an image.
  const silent = definition.runs.using === 'docker' ? ['entrypoint', 'args'] : []
  for (const [name, value] of given) {
    if (known.has(name.toLowerCase())) continue
    if (!silent.includes(name.toLowerCase()))
      job.say(number, `Unexpected input '${name}', valid inputs are [${[...definition.inputs.keys()].join(', ')}]`, 'warning')
    inputs.set(name, value)
  }
  return inputs
}

/** Of a composite action: what it is given, and what its own defaults take. */
function taintedInputs(
  definition: ActionDefinition,
  given: ReadonlyMap<string, Template>,
  knowledge: StrangerKnowledge,
): ReadonlySet<string> {
  const tainted = strangerInputs(given, knowledge)
  const names = new Set([...given.keys()].map((name) => name.toLowerCase()))
  for (const [name, input] of definition.inputs) {
    if (input.default && !names.has(name.toLowerCase()) && strangerContexts(input.default, knowledge).length > 0) tainted.add(name)
  }
  return tainted
}

interface NodeRun extends FoundAction {
  runs: ActionDefinition['runs'] & { using: 'node' }
  inputs: ReadonlyMap<string, string>
  frame: Frame
  step: UsesStep
}

async function runNode(job: JobExecution, action: NodeRun, call: StepCall): Promise<void> {
  const { runs, path, inputs, frame, step } = action
  const state = new Map<string, string>()
  const env = inputVariables(inputs)
  const { sandbox } = job.tools
  const start = async (script: string, at: StepCall): Promise<void> => {
    const own: StepCall = { ...at, frame: { ...at.frame, github: frame.github }, state }
    const saved = [...state].map(([name, value]): [string, string] => [`STATE_${name}`, value])
    const node = (await sandbox.image?.node()) ?? sandbox.node
    const { code, ended } = await job.process(
      { argv: [node, join(path, script)], workingDirectory: sandbox.inside.workspace, env: [...env, ...saved] },
      own,
    )
    if (own.summary !== '') at.summary += own.summary
    if (code !== 0)
      throw new StepFailure(ended === 'cancelled' ? 'The operation was canceled.' : `The action has failed with exit code ${code}.`)
  }
  if (runs.pre !== undefined) await start(runs.pre, call)
  if (runs.post !== undefined) {
    const { post } = runs
    job.posts.push({ name: `Post ${nameOf(step, call)}`, frame: call.frame, condition: runs.postIf, run: (at) => start(post, at) })
  }
  await start(runs.main, call)
}

export function inputVariables(inputs: ReadonlyMap<string, string>): [string, string][] {
  return [...inputs].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value])
}

async function runBuiltin(
  job: JobExecution,
  action: BuiltinAction,
  given: ReadonlyMap<string, string>,
  step: UsesStep,
  call: StepCall,
): Promise<void> {
  const { sandbox } = job.tools
  const { beside } = sandbox
  const inputs = new Map<string, string>()
  for (const [name, template] of Object.entries(action.inputs)) inputs.set(name.toLowerCase(), template)
  for (const [name, value] of given) {
    if (!inputs.has(name.toLowerCase()))
      job.say(
        call.frame.record.number,
        `Unexpected input '${name}', valid inputs are [${Object.keys(action.inputs).join(', ')}]`,
        'warning',
      )
    inputs.set(name.toLowerCase(), beside ? translatePath(value, sandbox.inside, beside.inside) : value)
  }
  const state = new Map<string, string>()
  const number = call.frame.record.number
  job.say(number, `Run ${step.uses.source}`, 'group')
  if (given.size > 0) job.say(number, 'with:')
  for (const [name, value] of given) job.say(number, `  ${name}: ${value}`)
  job.say(number, '', 'endgroup')
  if (action.post) {
    job.posts.push({
      name: `Post ${nameOf(step, call)}`,
      frame: call.frame,
      condition: undefined,
      run: async (at) => action.post?.(makeCall(job, at, inputs, state), !at.frame.hasFailed),
    })
  }
  await action.main(makeCall(job, call, inputs, state))
}

function nameOf(step: UsesStep, call: StepCall): string {
  return call.frame.depth === 0 ? call.frame.record.name : `Run ${step.uses.source}`
}

export function makeCall(job: JobExecution, call: StepCall, inputs: ReadonlyMap<string, string>, state: Map<string, string>): ActionCall {
  const { artifacts, caches, masker } = job.tools
  const sandbox = job.tools.sandbox.beside ?? job.tools.sandbox
  const { number } = call.frame.record
  const defaults = (argv: readonly string[], { env, workingDirectory = sandbox.inside.workspace, input }: ExecOptions) => ({
    argv,
    workingDirectory,
    ...(env && { env }),
    ...(input !== undefined && { input }),
  })
  const failIfStopped = (ended: string | undefined): void => {
    if (ended !== undefined) throw new StepFailure(ended === 'cancelled' ? 'The operation was canceled.' : 'The step was ended.')
  }
  const capture = async (
    place: Sandbox,
    argv: readonly string[],
    options: ExecOptions & { maxBytes?: number } = {},
  ): Promise<{ code: number; stdout: Buffer }> => {
    const { maxBytes = 16 * 1024 * 1024 } = options
    const chunks: Buffer[] = []
    let size = 0
    const { code, ended } = await job.process(defaults(argv, options), call, {
      sandbox: place,
      hears: false,
      streams: 'stdout',
      take(chunk) {
        size += chunk.length
        if (size <= maxBytes) chunks.push(chunk)
        return undefined
      },
    })
    failIfStopped(ended)
    if (size > maxBytes) throw new StepFailure(`${argv[0]} printed more than ${maxBytes} bytes.`)
    return { code, stdout: Buffer.concat(chunks) }
  }
  return {
    spec: job.spec,
    sandbox,
    artifacts,
    caches,
    signal: call.signal,
    env: environmentOf(job, call, [], sandbox),
    steps: {
      inside: job.tools.sandbox.inside,
      place: job.tools.sandbox.place,
      capture: (argv, options) => capture(job.tools.sandbox, argv, options),
    },
    state,
    input: (name) => (inputs.get(name.toLowerCase()) ?? '').trim(),
    flag(name) {
      const value = (inputs.get(name.toLowerCase()) ?? '').trim()
      if (/^(true|True|TRUE)$/.test(value)) return true
      if (/^(false|False|FALSE|)$/.test(value)) return false
      throw new StepFailure(`Input '${name}' is '${value}': it has to be true or false.`)
    },
    say: (text, kind) => job.say(number, text, kind),
    async exec(argv, options = {}) {
      if (!options.isQuiet) job.say(number, argv.join(' '), 'command')
      const { code, ended } = await job.process(defaults(argv, options), call, {
        sandbox,
        hears: false,
        ...(options.isQuiet && { take: () => undefined }),
      })
      failIfStopped(ended)
      return code
    },
    async heard(argv, options = {}) {
      const { code, ended } = await job.process(defaults(argv, options), call, { sandbox })
      failIfStopped(ended)
      return code
    },
    capture: (argv, options) => capture(sandbox, argv, options),
    pipe(argv, options = {}): Promise<{ stdout: Readable; done: Promise<number> }> {
      const stdout = new PassThrough({ highWaterMark: 1024 * 1024 })
      const done = job
        .process(defaults(argv, options), call, {
          sandbox,
          hears: false,
          streams: 'stdout',
          take: (chunk) =>
            stdout.destroyed || stdout.write(chunk)
              ? undefined
              : new Promise((resolve) => {
                  const goOn = (): void => {
                    stdout.off('drain', goOn)
                    stdout.off('close', goOn)
                    resolve()
                  }
                  stdout.once('drain', goOn)
                  stdout.once('close', goOn)
                }),
        })
        .then(
          ({ code, ended }) => {
            if (code === 0) stdout.end()
            else stdout.destroy(new StepFailure(`${argv[0]} ended with exit code ${code}.`))
            failIfStopped(ended)
            return code
          },
          (error: unknown) => {
            stdout.destroy(error as Error)
            throw error
          },
        )
      done.catch(() => undefined)
      stdout.on('error', () => undefined)
      return Promise.resolve({ stdout, done })
    },
    setOutput: (name, value) => job.setOutput(name, value, call),
    setEnvironment: (name, value) => job.setEnvironment(name, value, call),
    addPath: (folder) => job.addPath(folder),
    mask: (secret) => masker.add(secret),
    warn(text) {
      job.say(number, text, 'warning')
      job.annotateStep('warning', text, call.frame, call.step)
    },
  }
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID()}`
}
