interface Member {
  cancel(why: string): void
  go(): void
}

/**
 * GitHub's concurrency groups: one runs, one waits. Whoever comes while one waits takes its place, and with `cancelsInProgress` ends the one that
 * runs as well.
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, { running: Member; pending?: Member }>()

  /** Resolves with the way to leave once the group is free; undefined when it was cancelled before that. `cancel` is called when another one takes its place. */
  async enter(
    name: string,
    options: { cancelsInProgress: boolean; cancel: (why: string) => void; waits: () => void; signal: AbortSignal },
  ): Promise<(() => void) | undefined> {
    const group = this.#groups.get(name)
    let isCancelled = options.signal.aborted
    if (isCancelled) return undefined
    const me: Member = { cancel: options.cancel, go: () => undefined }
    if (group === undefined) {
      this.#groups.set(name, { running: me })
      return () => this.#leave(name, me)
    }
    group.pending?.cancel(`Canceled: a newer one waits in its place in the concurrency group '${name}'.`)
    const free = new Promise<void>((resolve) => (me.go = resolve))
    group.pending = me
    if (options.cancelsInProgress) group.running.cancel(`Canceled: a newer one is in the concurrency group '${name}'.`)
    options.waits()
    const onAbort = (): void => {
      isCancelled = true
      if (group.pending === me) delete group.pending
      me.go()
    }
    options.signal.addEventListener('abort', onAbort, { once: true })
    await free
    options.signal.removeEventListener('abort', onAbort)
    if (isCancelled) {
      // It was our turn at the same moment.
      if (this.#groups.get(name)?.running === me) this.#leave(name, me)
      return undefined
    }
    return () => this.#leave(name, me)
  }

  #leave(name: string, me: Member): void {
    const group = this.#groups.get(name)
    if (group?.running !== me) return
    const next = group.pending
    if (next === undefined) {
      this.#groups.delete(name)
      return
    }
    group.running = next
    delete group.pending
    next.go()
  }
}
