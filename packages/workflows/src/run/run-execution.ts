import type { RunConclusion, WorkflowJob, WorkflowRun } from '@plimsoll/api'
import { messageOf } from '../job/job-execution.ts'
import {
  calledInputs,
  effectivePermissions,
  evaluateCallOutputs,
  evaluateCondition,
  expandMatrix,
  jobName,
  levelKnowledge,
  orderJobs,
} from '../language/index.ts'
import type { CallJob, Contexts, Job, LinkedWorkflow, MatrixCombination, PermissionLevel, Scope, ValueMap } from '../language/contract.ts'
import { mapOf, textOf, toValue } from '../step/values.ts'
import { enterGroup } from './enter-group.ts'
import { githubContext } from './github-context.ts'
import type { Decision, EnvironmentGate } from './environment-gate.ts'
import { JobList } from './job-list.ts'
import { KeptResults } from './kept-results.ts'
import type { GroupEnd, Level } from './level.ts'
import { type RunOfJobs, runStepsJob } from './run-steps-job.ts'
import { ancestorsOf, inParallel, worstOf } from './job-order.ts'
import type { KeptRun } from './run-store.ts'
import { OutsideGate } from './outside-gate.ts'
import { resolveCall } from './resolve-call.ts'
import type { RunTools } from './run-tools.ts'

/** One attempt of a run, from its first job to its last. Everything that is told of it goes through here. */
export class RunExecution implements RunOfJobs {
  readonly kept: KeptRun
  readonly #linked: LinkedWorkflow
  readonly tools: RunTools
  readonly #cancelled = new AbortController()
  readonly #stopped = new AbortController()
  readonly #jobStops = new Map<string, AbortController>()
  readonly #jobs: JobList
  readonly #before: KeptResults
  readonly gate: EnvironmentGate
  readonly #outside: OutsideGate
  #why: string | undefined
  hasStopped = false
  #saving: Promise<void> = Promise.resolve()
  #nextSave: Promise<void> | undefined

  constructor(kept: KeptRun, linked: LinkedWorkflow, tools: RunTools) {
    this.kept = kept
    this.#linked = linked
    this.tools = tools
    this.#jobs = new JobList(kept.run, tools.now)
    this.#before = new KeptResults(kept, this.#jobs)
    this.#outside = new OutsideGate(kept, tools.sandboxes, () => this.save())
    const starters = [kept.event.actor, ...(kept.startedBy === undefined ? [] : [kept.startedBy])]
    this.gate = { surroundings: tools.surroundings, event: kept.event, starters, decisions: new Map(), save: () => this.save() }
  }

  get #run(): WorkflowRun {
    return this.kept.run
  }

  get isOutside(): boolean {
    return this.#run.trust === 'outside'
  }

  /** Resolves when the run is completed and that is durable; never rejects. */
  async execute(): Promise<void> {
    let leave: (() => void) | undefined
    try {
      if (this.isOutside) {
        const refused = await this.#outside.pass()
        if (refused !== undefined) {
          if (refused !== '') this.#why = refused
          return await this.#complete('cancelled')
        }
      }
      const level = await this.#topLevel()
      leave = await this.#enterConcurrency(level)
      if (this.#cancelled.signal.aborted) return await this.#complete('cancelled')
      this.#run.state = 'inProgress'
      delete this.#run.why
      this.#run.startedAt ??= this.time()
      await this.save()
      const ends = await this.#runLevel(level)
      await this.#complete(this.#conclusionOf([...ends.values()]))
    } catch (error) {
      this.#why = messageOf(error)
      await this.#complete('failure').catch(() => undefined)
    } finally {
      leave?.()
    }
  }

  cancel(why: string): void {
    if (this.#run.state === 'completed' || this.#cancelled.signal.aborted) return
    this.#why ??= why
    this.#run.why = why
    this.#cancelled.abort()
    this.#outside.close()
    this.#saveSoon()
  }

  /** The server stops: what runs is interrupted, and says so when the next one starts. */
  interrupt(): void {
    this.hasStopped = true
    this.#stopped.abort()
    this.#cancelled.abort()
    this.#outside.close()
  }

  get stopped(): AbortSignal {
    return this.#stopped.signal
  }

  /** Of an outside run, or of a job that waits for its environment. Gives a sentence when it does not count. */
  async decide(jobId: string | undefined, decision: Decision): Promise<string | undefined> {
    if (jobId === undefined) return this.#outside.decide(decision)
    const waiting = this.gate.decisions.get(jobId)
    return waiting ? waiting(decision) : 'This job does not wait for anybody.'
  }

  async #topLevel(): Promise<Level> {
    const { event } = this.kept
    return {
      linked: this.#linked,
      prefix: '',
      namePrefix: '',
      place: [],
      inputs: (toValue(event.inputs ?? {}) ?? mapOf([])) as ValueMap,
      // Whoever starts a run by hand may write anyway: its inputs are no stranger's.
      knowledge: this.#knowledge(this.#linked),
      signal: this.#cancelled.signal,
      mayKeep: true,
    }
  }

  /** A run from outside holds nothing that a stranger's text could take: nothing of it is refused, and its files are not searched. */
  #knowledge(linked: LinkedWorkflow, inputs: () => ReadonlySet<string> = () => new Set()): Level['knowledge'] {
    return this.isOutside ? new Map() : levelKnowledge(linked, inputs())
  }

  async #enterConcurrency(level: Level): Promise<(() => void) | undefined> {
    const { concurrency } = this.#linked.workflow
    if (!concurrency) return undefined
    const scope: Scope = { contexts: { github: this.github(), inputs: level.inputs, vars: await this.variables() } }
    return enterGroup(this.tools.groups, this.#run.repository, concurrency, scope, {
      cancel: (why) => this.cancel(why),
      waits: (why) => {
        this.#run.state = 'waiting'
        this.#run.why = why
        this.#saveSoon()
      },
      signal: this.#cancelled.signal,
    })
  }

  /** Jobs of a workflow as their needs allow. */
  async #runLevel(level: Level): Promise<Map<string, GroupEnd>> {
    const { workflow } = level.linked
    const order = orderJobs(workflow)
    const asWritten = [...workflow.jobs.keys()]
    const { jobs: selected } = this.tools.selection
    const isSelected = (id: string): boolean =>
      selected === undefined || level.prefix !== '' || selected.some((one) => one === id || ancestorsOf(one, workflow.jobs).includes(id))
    const placeholders = new Map<string, WorkflowJob>()
    for (const id of order) {
      const job = workflow.jobs.get(id)
      if (job) placeholders.set(id, this.#jobs.add(level, id, job, [...level.place, asWritten.indexOf(id)]))
    }
    this.tell()
    const ends = new Map<string, GroupEnd>()
    const running = new Map<string, Promise<void>>()
    const fresh = new Set<string>()
    for (const id of order) {
      const job = workflow.jobs.get(id)
      const placeholder = placeholders.get(id)
      if (!job || !placeholder) continue
      if (!isSelected(id)) {
        this.finish(placeholder, 'skipped')
        ends.set(id, { result: 'skipped', outputs: new Map(), jobs: [placeholder.id] })
        continue
      }
      const needs = job.needs.map((need) => running.get(need.value) ?? Promise.resolve())
      running.set(
        id,
        Promise.all(needs).then(async () => {
          const key = level.prefix + id
          const mayKeep = level.mayKeep && !job.needs.some((need) => fresh.has(need.value))
          const kept = this.#before.takeOver(key, placeholder, mayKeep)
          if (!kept) fresh.add(id)
          const end = kept ?? (await this.#runGroup({ ...level, mayKeep }, id, job, placeholder, ends))
          ends.set(id, end)
          this.#before.keep(key, end)
        }),
      )
    }
    await Promise.all(running.values())
    return ends
  }

  async #runGroup(level: Level, id: string, job: Job, placeholder: WorkflowJob, ends: ReadonlyMap<string, GroupEnd>): Promise<GroupEnd> {
    const needs = mapOf(
      job.needs.map(({ value }) => {
        const end = ends.get(value)
        return [value, mapOf([['result', end?.result ?? 'skipped'], ['outputs', mapOf(end?.outputs ?? [])]])] as const // prettier-ignore
      }),
    )
    const contexts: Contexts = {
      github: this.github(id),
      needs,
      inputs: level.inputs,
      vars: await this.variables(),
    }
    const before = ancestorsOf(id, level.linked.workflow.jobs)
    const scope: Scope = {
      contexts,
      status: {
        success: () => !this.#isCancelled(level) && job.needs.every(({ value }) => ends.get(value)?.result === 'success'),
        failure: () => before.some((one) => ends.get(one)?.result === 'failure'),
        cancelled: () => this.#isCancelled(level),
      },
    }
    try {
      if (!(await evaluateCondition(job.if, scope))) {
        this.finish(placeholder, this.#isCancelled(level) ? 'cancelled' : 'skipped')
        return { result: this.#isCancelled(level) ? 'cancelled' : 'skipped', outputs: new Map(), jobs: [placeholder.id] }
      }
      const { combinations, failFast, maxParallel } = await expandMatrix(job.strategy, scope)
      const place = this.#jobs.placeOf(placeholder)
      this.#jobs.remove(placeholder)
      const stop = new AbortController()
      const results: GroupEnd[] = []
      const members: (() => Promise<void>)[] = []
      const key = level.prefix + id
      const before = this.#before.members(key, { mayKeep: level.mayKeep, isMatrix: combinations.length > 1 })
      // Keys below a matrix of calls are the same for all of its members: there only whole members are kept.
      const inside: Level = { ...level, mayKeep: level.mayKeep && combinations.length === 1 }
      for (const [at, combination] of combinations.entries()) {
        if (!this.#isChosen(combination)) continue
        const strategy = mapOf([
          ['fail-fast', failFast],
          ['job-index', at],
          ['job-total', combinations.length],
          ['max-parallel', maxParallel ?? combinations.length],
        ])
        const inner: Scope = { ...scope, contexts: { ...contexts, matrix: combination.values, strategy } }
        const name = level.namePrefix + (await jobName(job, combination, inner))
        const kept = before.take(combination, [...place, at])
        if (kept) {
          results.push(kept)
          continue
        }
        const record = this.#jobs.add(level, id, job, [...place, at], { name, combination })
        members.push(async () => {
          const end = await this.#runMember(inside, job, record, inner, combination, stop.signal)
          results.push(end)
          before.keep(combination, end)
          if (end.result === 'failure' && failFast && combinations.length > 1) {
            stop.abort()
          }
        })
      }
      this.tell()
      await inParallel(members, maxParallel ?? combinations.length)
      const outputs = new Map(results.flatMap((one) => [...one.outputs]))
      return { result: worstOf(results.map((one) => one.result)), outputs, jobs: results.flatMap((one) => one.jobs) }
    } catch (error) {
      const record = this.#run.jobs.includes(placeholder) ? placeholder : this.#jobs.add(level, id, job, this.#jobs.placeOf(placeholder))
      record.why = messageOf(error)
      record.annotations = [{ path: level.linked.workflow.path, line: job.line, level: 'failure', message: messageOf(error) }]
      this.finish(record, 'failure')
      return { result: 'failure', outputs: new Map(), jobs: [record.id] }
    }
  }

  #isChosen({ values }: MatrixCombination): boolean {
    return Object.entries(this.tools.selection.matrix ?? {}).every(
      ([name, value]) => !Object.hasOwn(values, name) || textOf(values[name]) === value,
    )
  }

  async #runMember(
    level: Level,
    job: Job,
    record: WorkflowJob,
    scope: Scope,
    combination: MatrixCombination,
    failFast: AbortSignal,
  ): Promise<GroupEnd> {
    const own = new AbortController()
    this.#jobStops.set(record.id, own)
    // `always()` and `cancelled()` run although the run is cancelled: then it is not cancelled at once again.
    const isLate = level.signal.aborted
    const signals = [own.signal, failFast, ...(isLate ? [] : [level.signal])]
    const signal = AbortSignal.any(signals)
    let leave: (() => void) | undefined
    try {
      if (failFast.aborted) {
        record.why = 'Another job of its matrix has failed.'
        this.finish(record, 'cancelled')
        return { result: 'cancelled', outputs: new Map(), jobs: [record.id] }
      }
      if (job.concurrency) {
        leave = await enterGroup(this.tools.groups, this.#run.repository, job.concurrency, scope, {
          cancel: (why) => {
            record.why = why
            own.abort()
          },
          waits: (why) => {
            record.state = 'waiting'
            record.why = why
            this.tell()
          },
          signal,
        })
        if (!leave) {
          this.finish(record, 'cancelled')
          return { result: 'cancelled', outputs: new Map(), jobs: [record.id] }
        }
      }
      if (job.kind === 'call') return await this.#call(level, job, record, scope, signal)
      const end = await runStepsJob(this, level, job, record, scope, signal)
      return { ...end, jobs: [record.id] }
    } finally {
      leave?.()
      this.#jobStops.delete(record.id)
    }
  }

  async #call(level: Level, job: CallJob, record: WorkflowJob, scope: Scope, signal: AbortSignal): Promise<GroupEnd> {
    const linked = level.linked.calls.get(record.key.slice(level.prefix.length))
    if (!linked) throw new Error(`'${job.uses.source}' was not loaded.`)
    const given = await resolveCall(this, level, job, scope, linked.workflow)
    this.#jobs.remove(record)
    const called: Level = {
      ...given,
      linked,
      prefix: `${record.key}/`,
      namePrefix: `${record.name} / `,
      place: this.#jobs.placeOf(record),
      ceiling: this.permissions(level, job),
      knowledge: this.#knowledge(linked, () => calledInputs(linked.workflow, job.with, level.knowledge.get(job.id) ?? {})),
      signal,
      mayKeep: level.mayKeep,
    }
    const ends = await this.#runLevel(called)
    const jobs = mapOf(
      [...ends].map(([id, end]) => [id, mapOf([['result', end.result], ['outputs', mapOf(end.outputs)]])] as const), // prettier-ignore
    )
    const outputs = await evaluateCallOutputs(linked.workflow, {
      contexts: { github: this.github(), inputs: given.inputs, vars: await this.variables(), jobs },
    })
    const results = [...ends.values()].map((end) => end.result)
    return { result: signal.aborted ? 'cancelled' : worstOf(results), outputs, jobs: [...ends.values()].flatMap((end) => end.jobs) }
  }

  async secrets(level: Level, environment: string | undefined): Promise<ReadonlyMap<string, string>> {
    if (this.isOutside) return new Map()
    const { surroundings } = this.tools
    if (level.secrets && environment === undefined) return level.secrets
    const all = await surroundings.secrets(this.#run.repository, environment)
    return level.secrets ? new Map([...all, ...level.secrets]) : all
  }

  async variables(environment?: string): Promise<ValueMap> {
    return mapOf(await this.tools.surroundings.variables(this.#run.repository, environment))
  }

  permissions(level: Level, job: Job): Readonly<Record<string, PermissionLevel>> {
    const found = effectivePermissions(level.linked.workflow, job, {
      defaults: 'read',
      ...(level.ceiling && { ceiling: level.ceiling }),
    })
    if (!this.isOutside) return found
    return Object.fromEntries(Object.entries(found).map(([name, allowed]) => [name, allowed === 'write' ? 'read' : allowed]))
  }

  github(job?: string, token?: string, serverUrl = this.tools.surroundings.serverUrl()): ValueMap {
    const run = this.#run
    return githubContext({
      event: this.kept.event,
      runId: run.id,
      runNumber: run.number,
      attempt: run.attempt,
      workflow: run.workflow,
      serverUrl,
      triggeringActor: this.kept.startedBy ?? run.actor,
      ...(job !== undefined && { job }),
      ...(token !== undefined && { token }),
    })
  }

  #isCancelled(level: Level): boolean {
    return level.signal.aborted
  }

  finish(record: WorkflowJob, conclusion: RunConclusion): void {
    this.#jobs.finish(record, conclusion, this.#why)
    this.tell()
  }

  #conclusionOf(ends: readonly GroupEnd[]): RunConclusion {
    const results = ends.map((end) => end.result)
    if (this.#cancelled.signal.aborted) return 'cancelled'
    if (results.includes('failure')) return 'failure'
    if (results.includes('cancelled')) return 'cancelled'
    return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success'
  }

  async #complete(conclusion: RunConclusion): Promise<void> {
    // What the next server finds is told as it is: interrupted.
    if (this.hasStopped) return
    const run = this.#run
    for (const job of run.jobs) if (job.state !== 'completed') this.finish(job, conclusion === 'failure' ? 'failure' : 'cancelled')
    run.state = 'completed'
    run.conclusion = conclusion
    run.finishedAt = this.time()
    if (this.#why !== undefined) run.why = this.#why
    else delete run.why
    await this.save()
  }

  tell(): void {
    if (!this.hasStopped) this.tools.changed(this.kept)
  }

  /** Where nobody can be told that it failed: what is saved next holds it as well. */
  #saveSoon(): void {
    this.save().catch(() => undefined)
  }

  save(): Promise<void> {
    this.tell()
    if (this.hasStopped) return Promise.resolve()
    // One that has not begun yet writes what is asked for now as well.
    this.#nextSave ??= this.#saving
      .catch(() => undefined)
      .then(() => {
        this.#nextSave = undefined
        this.#saving = this.tools.save(this.kept)
        return this.#saving
      })
    return this.#nextSave
  }

  time(): string {
    return new Date(this.tools.now()).toISOString()
  }
}
