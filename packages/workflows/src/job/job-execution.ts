import { randomUUID } from 'node:crypto'
import type { CheckAnnotation, WorkflowStep } from '@plimsoll/api'
import { StepFailure } from '../actions/action-call.ts'
import { evaluate, evaluateBoolean, evaluateCondition, evaluateNumber, evaluateStrings, interpolate } from '../language/index.ts'
import type { Scope, Step, StrangerKnowledge } from '../language/contract.ts'
import type { LineKind } from '../log/job-log.ts'
import { LineSplitter } from '../log/line-splitter.ts'
import type { Sandbox, StepCommand } from '../sandbox/sandbox.ts'
import { refuseVariable } from '../step/command-files.ts'
import { runInSandbox, type ProcessEnd } from '../step/run-process.ts'
import { mapOf, textOf } from '../step/values.ts'
import { runAction } from './action-step.ts'
import type { Frame, JobTools, PostStep, StepCall } from './frame.ts'
import { initializeContainers, needsContainers } from './initialize-containers.ts'
import { contextsOf, hashFiles } from './job-contexts.ts'
import { CommandFiles, type Said } from './job-environment.ts'
import type { JobEnd, JobSpec } from './job-spec.ts'
import { firstLine, runScript } from './run-script.ts'
import { takeLine } from './step-commands.ts'
import { environmentOf } from './step-environment.ts'
import { StepRecords } from './step-record.ts'
import { watchLimits } from './watch-limits.ts'

type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped'
const jobTimeoutMinutes = 360
const mostAnnotations = 50
const cancelGraceMs = 5 * 60_000

export class JobExecution {
  readonly spec: JobSpec
  readonly tools: JobTools
  /** Set by steps for those after them. */
  readonly env = new Map<string, string>()
  readonly pathAdditions: string[] = []
  readonly posts: PostStep[] = []
  readonly annotations: CheckAnnotation[] = []
  readonly #records: StepRecords
  readonly #limit = new AbortController()
  #limitWhy: string | undefined
  #isTimedOut = false
  readonly #stop = new AbortController()
  status: 'success' | 'failure' | 'cancelled' = 'success'
  #summaries = 0
  readonly #usedFiles = new Set<string>()

  constructor(spec: JobSpec, tools: JobTools) {
    this.spec = spec
    this.tools = tools
    this.#records = new StepRecords(tools.now, (steps) => tools.news.steps(steps.map((step) => ({ ...step }))))
  }

  async run(): Promise<JobEnd> {
    const { spec, tools } = this
    const setUp = this.#records.add('Set up job')
    const initialize = needsContainers(this) ? this.#records.add('Initialize containers') : undefined
    const records = spec.job.steps.map((step) => this.#records.add(this.#provisionalName(step)))
    const frame: Frame = {
      knowledge: levelsOf(spec.knowledge),
      steps: new Map(),
      github: [],
      env: new Map(),
      depth: 0,
      origin: spec.origin,
      place: { path: spec.workflow.path },
      hasFailed: false,
      record: setUp,
    }
    const onCancel = (): void => {
      this.status = 'cancelled'
      this.#stop.abort()
    }
    if (tools.cancelled.aborted) onCancel()
    tools.cancelled.addEventListener('abort', onCancel, { once: true })
    const onStopped = (): void => this.#hitLimit('The server has ended.')
    tools.stopped.addEventListener('abort', onStopped, { once: true })
    const { lost } = tools.sandbox
    const onLost = (): void => this.#hitLimit(messageOf(lost?.reason))
    if (lost?.aborted) onLost()
    lost?.addEventListener('abort', onLost, { once: true })
    let timer: NodeJS.Timeout | undefined
    const unwatch = watchLimits(tools, spec.folder, (why) => this.#hitLimit(why))
    try {
      const isSetUp = await this.#prepare(setUp, frame, async () => {
        await this.#setUp(setUp)
        const minutes = await evaluateNumber(spec.job.timeoutMinutes, this.scopeOf(frame, new Map()), jobTimeoutMinutes)
        timer = setTimeout(
          () => {
            this.#isTimedOut = true
            // GitHub cancels it then.
            if (this.status === 'success') this.status = 'cancelled'
            this.annotate('failure', `The job has exceeded the maximum execution time of ${minutes} minutes.`, spec.job.line)
            this.#stop.abort()
            // What runs always() gets its time as well, but no more than that.
            timer = setTimeout(() => this.#hitLimit(`The job did not end within ${minutes} minutes.`), cancelGraceMs)
          },
          Math.min(Math.max(0, minutes) * 60_000, 2 ** 31 - 1),
        )
      })
      if (initialize && isSetUp) {
        const signal = AbortSignal.any([this.#stop.signal, this.#limit.signal])
        await this.#prepare(initialize, frame, () => initializeContainers(this, initialize, signal))
      } else if (initialize) this.#records.finish(initialize, 'skipped')
      for (const [at, step] of spec.job.steps.entries()) {
        const record = records[at]
        if (record) await this.#topStep(step, { ...frame, record }, frame, record)
      }
      await this.#runPosts(frame)
      if (initialize) await this.#stopContainers()
      return await this.#finish(frame)
    } finally {
      clearTimeout(timer)
      unwatch()
      tools.cancelled.removeEventListener('abort', onCancel)
      tools.stopped.removeEventListener('abort', onStopped)
      lost?.removeEventListener('abort', onLost)
    }
  }

  /** Before the first step. What fails here fails the job. */
  async #prepare(record: WorkflowStep, frame: Frame, work: () => Promise<void>): Promise<boolean> {
    this.#records.start(record)
    try {
      await work()
      this.#records.finish(record, 'success')
      return true
    } catch (error) {
      const isCancelled = this.status === 'cancelled' && this.#stop.signal.aborted
      const message = this.#limitWhy ?? messageOf(error)
      this.say(record.number, message, 'error')
      if (!isCancelled) this.annotate('failure', message, this.spec.job.line)
      this.#fail(frame)
      this.#records.finish(record, isCancelled ? 'cancelled' : 'failure')
      return false
    }
  }

  async #stopContainers(): Promise<void> {
    const record = this.#records.add('Stop containers')
    this.#records.start(record)
    await this.tools.containers.stop({
      say: (text, kind) => this.say(record.number, text, kind),
      line: (line) => this.tools.log.write(record.number, line),
    })
    this.#records.finish(record, 'success')
  }

  say(step: number, text: string, kind?: LineKind): void {
    void this.tools.log.write(step, text, kind)
  }

  annotateStep(
    level: CheckAnnotation['level'],
    message: string,
    frame: Frame,
    step: Step | undefined,
    more: Partial<CheckAnnotation> = {},
  ): void {
    const { path, line = step?.line ?? 1 } = frame.place
    this.annotate(level, message, line, { path, ...more })
  }

  annotate(level: CheckAnnotation['level'], message: string, line: number, more: Partial<CheckAnnotation> = {}): void {
    if (this.annotations.length >= mostAnnotations) return
    const hide = (text: string): string => this.tools.masker.hide(text)
    this.annotations.push({
      path: hide(more.path ?? this.spec.workflow.path),
      line: more.line ?? line,
      ...(more.column !== undefined && { column: more.column }),
      level,
      message: hide(message).slice(0, 4000),
      ...(more.title !== undefined && { title: hide(more.title).slice(0, 300) }),
    })
    this.tools.news.annotations([...this.annotations])
  }

  async #setUp(record: WorkflowStep): Promise<void> {
    const { spec, tools } = this
    const { sandbox } = tools
    this.say(record.number, `Runner: Plimsoll, programs ${sandbox.place}, linux ${sandbox.arch}`)
    this.say(
      record.number,
      `Isolation: ${sandbox.isolation}; shared: ${sandbox.shared}`,
      sandbox.isolation === 'none' ? 'warning' : undefined,
    )
    this.say(record.number, `Run ${spec.runId}, job ${spec.jobId}, commit ${spec.commit}`)
    await sandbox.files.put('event.json', JSON.stringify(spec.event, null, 2))
    const scope: Scope = { contexts: contextsOf(this, undefined, new Map()) }
    const env = new Map(await evaluateStrings(spec.workflow.env, scope))
    for (const [name, value] of await evaluateStrings(spec.job.env, { contexts: contextsOf(this, undefined, env) })) env.set(name, value)
    for (const [name, value] of env) this.env.set(name, value)
  }

  #provisionalName(step: Step): string {
    if (step.name && step.name.parts.length === 0) return textOf(step.name.literal)
    if (step.name) return step.name.source
    return step.kind === 'run' ? `Run ${firstLine(step.run.source)}` : `Run ${step.uses.source}`
  }

  async #topStep(step: Step, frame: Frame, jobFrame: Frame, record: WorkflowStep): Promise<void> {
    // Frames share everything but whose number the log has.
    const outcome = await this.#step(step, frame, record)
    if (outcome === 'failure') this.#fail(jobFrame)
  }

  /** Runs the steps of a composite action. True when they are all well. */
  async runSteps(steps: readonly Step[], frame: Frame): Promise<boolean> {
    for (const step of steps) {
      const outcome = await this.#step(step, frame, undefined)
      if (outcome === 'failure') frame.hasFailed = true
    }
    return !frame.hasFailed
  }

  /** Gives the conclusion: what counts after `continue-on-error`. */
  async #step(step: Step, frame: Frame, record: WorkflowStep | undefined): Promise<Outcome> {
    const { number } = frame.record
    const actionId = step.id ?? `__${step.kind === 'run' ? 'run' : step.uses.source}`
    frame.current = { action: actionId, files: randomUUID() }
    let outcome: Outcome
    let conclusion: Outcome
    const env = new Map(frame.env)
    const outputs = new Map<string, string>()
    let call: StepCall | undefined
    const timeUp = new AbortController()
    let timer: NodeJS.Timeout | undefined
    let isTimeUp = false
    try {
      const before = this.scopeOf(frame, env)
      for (const [name, value] of await evaluateStrings(step.env, before)) env.set(name, value)
      const scope = this.scopeOf(frame, env)
      if (this.#limit.signal.aborted || !(await evaluateCondition(step.if, scope))) {
        if (record) this.#records.finish(record, 'skipped')
        this.#remember(frame, step, 'skipped', 'skipped', outputs)
        return 'skipped'
      }
      if (record) {
        if (step.name) record.name = this.tools.masker.hide(await interpolate(step.name, scope)).slice(0, 300)
        this.#records.start(record)
      }
      const minutes = await evaluateNumber<number | undefined>(step.timeoutMinutes, scope, undefined)
      const onStop = (): void => timeUp.abort()
      // A step that starts after the job was cancelled runs because it says so: only its own time ends it.
      if (!this.#stop.signal.aborted) this.#stop.signal.addEventListener('abort', onStop, { once: true })
      if (minutes !== undefined && minutes > 0) {
        timer = setTimeout(
          () => {
            isTimeUp = true
            this.say(number, `The action '${this.#provisionalName(step)}' has timed out after ${minutes} minutes.`, 'error')
            timeUp.abort()
          },
          Math.min(minutes * 60_000, 2 ** 31 - 1),
        )
      }
      call = {
        frame,
        step,
        scope,
        env,
        outputs,
        state: new Map(),
        summary: '',
        signal: timeUp.signal,
        actionId,
      }
      try {
        if (step.kind === 'run') await runScript(this, step, call)
        else await runAction(this, step, call)
        outcome = 'success'
      } finally {
        this.#stop.signal.removeEventListener('abort', onStop)
      }
    } catch (error) {
      outcome = timeUp.signal.aborted && !isTimeUp && this.status === 'cancelled' ? 'cancelled' : 'failure'
      const message = this.#limitWhy ?? messageOf(error)
      this.say(number, message, 'error')
      if (outcome === 'failure') this.annotateStep('failure', message, frame, step)
      if (!(error instanceof StepFailure) && !isEvaluationFailure(error)) this.say(number, String((error as Error).stack ?? ''), 'debug')
    } finally {
      clearTimeout(timer)
    }
    conclusion = outcome
    if (outcome === 'failure' && !this.#limit.signal.aborted) {
      const forgives = await evaluateBoolean(step.continueOnError, this.scopeOf(frame, env), false).catch(() => false)
      if (forgives) conclusion = 'success'
    }
    if (call?.summary) this.#keepSummary(frame.record, call.summary)
    if (record) this.#records.finish(record, outcome === 'failure' && isTimeUp ? 'timedOut' : outcome)
    this.#remember(frame, step, outcome, conclusion, outputs)
    return conclusion
  }

  #remember(frame: Frame, step: Step, outcome: Outcome, conclusion: Outcome, outputs: ReadonlyMap<string, string>): void {
    if (step.id === undefined) return
    frame.steps.set(step.id, mapOf([['outputs', mapOf(outputs)], ['outcome', outcome], ['conclusion', conclusion]])) // prettier-ignore
  }

  #keepSummary(record: WorkflowStep, text: string): void {
    this.#summaries += text.length
    // All of a job's summaries together travel with its state.
    if (this.#summaries <= 4 * 1024 * 1024) record.summary = (record.summary ?? '') + this.tools.masker.hide(text)
  }

  howItEnded(end: ProcessEnd): string {
    if (end.ended === 'limit') return this.#limitWhy ?? 'The step was ended because of a limit.'
    if (this.#isTimedOut) return 'The job has exceeded the maximum execution time.'
    if (end.ended === 'cancelled') return 'The operation was canceled.'
    return `Process completed with exit code ${end.code}.`
  }

  /** Runs a program as part of a step: with its environment, into its log, heard for what it says. */
  async process(
    command: Pick<StepCommand, 'argv' | 'workingDirectory' | 'input'> & { env?: Iterable<readonly [string, string]> },
    call: StepCall,
    options: { take?: (chunk: Buffer) => Promise<void> | undefined; streams?: 'both' | 'stdout'; hears?: boolean; sandbox?: Sandbox } = {},
  ): Promise<ProcessEnd> {
    const { sandbox = this.tools.sandbox } = options
    const hears = options.hears ?? true
    const files = hears ? await CommandFiles.make(sandbox, this.#fileIdOf(call.frame)) : undefined
    const env = environmentOf(this, call, files?.environment ?? [], sandbox)
    for (const [name, value] of command.env ?? []) env.set(name, value)
    let waiting: Promise<void> | undefined
    const splitter = new LineSplitter(this.tools.masker, (line, isContinued) => {
      waiting = takeLine(this, line, call, { isContinued, hears }) ?? waiting
    })
    const take =
      options.take ??
      ((chunk: Buffer) => {
        waiting = undefined
        splitter.write(chunk)
        if (this.tools.log.isFull) this.#hitLimit(`The log of this job has reached ${this.tools.limits.logBytes} bytes.`)
        return waiting
      })
    let end: ProcessEnd
    try {
      end = await runInSandbox(
        sandbox,
        { ...command, env },
        { signal: call.signal, limit: this.#limit.signal, streams: options.streams ?? 'both' },
        take,
      )
    } finally {
      splitter.end()
    }
    if (files) {
      const said = await files.read()
      await files.remove()
      this.#take(said, call)
    }
    return end
  }

  /** That of the step for its first process, a new one for each that follows: what the first has left behind may still write to its own. */
  #fileIdOf({ current }: Frame): string {
    if (current === undefined || this.#usedFiles.has(current.files)) return randomUUID()
    this.#usedFiles.add(current.files)
    return current.files
  }

  #take(said: Said, call: StepCall): void {
    const { number } = call.frame.record
    for (const problem of [...said.complaints, ...said.problems]) this.say(number, problem, 'error')
    for (const complaint of said.complaints) this.annotateStep('failure', complaint, call.frame, call.step)
    for (const [name, value] of said.env) this.setEnvironment(name, value, call)
    for (const folder of said.path) this.addPath(folder)
    for (const [name, value] of said.outputs) this.setOutput(name, value, call)
    for (const [name, value] of said.state) call.state.set(name, value)
    if (said.summary !== '') call.summary += said.summary
    if (said.problems.length > 0) throw new StepFailure(said.problems[0] ?? '')
  }

  setEnvironment(name: string, value: string, call: StepCall): void {
    const refused = refuseVariable(name)
    if (refused !== undefined) throw new StepFailure(refused)
    this.env.set(name, value)
    // A composite action's own steps see it as well.
    if (call.frame.env instanceof Map && call.frame.env.has(name)) (call.frame.env as Map<string, string>).set(name, value)
  }

  addPath(folder: string): void {
    const at = this.pathAdditions.indexOf(folder)
    if (at >= 0) this.pathAdditions.splice(at, 1)
    this.pathAdditions.push(folder)
  }

  setOutput(name: string, value: string, call: StepCall): void {
    call.outputs.set(name, value)
  }

  scopeOf(frame: Frame, env: ReadonlyMap<string, string>): Scope {
    return {
      contexts: contextsOf(this, frame, env),
      status: {
        success: () => !frame.hasFailed && this.status === 'success',
        failure: () => frame.hasFailed || this.status === 'failure',
        cancelled: () => this.status === 'cancelled' || this.#isTimedOut,
      },
      hashFiles: (patterns) => hashFiles(this, patterns),
    }
  }

  async #runPosts(frame: Frame): Promise<void> {
    for (const post of this.posts.splice(0).toReversed()) {
      const record = this.#records.add(post.name)
      const own: Frame = { ...post.frame, record, hasFailed: frame.hasFailed }
      const scope = this.scopeOf(own, own.env)
      const timeUp = new AbortController()
      const call: StepCall = {
        frame: own,
        step: undefined,
        scope,
        env: new Map(own.env),
        outputs: new Map(),
        state: new Map(),
        summary: '',
        signal: timeUp.signal,
        actionId: '__post',
      }
      try {
        if (this.#limit.signal.aborted || (post.condition !== undefined && !(await evaluateCondition(post.condition, scope)))) {
          this.#records.finish(record, 'skipped')
          continue
        }
        this.#records.start(record)
        await post.run(call)
        if (call.summary !== '') this.#keepSummary(record, call.summary)
        this.#records.finish(record, 'success')
      } catch (error) {
        this.say(record.number, messageOf(error), 'error')
        this.annotate('failure', messageOf(error), 1)
        this.#records.finish(record, 'failure')
        this.#fail(frame)
      }
    }
  }

  async #finish(frame: Frame): Promise<JobEnd> {
    const { spec } = this
    const last = this.#records.add('Complete job')
    this.#records.start(last)
    const scope = this.scopeOf(frame, frame.env)
    const outputs = new Map<string, string>()
    let environmentUrl: string | undefined
    try {
      let characters = 0
      for (const [name, template] of spec.job.outputs) {
        const value = textOf(await evaluate(template, scope))
        characters += value.length
        if (characters > this.tools.limits.outputs)
          throw new StepFailure(`The outputs of the job have more than ${this.tools.limits.outputs} characters.`)
        // GitHub: an output that holds a secret is not handed on.
        if (this.tools.masker.hide(value) !== value) {
          this.say(last.number, `Skip output '${name}' since it may contain secret.`, 'warning')
          outputs.set(name, '')
        } else outputs.set(name, value)
      }
      if (spec.job.environment?.url) environmentUrl = this.tools.masker.hide(await interpolate(spec.job.environment.url, scope))
    } catch (error) {
      this.say(last.number, messageOf(error), 'error')
      this.annotate('failure', messageOf(error), spec.job.line)
      this.#fail(frame)
    }
    this.#records.finish(last, 'success')
    const end = { outputs, ...(environmentUrl !== undefined && { environmentUrl }) }
    if (this.#limitWhy !== undefined) return { conclusion: this.#isTimedOut ? 'timedOut' : 'failure', why: this.#limitWhy, ...end }
    if (this.#isTimedOut) return { conclusion: 'timedOut', why: 'The job took longer than its timeout-minutes.', ...end }
    return { conclusion: this.status, ...end }
  }

  /** Aborted when a limit was hit: nothing more runs. */
  get limit(): AbortSignal {
    return this.#limit.signal
  }

  #fail(frame: Frame): void {
    frame.hasFailed = true
    if (this.status === 'success') this.status = 'failure'
  }

  #hitLimit(why: string): void {
    if (this.#limitWhy !== undefined) return
    this.#limitWhy = why
    this.#limit.abort()
    // All of it at once, also what has left the step's group: whoever multiplies is faster than signals one by one.
    void this.tools.containers.close()
    this.tools.sandbox.close().catch(() => undefined)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isEvaluationFailure(error: unknown): boolean {
  return error instanceof Error && 'line' in error && 'column' in error
}

/** Variables of workflow and job keep the inputs that they were written with, also within actions that have others. */
function levelsOf(knowledge: StrangerKnowledge): StrangerKnowledge {
  const inputs = knowledge.inputs ?? new Set<string>()
  return { ...knowledge, env: (knowledge.env ?? []).map((level) => (level && !('tree' in level) ? { tree: level, inputs } : level)) }
}
