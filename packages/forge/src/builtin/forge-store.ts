import { PlimsollError, type BranchProtection, type Check } from '@plimsoll/api'
import type { RoomTables, SqlStatement, SqlValue } from '@plimsoll/records'
import type { PullRequestState } from '../contract.ts'
import type { PullPlace } from '../pull-place.ts'
import type { CommentRow, PullRequestRow, ReviewRow } from './forge-rows.ts'

/** What is to be done once Git has done its part, or to be undone where it has not. */
export interface Intent {
  id: string
  repository: string
  number: number
  kind: 'merge' | 'open'
  detail: Record<string, unknown>
  at: number
}

/** A statement has room for some thousands of parameters. */
const commitsAtOnce = 500

/** Every statement of the built-in forge. What changes a pull request is a list of statements that are made together. */
export class ForgeStore {
  readonly #tables: RoomTables

  constructor(tables: RoomTables) {
    this.#tables = tables
  }

  /** False when somebody has changed a row at the same time, and nothing was made. */
  async write(statements: readonly SqlStatement[]): Promise<boolean> {
    return (await this.#tables.batch(statements)) !== undefined
  }

  async find(repository: string, number: number): Promise<PullRequestRow | undefined> {
    const [row] = await this.#tables.query<PullRequestRow>('SELECT * FROM forge_pull_request WHERE repository = $1 AND number = $2', [
      repository,
      number,
    ])
    return row
  }

  async require(repository: string, number: number): Promise<PullRequestRow> {
    const row = await this.find(repository, number)
    if (row === undefined) throw new PlimsollError('not-found', `Repository '${repository}' has no pull request ${number}.`)
    return row
  }

  /** Newest first. */
  list(
    repository: string,
    filter: { state: PullRequestState; author?: string; reviewer?: string; before?: number; limit: number },
  ): Promise<PullRequestRow[]> {
    return this.#tables.query<PullRequestRow>(
      `SELECT * FROM forge_pull_request AS pull WHERE repository = $1 AND ($2 = 'all' OR state = $2) AND ($3 IS NULL OR author = $3)
       AND ($4 IS NULL OR number < $4) AND ($6 IS NULL OR ${isReviewedBy('$6')}) ORDER BY number DESC LIMIT $5`,
      [repository, filter.state, filter.author ?? null, filter.before ?? null, filter.limit, filter.reviewer ?? null],
    )
  }

  /** Of every repository, the newest change first. */
  newest(filter: {
    repository?: string
    state: PullRequestState
    author?: string
    reviewer?: string
    after?: PullPlace
    limit: number
  }): Promise<PullRequestRow[]> {
    const { repository = null, state, author = null, reviewer = null, after, limit } = filter
    return this.#tables.query<PullRequestRow>(
      // Written so that the index by state and change can be used where there is a state.
      `SELECT * FROM forge_pull_request AS pull WHERE ${state === 'all' ? '$1 IS NOT NULL' : 'state = $1'}
       AND ($8 IS NULL OR repository = $8) AND ($2 IS NULL OR author = $2) AND ($3 IS NULL OR ${isReviewedBy('$3')})
       AND ($4 IS NULL OR updated_at < $4 OR (updated_at = $4 AND (repository > $5 OR (repository = $5 AND number < $6))))
       ORDER BY updated_at DESC, repository, number DESC LIMIT $7`,
      [state, author, reviewer, after?.updatedAt ?? null, after?.repository ?? null, after?.number ?? null, limit, repository],
    )
  }

  /** Open ones of every repository, by repository and number. */
  open(after: Pick<PullRequestRow, 'repository' | 'number'> | undefined, limit: number): Promise<PullRequestRow[]> {
    return this.#tables.query<PullRequestRow>(
      `SELECT * FROM forge_pull_request WHERE state = 'open' AND ($1 IS NULL OR repository > $1 OR (repository = $1 AND number > $2))
       ORDER BY repository, number LIMIT $3`,
      [after?.repository ?? null, after?.number ?? null, limit],
    )
  }

  async byHead(repository: string, commit: string): Promise<PullRequestRow[]> {
    return this.#tables.query<PullRequestRow>(
      `SELECT * FROM forge_pull_request WHERE repository = $1 AND head_commit = $2 AND state = 'open'`,
      [repository, commit],
    )
  }

  async highestNumber(repository: string): Promise<number> {
    const [row] = await this.#tables.query<{ highest: number | null }>(
      `SELECT MAX(number) AS highest FROM (SELECT number FROM forge_pull_request WHERE repository = $1
       UNION ALL SELECT number FROM forge_intent WHERE repository = $1) AS numbers`,
      [repository],
    )
    return row?.highest ?? 0
  }

  insert(row: PullRequestRow): SqlStatement {
    const columns = Object.keys(row)
    return {
      statement: `INSERT INTO forge_pull_request (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      parameters: Object.values(row),
      expects: 1,
    }
  }

  /** Of the version that was read; the names of columns are ours. */
  update(row: PullRequestRow, change: Partial<PullRequestRow>, at: number): SqlStatement {
    const all = { ...change, updated_at: at, version: row.version + 1 }
    const columns = Object.keys(all)
    const place = columns.length
    return {
      statement: `UPDATE forge_pull_request SET ${columns.map((column, index) => `${column} = $${index + 1}`).join(', ')}
        WHERE repository = $${place + 1} AND number = $${place + 2} AND version = $${place + 3}`,
      parameters: [...(Object.values(all) as SqlValue[]), row.repository, row.number, row.version],
      expects: 1,
    }
  }

  /** Fails the batch when the row has changed since it was read, and makes others fail that have read it too. */
  touch(row: PullRequestRow): SqlStatement {
    return {
      statement: 'UPDATE forge_pull_request SET version = $1 WHERE repository = $2 AND number = $3 AND version = $4',
      parameters: [row.version + 1, row.repository, row.number, row.version],
      expects: 1,
    }
  }

  reviews(repository: string, number: number): Promise<ReviewRow[]> {
    return this.#tables.query<ReviewRow>('SELECT * FROM forge_review WHERE repository = $1 AND number = $2 ORDER BY seq LIMIT 2000', [
      repository,
      number,
    ])
  }

  addReview(repository: string, number: number, review: Omit<ReviewRow, 'seq' | 'void'>): SqlStatement {
    return {
      statement: `INSERT INTO forge_review (id, repository, number, author, state, body, head_commit, base_branch, submitted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      parameters: [
        review.id,
        repository,
        number,
        review.author,
        review.state,
        review.body,
        review.head_commit,
        review.base_branch,
        review.submitted_at,
      ],
    }
  }

  /** Approvals hold for one head and one target: those for others end here, and do not come back with them. */
  voidApprovals(repository: string, number: number, holdsFor: { head: string; base: string }, why: string): SqlStatement {
    return {
      statement: `UPDATE forge_review SET void = $1 WHERE repository = $2 AND number = $3 AND state = 'approved' AND void IS NULL
        AND (head_commit <> $4 OR base_branch <> $5)`,
      parameters: [why, repository, number, holdsFor.head, holdsFor.base],
    }
  }

  dismiss(repository: string, number: number, id: string, why: string): SqlStatement {
    return {
      statement: `UPDATE forge_review SET state = 'dismissed', void = $1 WHERE id = $2 AND repository = $3 AND number = $4 AND state IN ('approved', 'changesRequested')`,
      parameters: [why, id, repository, number],
      expects: 1,
    }
  }

  comments(repository: string, number: number): Promise<CommentRow[]> {
    return this.#tables.query<CommentRow>('SELECT * FROM forge_comment WHERE repository = $1 AND number = $2 ORDER BY seq LIMIT 5000', [
      repository,
      number,
    ])
  }

  addComment(repository: string, number: number, comment: Omit<CommentRow, 'seq' | 'updated_at' | 'is_resolved'>): SqlStatement {
    return {
      statement: `INSERT INTO forge_comment (id, repository, number, author, body, created_at, updated_at, kind, path, line, side, line_commit, in_reply_to, is_resolved, marker)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, 0, $13)`,
      parameters: [
        comment.id,
        repository,
        number,
        comment.author,
        comment.body,
        comment.created_at,
        comment.kind,
        comment.path,
        comment.line,
        comment.side,
        comment.line_commit,
        comment.in_reply_to,
        comment.marker,
      ],
    }
  }

  editComment(id: string, body: string, isResolved: number, at: number): SqlStatement {
    return {
      statement: 'UPDATE forge_comment SET body = $1, is_resolved = $2, updated_at = $3 WHERE id = $4',
      parameters: [body, isResolved, at, id],
      expects: 1,
    }
  }

  async checks(repository: string, commit: string): Promise<Check[]> {
    const rows = await this.#tables.query<{ detail: string }>(
      'SELECT detail FROM forge_check WHERE repository = $1 AND head_commit = $2 ORDER BY name, source LIMIT 1000',
      [repository, commit],
    )
    return rows.map(({ detail }) => JSON.parse(detail) as Check)
  }

  setCheck(repository: string, check: Check, at: number): SqlStatement {
    return {
      statement: `INSERT INTO forge_check (repository, head_commit, name, source, detail, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (repository, head_commit, name, source) DO UPDATE SET detail = $5, updated_at = $6`,
      parameters: [repository, check.commit, check.name, speakerOf(check), JSON.stringify(check), at],
    }
  }

  async protections(repository: string): Promise<BranchProtection[]> {
    const rows = await this.#tables.query<{ detail: string }>('SELECT detail FROM forge_protection WHERE repository = $1 ORDER BY place', [
      repository,
    ])
    return rows.map(({ detail }) => JSON.parse(detail) as BranchProtection)
  }

  setProtections(repository: string, protections: readonly BranchProtection[]): SqlStatement[] {
    return [
      { statement: 'DELETE FROM forge_protection WHERE repository = $1', parameters: [repository] },
      ...protections.map((protection, place) => ({
        statement: 'INSERT INTO forge_protection (repository, pattern, place, detail) VALUES ($1, $2, $3, $4)',
        parameters: [repository, protection.pattern, place, JSON.stringify(protection)],
      })),
    ]
  }

  notePush(repository: string, commit: string, username: string, at: number): SqlStatement {
    return {
      statement: 'INSERT INTO forge_push (repository, pushed_commit, username, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      parameters: [repository, commit, username, at],
    }
  }

  /** Who has pushed one of these commits as the tip of a ref. */
  async pushers(repository: string, commits: readonly string[]): Promise<{ commit: string; username: string }[]> {
    const found: { commit: string; username: string }[] = []
    for (let at = 0; at < commits.length; at += commitsAtOnce) {
      const some = commits.slice(at, at + commitsAtOnce)
      const rows = await this.#tables.query<{ pushed: string; username: string }>(
        `SELECT pushed_commit AS pushed, username FROM forge_push WHERE repository = $1
         AND pushed_commit IN (${some.map((_, index) => `$${index + 2}`).join(', ')}) ORDER BY at`,
        [repository, ...some],
      )
      found.push(...rows.map(({ pushed, username }) => ({ commit: pushed, username })))
    }
    return found
  }

  async intents(repository?: string): Promise<Intent[]> {
    const rows = await this.#tables.query<{ id: string; repository: string; number: number; kind: string; detail: string; at: number }>(
      'SELECT * FROM forge_intent WHERE $1 IS NULL OR repository = $1 ORDER BY at',
      [repository ?? null],
    )
    return rows.map((row) => ({ ...row, kind: row.kind as Intent['kind'], detail: JSON.parse(row.detail) as Record<string, unknown> }))
  }

  intend({ id, repository, number, kind, detail, at }: Intent): SqlStatement {
    return {
      statement: 'INSERT INTO forge_intent (id, repository, number, kind, detail, at) VALUES ($1, $2, $3, $4, $5, $6)',
      parameters: [id, repository, number, kind, JSON.stringify(detail), at],
    }
  }

  /** Expects that nobody has fulfilled it meanwhile. */
  fulfil(id: string): SqlStatement {
    return { statement: 'DELETE FROM forge_intent WHERE id = $1', parameters: [id], expects: 1 }
  }
}

function isReviewedBy(parameter: string): string {
  return `EXISTS (SELECT 1 FROM forge_review AS given WHERE given.repository = pull.repository AND given.number = pull.number AND given.author = ${parameter})`
}

/** Who says it, and on what occasion. The pull request's own is the plain file, as rows have it from before there were others. */
function speakerOf({ source }: Check): string {
  if (!source) return ''
  const { workflow, event = 'pull_request' } = source
  return event === 'pull_request' ? workflow : `${workflow} (${event})`
}
