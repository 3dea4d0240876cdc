import { type GateReport, ModelGate, PlimsollError } from '@plimsoll/api'
import type { Log } from '@plimsoll/applications'
import type { Forge, Forges } from '@plimsoll/forge'
import type { GitHost, Repositories } from '@plimsoll/git'
import { changedBy } from './changed-by.ts'
import { createGatesOnTarget } from './gate-on-target.ts'
import { type GateRunRequest, type Models, reportMarkdown } from '@plimsoll/models'
import type { Records } from '@plimsoll/records'
import { load } from 'js-yaml'

/** Gates as they are run for pull requests: judged by the target's rules, and told where the reviewers look. */
export interface GateRuns {
  /**
   * By which rules a candidate is judged. A pull request cannot change the gate that judges it: where the target branch has a gate at the same
   * path, or else one of the same name, that one counts. Throws `invalid-request` with what is wrong.
   */
  specification(request: {
    gateText: string
    gatePath?: string | undefined
    repository?: string | undefined
    pullRequest?: number | undefined
    /** What the verdict is told about where there is no pull request: the default branch is what it is judged by. */
    commit?: string | undefined
  }): Promise<{ gate: ModelGate; text: string; warnings: string[] }>
  /** Judges, keeps the report, sets the check `gate: NAME` and updates the one comment. */
  run(request: GateRunRequest): Promise<GateReport>
  override(id: string, override: NonNullable<GateReport['override']>): Promise<GateReport>
  /** Tells, now and again, what could not be told: the server was killed in between, or the provider was away. */
  start(): void
  stop(): Promise<void>
}

export interface GateRunsContext {
  models: Models
  records: Pick<Records, 'room'>
  forge: Forge & Partial<Pick<Forges, 'connected'>>
  repositories: Pick<Repositories, 'entry' | 'blob' | 'resolve' | 'tree'> & Pick<GitHost, 'history'>
  repositoryURL(name: string): string
  /** Of the console. */
  pageOf(report: GateReport): string
  log: Log
}

const maxGateBytes = 1024 * 1024
const catchUpEveryMs = 15 * 60_000
/** Of those before them the commits have long moved on. */
const newestReports = 200
const migrations = [[`CREATE TABLE gates_told (report TEXT PRIMARY KEY, stamp TEXT NOT NULL)`]]
const conclusions = { pass: 'success', fail: 'failure', inconclusive: 'actionRequired' } as const

export function createGateRuns(context: GateRunsContext): GateRuns {
  const { models, forge, repositories, log } = context
  const onTarget = createGatesOnTarget(repositories)
  const tables = context.records.room('gates', migrations)
  // Whoever looks at them is told.
  tables.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let catchingUp: Promise<void> = Promise.resolve()

  /** That a comment cannot be written takes nothing away from the verdict, which is kept. */
  async function tell(report: GateReport): Promise<void> {
    const { repository, commit, pullRequest } = report
    const verdict = report.override?.verdict ?? report.verdict
    const url = context.pageOf(report)
    if (repository === undefined) return
    if (commit !== undefined) {
      await forge.setCheck(repository, {
        name: `gate: ${report.gate}`,
        commit,
        status: 'completed',
        conclusion: conclusions[verdict],
        title: report.override ? `${report.override.by} has overridden it: ${report.override.why}` : report.result.words,
        summary: reportMarkdown(report, { url }),
        detailsUrl: url,
        completedAt: report.override?.at ?? report.createdAt,
      })
    }
    if (pullRequest !== undefined) await forge.report(repository, pullRequest, `gate/${report.gate}`, reportMarkdown(report, { url }))
  }

  async function told(report: GateReport): Promise<GateReport> {
    try {
      await tell(report)
      await remember(report)
    } catch (error) {
      log.warn({ error: String(error), report: report.id }, 'a gate report could not be told to its pull request')
      if (error instanceof PlimsollError && error.code === 'not-found') throw error
    }
    return report
  }

  async function remember(report: GateReport): Promise<void> {
    const room = await tables
    await room.run('INSERT INTO gates_told (report, stamp) VALUES ($1, $2) ON CONFLICT (report) DO UPDATE SET stamp = excluded.stamp', [
      report.id,
      stampOf(report),
    ])
  }

  /** Of one gate and one pull request the newest alone: what is told last is what stands there. */
  async function catchUp(): Promise<void> {
    const room = await tables
    const rows = await room.query<{ report: string; stamp: string }>('SELECT report, stamp FROM gates_told')
    const stamps = new Map(rows.map(({ report, stamp }) => [report, stamp]))
    const seen = new Set<string>()
    for (const report of await models.reports({ limit: newestReports })) {
      const { repository, pullRequest, commit, gate } = report
      if (repository === undefined) continue
      const about = JSON.stringify([repository, pullRequest ?? commit, gate])
      if (seen.has(about)) continue
      seen.add(about)
      if (stamps.get(report.id) === stampOf(report)) continue
      const same = { repository, gate, ...(pullRequest === undefined ? { commit: commit ?? '' } : { pullRequest }) }
      const [newest] = await models.reports({ ...same, limit: 1 })
      // Somebody has judged it anew meanwhile.
      if (newest?.id !== report.id) continue
      try {
        await told(report)
      } catch {
        // The pull request or its repository is gone: there is nobody to tell.
        await remember(report)
      }
    }
  }

  async function entryAt(url: string, commit: string, path: string): Promise<{ hash: string } | undefined> {
    try {
      return await repositories.entry(url, commit, path)
    } catch (error) {
      if (isNothingThere(error)) return undefined
      throw error
    }
  }

  return {
    async specification({ gateText: proposed, gatePath, repository, pullRequest, commit }) {
      if (repository === undefined || (pullRequest === undefined && commit === undefined)) return { ...readGate(proposed), warnings: [] }
      const url = context.repositoryURL(repository)
      const base =
        pullRequest === undefined
          ? { commit: (await repositories.resolve(url, '')).commit, branch: 'the default branch' }
          : (await forge.get(repository, pullRequest)).base
      // That the target cannot be read must not let a pull request bring its own gate: only what is not there is new.
      await repositories.resolve(url, base.commit)
      const path = gatePath?.replace(/^\.\//, '')
      const entry = path === undefined || pullRequest === undefined ? undefined : await entryAt(url, base.commit, path)
      if (entry) {
        const text = (await repositories.blob(url, entry.hash, maxGateBytes)).toString('utf8')
        const warnings =
          text === proposed ? [] : [`${gatePath} is changed by this pull request. It was judged by the gate of ${base.branch}.`]
        return { ...readGate(text), warnings }
      }
      const read = readGate(proposed)
      const { name } = read.gate.metadata
      const other = await onTarget.named(url, base.commit, name)
      if (!other) {
        const isNew = path !== undefined && pullRequest !== undefined
        return { ...read, warnings: isNew ? [`The gate ${gatePath} is new: ${base.branch} has none there yet.`] : [] }
      }
      if (other.text === proposed) return { ...read, warnings: [] }
      return {
        ...readGate(other.text),
        warnings: [`Gate '${name}' of ${base.branch} (${other.path}) is another one. It was judged by that.`],
      }
    },

    async run(asked) {
      // Reports are found by what a repository is called here, however whoever runs the gate spells its address.
      const repository = asked.repository === undefined ? undefined : (forge.connected?.(asked.repository) ?? asked.repository)
      const request = { ...asked, ...(repository !== undefined && { repository }) }
      const changed = request.changed ?? (await changedBy(context, request))
      return told(await models.runGate({ ...request, ...(changed && { changed }) }))
    },

    async override(id, override) {
      return told(await models.override(id, override))
    },

    start() {
      const again = (): void => {
        catchingUp = catchUp()
          .catch((error: unknown) => log.warn({ error: String(error) }, 'what gates have said could not be looked through'))
          .then(() => void (isStopped || (timer = setTimeout(again, catchUpEveryMs).unref())))
      }
      again()
    },

    async stop() {
      isStopped = true
      clearTimeout(timer)
      await catchingUp
    },
  }
}

/** What is told of a report: an override is told once more. */
function stampOf({ verdict, override }: GateReport): string {
  return `${override?.verdict ?? verdict} ${override?.at ?? ''}`
}

function isNothingThere(error: unknown): boolean {
  return error instanceof PlimsollError && ['path-not-found', 'path-outside-repository', 'invalid-request'].includes(error.code)
}

function readGate(text: string): { gate: ModelGate; text: string } {
  let value: unknown
  try {
    value = load(text)
  } catch (error) {
    throw new PlimsollError(
      'invalid-request',
      `The gate is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}.`,
    )
  }
  const read = ModelGate.safeParse(value)
  if (!read.success) {
    const problems = read.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`)
    throw new PlimsollError('invalid-request', `The gate cannot be used: ${problems.join('; ')}.`, {
      remedy: 'docs/spec/gates.md shows every field.',
    })
  }
  return { gate: read.data, text }
}
