/** A workflow file, and what it is called: its checks are `NAME / JOB`. */
export interface TargetWorkflow {
  path: string
  name: string
}

const kept = 500

/** Workflow files by repository and commit: the same for ever. What failed is read again. */
export class TargetWorkflows {
  readonly #read: (repository: string, commit: string) => Promise<readonly TargetWorkflow[]>
  readonly #known = new Map<string, Promise<readonly TargetWorkflow[]>>()

  constructor(read: (repository: string, commit: string) => Promise<readonly TargetWorkflow[]>) {
    this.#read = read
  }

  at(repository: string, commit: string): Promise<readonly TargetWorkflow[]> {
    const key = `${repository} ${commit}`
    const found = this.#known.get(key) ?? this.#read(repository, commit)
    found.catch(() => this.#known.delete(key))
    this.#known.delete(key)
    this.#known.set(key, found)
    const oldest = this.#known.keys().next()
    if (this.#known.size > kept && oldest.done !== true) this.#known.delete(oldest.value)
    return found
  }
}
