import type { Sandboxes } from '../sandbox/probe.ts'
import type { Decision } from './environment-gate.ts'
import type { KeptRun } from './run-store.ts'

/** Nothing of a stranger's runs before somebody has looked at it; without isolation it never does. */
export class OutsideGate {
  readonly #kept: KeptRun
  readonly #sandboxes: Pick<Sandboxes, 'isolation' | 'why'>
  readonly #save: () => Promise<void>
  #release: ((isApproved: boolean) => void) | undefined
  #why = ''

  constructor(kept: KeptRun, sandboxes: Pick<Sandboxes, 'isolation' | 'why'>, save: () => Promise<void>) {
    this.#kept = kept
    this.#sandboxes = sandboxes
    this.#save = save
  }

  /** Undefined: it may run. Otherwise why not; empty when that was told by whoever closed the gate. */
  async pass(): Promise<string | undefined> {
    const { run } = this.#kept
    const isIsolated = this.#sandboxes.isolation !== 'none'
    if (this.#kept.approvedBy !== undefined && isIsolated) return undefined
    run.state = 'waiting'
    run.why = isIsolated
      ? 'This pull request is from outside: a maintainer has to let it run, for this push.'
      : `This pull request is from outside, and steps cannot be isolated on this machine (${this.#sandboxes.why ?? 'no isolation'}): it does not run here.`
    const gate = new Promise<boolean>((resolve) => (this.#release = resolve))
    await this.#save()
    const isApproved = await gate
    this.#release = undefined
    if (!isApproved) return this.#why
    return isIsolated ? undefined : run.why
  }

  /** Gives a sentence when it does not count. */
  async decide(decision: Decision): Promise<string | undefined> {
    if (!this.#release) return 'It does not wait for anybody.'
    if (decision.isApproved) this.#kept.approvedBy = decision.by
    else this.#why = `${decision.by} did not let it run${decision.comment ? `: ${decision.comment}` : '.'}`
    await this.#save()
    this.#release?.(decision.isApproved)
    return undefined
  }

  /** It is cancelled, or the server ends. */
  close(): void {
    this.#release?.(false)
  }
}
