import type { GitHistory, GitRepositories, RefWriter } from '@plimsoll/git'
import type { Records, RoomTables } from '@plimsoll/records'

/** A process that ends at a certain call of a port: before the call has an effect, or after it and before its answer. */
export class MortalProcess {
  readonly #diesAt: number
  readonly #when: 'before' | 'after'
  calls = 0
  isDead = false
  /** The call it died at. */
  last = ''

  constructor(diesAt: number, when: 'before' | 'after') {
    this.#diesAt = diesAt
    this.#when = when
  }

  async call<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new Error('dead')
    this.calls += 1
    const isLast = this.calls === this.#diesAt
    if (isLast) this.last = what
    if (isLast && this.#when === 'before') this.#die(what)
    const result = await work()
    if (isLast) this.#die(what)
    return result
  }

  #die(what: string): never {
    this.isDead = true
    throw new Error(`killed ${this.#when} ${what}`)
  }

  records(records: Records): Pick<Records, 'room'> {
    return {
      room: async (name, migrations) => {
        const tables = await records.room(name, migrations)
        return {
          run: (...args) => this.call('run', () => tables.run(...args)),
          query: ((...args: Parameters<RoomTables['query']>) => this.call('query', () => tables.query(...args))) as RoomTables['query'],
          batch: (...args) => this.call('batch', () => tables.batch(...args)),
        }
      },
    }
  }

  repositories(repositories: GitRepositories): GitRepositories {
    const { history } = repositories
    const mortal: GitHistory = {
      ...history,
      refs: (...args) => this.call('refs', () => history.refs(...args)),
      // A lock: what happens in it is what counts.
      change: (repository, by, work) =>
        history.change(repository, by, (writer) =>
          work({
            refs: () => this.call('refs', () => writer.refs()),
            prepareMerge: (merge) => this.call('prepareMerge', () => writer.prepareMerge(merge)),
            update: (updates) => this.call('update', () => writer.update(updates)),
          } satisfies RefWriter),
        ),
    }
    return { ...repositories, history: mortal }
  }
}
