import type { Application, ApplicationCondition } from '@plimsoll/api'
import type { HistoryRewritten, Repositories } from '@plimsoll/git'
import { specSources, targetRevisionOf } from '../application-sources.ts'
import { condition } from '../conditions.ts'

/** Who follows a branch whose history was rewritten is told so for as long as the branch stays where it was put. */
export class RewrittenHistories {
  readonly #repositories: Pick<Repositories, 'normalize' | 'resolve'>
  /** By repository and ref. */
  readonly #branches = new Map<string, HistoryRewritten['branches'][number]>()

  constructor(repositories: Pick<Repositories, 'normalize' | 'resolve'>) {
    this.#repositories = repositories
  }

  add({ repoURL, branches }: HistoryRewritten): void {
    for (const branch of branches) this.#branches.set(this.#key(repoURL, branch.ref), branch)
  }

  /** Refs have moved: what was told of them is over. */
  moved(repoURL: string, refs: readonly { ref: string }[]): void {
    for (const { ref } of refs) this.#branches.delete(this.#key(repoURL, ref))
  }

  async conditionsOf(application: Application): Promise<ApplicationCondition[]> {
    if (this.#branches.size === 0) return []
    const told = new Map<string, ApplicationCondition>()
    for (const source of specSources(application).sources) {
      if (source.chart !== undefined) continue
      const branch = await this.#branchOf(source.repoURL, targetRevisionOf(source))
      if (branch) told.set(`${source.repoURL} ${branch.ref}`, conditionOf(this.#repositories.normalize(source.repoURL), branch))
    }
    return [...told.values()]
  }

  async #branchOf(repoURL: string, target: string): Promise<HistoryRewritten['branches'][number] | undefined> {
    const named = this.#branches.get(this.#key(repoURL, target.startsWith('refs/') ? target : `refs/heads/${target}`))
    if (named || target !== 'HEAD') return named
    const prefix = this.#key(repoURL, '')
    const ofRepository = [...this.#branches].filter(([key]) => key.startsWith(prefix)).map(([, branch]) => branch)
    if (ofRepository.length === 0) return undefined
    const head = await this.#repositories.resolve(repoURL, target).catch(() => undefined)
    return ofRepository.find(({ to }) => to === head?.commit)
  }

  #key(repoURL: string, ref: string): string {
    return `${this.#repositories.normalize(repoURL)} ${ref}`
  }
}

function conditionOf(repository: string, { ref, from, to }: HistoryRewritten['branches'][number]): ApplicationCondition {
  const name = ref.slice('refs/heads/'.length)
  return condition(
    'HistoryRewrittenWarning',
    `Branch ${name} of ${repository} was rewritten: commit ${from}, where it was before, is not in the history of ${to}. ` +
      'What was deployed from it cannot be told from Git any more; a protected branch refuses such pushes.',
  )
}
