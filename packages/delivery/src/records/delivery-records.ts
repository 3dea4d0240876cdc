import type { DeploymentQuery } from '@plimsoll/api'
import type { Records, RoomTables, SqlValue } from '@plimsoll/records'
import type { Approval, Override, Placement, PlacementPhase, ReleaseRecord } from './rows.ts'
import { migrations } from './tables.ts'

type Row = Record<string, SqlValue>

const placementColumns =
  'id, seq, delivery, stage, application, release_name, kind, actor, why, approved_by, repo_url, ref, expected, parent, hash, phase, text, started_at, since, placed_at, ended_at, soak_from, steps, pull'

/** What deliveries remember. Each write is durable when its promise resolves. */
export class DeliveryRecords {
  readonly #tables: RoomTables

  constructor(tables: RoomTables) {
    this.#tables = tables
  }

  static async open(records: Pick<Records, 'room'>): Promise<DeliveryRecords> {
    return new DeliveryRecords(await records.room('delivery', migrations))
  }

  /** False when there is one of this number: somebody else was quicker. With it the head that it was made of is remembered. */
  async addRelease(release: ReleaseRecord, head: { commit: string; images: string }): Promise<boolean> {
    const { name, delivery, number, revision, model, pullRequest, createdAt } = release
    const done = await this.#tables.batch([
      {
        statement: `INSERT INTO delivery_release (name, delivery, number, revision, model, pull_repository, pull_number, created_at, body)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
        parameters: [
          name,
          delivery,
          number,
          revision,
          model?.digest ?? null,
          pullRequest?.repository ?? null,
          pullRequest?.number ?? null,
          createdAt,
          JSON.stringify(release),
        ],
        expects: 1,
      },
      headStatement(delivery, head),
    ])
    return done !== undefined
  }

  async releases({ delivery, limit = 20, before }: { delivery?: string; limit?: number; before?: number } = {}): Promise<ReleaseRecord[]> {
    const rows = await this.#tables.query<Row>(
      `SELECT body, superseded_by FROM delivery_release WHERE ($1 IS NULL OR delivery = $1) AND ($2 IS NULL OR number < $2)
       ORDER BY created_at DESC, number DESC LIMIT $3`,
      [delivery ?? null, before ?? null, Math.min(limit, 1000)],
    )
    return rows.map(readRelease)
  }

  async release(name: string): Promise<ReleaseRecord | undefined> {
    const [row] = await this.#tables.query<Row>('SELECT body, superseded_by FROM delivery_release WHERE name = $1', [name])
    return row === undefined ? undefined : readRelease(row)
  }

  /** Older ones that are in no stage, or in one whose place it has taken. Says how many. */
  async supersede(releases: readonly string[], by: string): Promise<void> {
    for (const name of releases)
      await this.#tables.run('UPDATE delivery_release SET superseded_by = $2 WHERE name = $1 AND superseded_by IS NULL', [name, by])
  }

  async head(delivery: string): Promise<{ commit: string; images: string } | undefined> {
    const [row] = await this.#tables.query<Row>('SELECT hash, images FROM delivery_head WHERE delivery = $1', [delivery])
    return row === undefined ? undefined : { commit: String(row['hash']), images: String(row['images']) }
  }

  async setHead(delivery: string, head: { commit: string; images: string }): Promise<void> {
    const { statement, parameters } = headStatement(delivery, head)
    await this.#tables.run(statement, parameters)
  }

  /** Begins to bring a release into a stage: false when something else is half done there. */
  async addPlacement(placement: Omit<Placement, 'seq'>): Promise<boolean> {
    const done = await this.#tables.run(
      `INSERT INTO delivery_placement (${placementColumns})
       VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM delivery_placement), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
         $18, $19, $20, $21, $22, $23) ON CONFLICT DO NOTHING`,
      valuesOf(placement),
    )
    return done.changes === 1
  }

  /** Takes the place of what was read: false when that has changed meanwhile. */
  async updatePlacement(before: Placement, change: Partial<Omit<Placement, 'id' | 'seq'>>): Promise<boolean> {
    const after = { ...before, ...change }
    const [id, , , , , , , ...rest] = valuesOf(after)
    const done = await this.#tables.run(
      `UPDATE delivery_placement SET why = $2, approved_by = $3, repo_url = $4, ref = $5, expected = $6, parent = $7, hash = $8, phase = $9, text = $10,
         started_at = $11, since = $12, placed_at = $13, ended_at = $14, soak_from = $15, steps = $16, pull = $17
       WHERE id = $1 AND phase = $18 AND steps = $19`,
      [id ?? null, ...rest, before.phase, JSON.stringify(before.steps)],
    )
    return done.changes === 1
  }

  /** What a release that has just come into a stage takes the place of. */
  async endEarlier({ delivery, stage, seq, release }: Placement, at: number): Promise<void> {
    const where = 'delivery = $1 AND stage = $2 AND seq < $3'
    const key = [delivery, stage, seq]
    await this.#tables.batch([
      {
        statement: `UPDATE delivery_placement SET phase = 'Superseded', text = $5, since = $4 WHERE ${where} AND phase IN ('Verifying', 'Soaking') AND ended_at IS NULL`,
        parameters: [...key, at, `${release} came before it was through.`],
      },
      { statement: `UPDATE delivery_placement SET ended_at = $4 WHERE ${where} AND ended_at IS NULL`, parameters: [...key, at] },
    ])
  }

  /** Newest first: of each stage those that matter now, and what was before them. */
  async placements(delivery: string, limit = 200): Promise<Placement[]> {
    const rows = await this.#tables.query<Row>(
      `SELECT ${placementColumns} FROM delivery_placement WHERE delivery = $1 ORDER BY seq DESC LIMIT $2`,
      [delivery, limit],
    )
    return rows.map(readPlacement)
  }

  /** What a stage has now, and what is on its way into it, however much happened elsewhere since. */
  async latest(delivery: string, stage: string): Promise<Placement[]> {
    const rows = await this.#tables.query<Row>(
      `SELECT ${placementColumns} FROM delivery_placement WHERE delivery = $1 AND stage = $2 ORDER BY seq DESC LIMIT 20`,
      [delivery, stage],
    )
    return rows.map(readPlacement)
  }

  /** The last time that a release was brought into a stage. */
  async placementOf(delivery: string, stage: string, release: string): Promise<Placement | undefined> {
    const [row] = await this.#tables.query<Row>(
      `SELECT ${placementColumns} FROM delivery_placement WHERE delivery = $1 AND stage = $2 AND release_name = $3 ORDER BY seq DESC LIMIT 1`,
      [delivery, stage, release],
    )
    return row === undefined ? undefined : readPlacement(row)
  }

  /** One of ours, by its commit. */
  async byCommit(commit: string): Promise<Placement | undefined> {
    const [row] = await this.#tables.query<Row>(
      `SELECT ${placementColumns} FROM delivery_placement WHERE hash = $1 AND parent IS NOT NULL ORDER BY seq LIMIT 1`,
      [commit],
    )
    return row === undefined ? undefined : readPlacement(row)
  }

  /** Newest first, for all time. */
  async query(query: DeploymentQuery & { sinceMs?: number; untilMs?: number }): Promise<Placement[]> {
    const parameters: SqlValue[] = []
    const wheres: string[] = []
    const where = (condition: (parameter: string) => string, value: SqlValue | undefined): void => {
      if (value === undefined) return
      parameters.push(value)
      wheres.push(condition(`$${parameters.length}`))
    }
    where((p) => `p.delivery = ${p}`, query.delivery)
    where((p) => `p.stage = ${p}`, query.stage)
    where((p) => `p.application = ${p}`, query.application)
    where((p) => `p.release_name = ${p}`, query.release)
    where((p) => `r.pull_repository = ${p}`, query.repository)
    where((p) => `r.pull_number = ${p}`, query.pullRequest)
    where((p) => `SUBSTR(r.model, 1, LENGTH(${p})) = ${p}`, query.model)
    where((p) => `p.started_at >= ${p}`, query.sinceMs)
    where((p) => `p.started_at < ${p}`, query.untilMs)
    where((p) => `p.seq < (SELECT seq FROM delivery_placement WHERE id = ${p})`, query.before)
    parameters.push(Math.min(query.limit ?? 100, 1000))
    const rows = await this.#tables.query<Row>(
      `SELECT ${placementColumns
        .split(', ')
        .map((column) => `p.${column}`)
        .join(', ')} FROM delivery_placement p JOIN delivery_release r ON r.name = p.release_name
       ${wheres.length === 0 ? '' : `WHERE ${wheres.join(' AND ')}`} ORDER BY p.seq DESC LIMIT $${parameters.length}`,
      parameters,
    )
    return rows.map(readPlacement)
  }

  async approve(delivery: string, { stage, release, by, groups, at, comment }: Approval): Promise<void> {
    await this.#tables.run(
      `INSERT INTO delivery_approval (delivery, stage, release_name, actor, actor_groups, at, comment) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (delivery, stage, release_name, actor) DO UPDATE SET actor_groups = $5, at = $6, comment = $7, taken_back_at = NULL`,
      [delivery, stage, release, by, JSON.stringify(groups), at, comment ?? null],
    )
  }

  async takeBack(delivery: string, stage: string, release: string, by: string, at: number): Promise<boolean> {
    const { changes } = await this.#tables.run(
      `UPDATE delivery_approval SET taken_back_at = $5 WHERE delivery = $1 AND stage = $2 AND release_name = $3 AND actor = $4 AND taken_back_at IS NULL`,
      [delivery, stage, release, by, at],
    )
    return changes === 1
  }

  async approvals(delivery: string, release: string): Promise<Approval[]> {
    const rows = await this.#tables.query<Row>(
      `SELECT stage, actor, actor_groups, at, comment FROM delivery_approval
       WHERE delivery = $1 AND release_name = $2 AND taken_back_at IS NULL ORDER BY at, actor`,
      [delivery, release],
    )
    return rows.map((row) => ({
      stage: String(row['stage']),
      release,
      by: String(row['actor']),
      groups: JSON.parse(String(row['actor_groups'])) as string[],
      at: Number(row['at']),
      ...(row['comment'] !== null && { comment: String(row['comment']) }),
    }))
  }

  /** The first one stays: what was decided once is not decided by somebody else later. */
  async override(delivery: string, { stage, release, requirement, by, why, at }: Override): Promise<void> {
    await this.#tables.run(
      `INSERT INTO delivery_override (delivery, stage, release_name, requirement, actor, why, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
      [delivery, stage, release, requirement, by, why, at],
    )
  }

  async dropOverride(delivery: string, stage: string, release: string, requirement: string): Promise<void> {
    await this.#tables.run('DELETE FROM delivery_override WHERE delivery = $1 AND stage = $2 AND release_name = $3 AND requirement = $4', [
      delivery,
      stage,
      release,
      requirement,
    ])
  }

  async overrides(delivery: string, release: string): Promise<Override[]> {
    const rows = await this.#tables.query<Row>(
      'SELECT stage, requirement, actor, why, at FROM delivery_override WHERE delivery = $1 AND release_name = $2 ORDER BY at',
      [delivery, release],
    )
    return rows.map((row) => ({
      stage: String(row['stage']),
      release,
      requirement: String(row['requirement']),
      by: String(row['actor']),
      why: String(row['why']),
      at: Number(row['at']),
    }))
  }

  async hold(delivery: string, by: string, why: string, at: number): Promise<void> {
    await this.#tables.run('INSERT INTO delivery_hold (delivery, actor, why, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
      delivery,
      by,
      why,
      at,
    ])
  }

  async resume(delivery: string): Promise<void> {
    await this.#tables.run('DELETE FROM delivery_hold WHERE delivery = $1', [delivery])
  }

  async holdOf(delivery: string): Promise<{ by: string; why: string; at: number } | undefined> {
    const [row] = await this.#tables.query<Row>('SELECT actor, why, at FROM delivery_hold WHERE delivery = $1', [delivery])
    return row === undefined ? undefined : { by: String(row['actor']), why: String(row['why']), at: Number(row['at']) }
  }
}

function headStatement(delivery: string, head: { commit: string; images: string }) {
  return {
    statement: `INSERT INTO delivery_head (delivery, hash, images) VALUES ($1, $2, $3) ON CONFLICT (delivery) DO UPDATE SET hash = $2, images = $3`,
    parameters: [delivery, head.commit, head.images],
  }
}

/** In the order of the columns, without `seq`. */
function valuesOf(placement: Omit<Placement, 'seq'>): SqlValue[] {
  return [
    placement.id,
    placement.delivery,
    placement.stage,
    placement.application,
    placement.release,
    placement.kind,
    placement.by,
    placement.why ?? null,
    JSON.stringify(placement.approvedBy),
    placement.repoURL,
    placement.ref,
    placement.expected ?? null,
    placement.parent ?? null,
    placement.commit ?? null,
    placement.phase,
    placement.text,
    placement.startedAt,
    placement.since,
    placement.placedAt ?? null,
    placement.endedAt ?? null,
    placement.soakFrom ?? null,
    JSON.stringify(placement.steps),
    placement.pull === undefined ? null : JSON.stringify(placement.pull),
  ]
}

function readRelease(row: Row): ReleaseRecord {
  const release = JSON.parse(String(row['body'])) as ReleaseRecord
  return row['superseded_by'] === null ? release : { ...release, supersededBy: String(row['superseded_by']) }
}

function readPlacement(row: Row): Placement {
  const text = (name: string): string => String(row[name])
  const number = (name: string): number => Number(row[name])
  const has = (name: string): boolean => row[name] !== null && row[name] !== undefined
  return {
    id: text('id'),
    seq: number('seq'),
    delivery: text('delivery'),
    stage: text('stage'),
    application: text('application'),
    release: text('release_name'),
    kind: text('kind') as Placement['kind'],
    by: text('actor'),
    ...(has('why') && { why: text('why') }),
    approvedBy: JSON.parse(text('approved_by')) as string[],
    repoURL: text('repo_url'),
    ref: text('ref'),
    ...(has('expected') && { expected: text('expected') }),
    ...(has('parent') && { parent: text('parent') }),
    ...(has('hash') && { commit: text('hash') }),
    phase: text('phase') as PlacementPhase,
    text: text('text'),
    startedAt: number('started_at'),
    since: number('since'),
    ...(has('placed_at') && { placedAt: number('placed_at') }),
    ...(has('ended_at') && { endedAt: number('ended_at') }),
    ...(has('soak_from') && { soakFrom: number('soak_from') }),
    steps: JSON.parse(text('steps')) as Placement['steps'],
    ...(has('pull') && { pull: JSON.parse(text('pull')) as NonNullable<Placement['pull']> }),
  }
}
