import type { Check, WorkflowRun } from '@plimsoll/api'
import { checksOf } from './checks.ts'
import type { KeptRun } from './run-store.ts'

const tellEveryMs = 15

/** Who is told of changes: those who follow runs and logs, and the checks of the commits. */
export class RunNews {
  readonly #sendCheck: (repository: string, check: Check) => Promise<void>
  readonly #told: (run: WorkflowRun) => Promise<void>
  readonly #log: { error(fields: object, message: string): void }
  readonly #listeners = new Set<(run: WorkflowRun) => void>()
  readonly #logListeners = new Map<string, Set<() => void>>()
  /** The last check that was told, by run and job: only what differs is told again. */
  readonly #toldChecks = new Map<string, string>()
  readonly #untold = new Map<string, NodeJS.Timeout>()
  /** Runs of which a check could not be set. */
  readonly #untaken = new Set<string>()
  #telling: Promise<void> = Promise.resolve()

  /** `told`: all checks of a run that has ended have been taken. */
  constructor(
    sendCheck: (repository: string, check: Check) => Promise<void>,
    told: (run: WorkflowRun) => Promise<void>,
    log: { error(fields: object, message: string): void },
  ) {
    this.#sendCheck = sendCheck
    this.#told = told
    this.#log = log
  }

  subscribe(listener: (run: WorkflowRun) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  subscribeLog(jobId: string, listener: () => void): () => void {
    const listeners = this.#logListeners.get(jobId) ?? new Set()
    listeners.add(listener)
    this.#logListeners.set(jobId, listeners)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#logListeners.delete(jobId)
    }
  }

  logChanged(jobId: string): void {
    for (const listener of this.#logListeners.get(jobId) ?? []) listener()
  }

  /** Changes that come together are told together: with many jobs each of them is a large text. The last one is told at once. */
  changed(kept: KeptRun): void {
    const { id, state } = kept.run
    const waiting = this.#untold.get(id)
    if (waiting !== undefined && state !== 'completed') return
    clearTimeout(waiting)
    this.#untold.delete(id)
    if (state === 'completed') return this.#tell(kept)
    this.#untold.set(
      id,
      setTimeout(() => {
        this.#untold.delete(id)
        this.#tell(kept)
      }, tellEveryMs),
    )
  }

  /** Of a run that has ended. */
  forget(runId: string): void {
    for (const key of this.#toldChecks.keys()) if (key.startsWith(`${runId}\n`)) this.#toldChecks.delete(key)
  }

  /** What was to be told of checks is told; what waits for others to come with it is not. */
  async close(): Promise<void> {
    for (const timer of this.#untold.values()) clearTimeout(timer)
    this.#untold.clear()
    await this.#telling
  }

  #tell(kept: KeptRun): void {
    const { run } = kept
    if (this.#listeners.size > 0) {
      const copy = structuredClone(run)
      for (const listener of this.#listeners) listener(copy)
    }
    for (const check of checksOf(run, kept.event)) this.#setCheck(run, check)
    if (run.state !== 'completed') return
    for (const job of run.jobs) this.logChanged(job.id)
    const { attempt } = run
    this.#telling = this.#telling
      .then(() => (this.#untaken.delete(run.id) ? undefined : this.#told({ ...run, attempt })))
      .catch((error: unknown) =>
        this.#log.error({ error: String(error), run: run.id }, 'that the checks of a run are told could not be kept'),
      )
  }

  /** In order, and only what differs from what was told before. */
  #setCheck(run: WorkflowRun, check: Check): void {
    const key = `${run.id}\n${check.name}`
    const text = JSON.stringify(check)
    if (this.#toldChecks.get(key) === text) return
    this.#toldChecks.set(key, text)
    this.#telling = this.#telling
      .then(() => this.#sendCheck(run.repository, check))
      .catch((error: unknown) => {
        this.#untaken.add(run.id)
        if (this.#toldChecks.get(key) === text) this.#toldChecks.delete(key)
        this.#log.error({ error: String(error), run: run.id }, 'a check could not be set')
      })
  }
}
