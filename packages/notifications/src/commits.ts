import type { KubeObject } from '@plimsoll/kube'
import type { KnownCommit } from '@plimsoll/render'
import type { NotificationsContext } from './contract.ts'
import { projectName } from './project-name.ts'

/** More than any message is about. */
const maxCommits = 20

/** Commits of one Application's sources, by what they are asked for. */
export class Commits {
  readonly #readable: ReturnType<NotificationsContext['repositories']['forProject']>
  readonly #urls: readonly string[]
  readonly #known: Record<string, KnownCommit> = {}

  constructor(repositories: NotificationsContext['repositories'], application: KubeObject) {
    // As the application itself may read them: what is given for another project is none of its business.
    this.#readable = repositories.forProject(projectName(application))
    this.#urls = repositoriesOf(application)
  }

  get known(): Readonly<Record<string, KnownCommit>> {
    return this.#known
  }

  get(sha: string): KnownCommit | undefined {
    return Object.hasOwn(this.#known, sha) ? this.#known[sha] : undefined
  }

  async learn(shas: readonly string[]): Promise<void> {
    for (const sha of shas) Object.defineProperty(this.#known, sha, { value: await this.#look(sha), enumerable: true, configurable: true })
  }

  /** In the repository of whichever source has it. */
  async #look(sha: string): Promise<KnownCommit> {
    if (Object.keys(this.#known).length >= maxCommits) return { problem: `more than ${maxCommits} commits are asked for` }
    if (!/^[0-9a-f]{40}$/.test(sha)) return { problem: `'${sha.slice(0, 80)}' is no commit: 40 hexadecimal digits are one` }
    let problem = 'the application has no repository'
    for (const url of this.#urls) {
      try {
        const { author, date, message, tags } = await this.#readable.commitMetadata(url, sha)
        return { author, date, message, tags }
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error)
      }
    }
    return { problem }
  }
}

function repositoriesOf(application: KubeObject): string[] {
  const { source, sources } = (application.spec ?? {}) as { source?: unknown; sources?: unknown }
  return [source, ...(Array.isArray(sources) ? sources : [])].flatMap((one) => {
    const { repoURL, chart } = (one ?? {}) as { repoURL?: unknown; chart?: unknown }
    return typeof repoURL === 'string' && chart === undefined ? [repoURL] : []
  })
}
