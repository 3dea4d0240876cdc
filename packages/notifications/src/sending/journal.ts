import { createHash } from 'node:crypto'
import type { Records, RoomTables, SqlValue } from '@plimsoll/records'
import { migrations } from './tables.ts'

type Row = Record<string, SqlValue>

/** Of a finished one no more is kept than Argo CD keeps on an Application. */
export const keptOfApplication = 100
const keptMemories = 5000

/** About one Application, by what Argo CD calls an item. */
export interface Told {
  /** What was sent: seconds since 1970. */
  sent: Map<string, number>
  /** What could not be. */
  failed: ReadonlySet<string>
}

/**
 * What was sent, durably, one row for each message. It is written that a message is about to be sent, then the message is sent, then it is written that it
 * was. Whoever dies in between has perhaps sent it: it is sent once more, under the same id, and never a third time.
 */
export class Journal {
  readonly #tables: RoomTables
  /** This life of the program: rows begun by another one were left by a crash. */
  readonly #life: string
  readonly #now: () => number

  private constructor(tables: RoomTables, life: string, now: () => number) {
    this.#tables = tables
    this.#life = life
    this.#now = now
  }

  static async open(records: Pick<Records, 'room'>, life: string, now: () => number): Promise<Journal> {
    return new Journal(await records.room('notification', migrations), life, now)
  }

  /** What has been told about an Application. The first time, what Argo CD has told is taken over from its annotation. */
  async told(uid: string, annotation: string | undefined): Promise<Told> {
    const [known] = await this.#tables.query<Row>('SELECT uid FROM notification_application WHERE uid = $1', [uid])
    if (known === undefined) {
      const entries = entriesIn(annotation).map(([item, seconds]) => ({
        statement: `INSERT INTO notification_sent (uid, item, state, begun_at, begun_by, tries) VALUES ($1, $2, 'sent', $3, $4, 1) ON CONFLICT DO NOTHING`,
        parameters: [uid, item, seconds * 1000, this.#life],
      }))
      await this.#tables.batch([
        ...entries,
        {
          statement: 'INSERT INTO notification_application (uid, since) VALUES ($1, $2) ON CONFLICT DO NOTHING',
          parameters: [uid, this.#now()],
        },
      ])
    }
    const rows = await this.#tables.query<Row>('SELECT item, state, begun_at FROM notification_sent WHERE uid = $1', [uid])
    const ofState = (state: string): Row[] => rows.filter((row) => row['state'] === state)
    return {
      sent: new Map(ofState('sent').map((row) => [String(row['item']), Math.floor(Number(row['begun_at']) / 1000)])),
      failed: new Set(ofState('failed').map((row) => String(row['item']))),
    }
  }

  /** The id to send it under; undefined when it was sent, or was begun twice already. */
  async begin(uid: string, item: string): Promise<string | undefined> {
    const now = this.#now()
    const isNew = await this.#changes(
      `INSERT INTO notification_sent (uid, item, state, begun_at, begun_by, tries) VALUES ($1, $2, 'sending', $3, $4, 1) ON CONFLICT DO NOTHING`,
      [uid, item, now, this.#life],
    )
    if (isNew) return idOf(uid, item, now)
    const isTriedAgain = await this.#changes(
      `UPDATE notification_sent SET state = 'sending', begun_by = $3, tries = 1 WHERE uid = $1 AND item = $2 AND state = 'failed'`,
      [uid, item, this.#life],
    )
    const isLeft =
      !isTriedAgain &&
      (await this.#changes(
        `UPDATE notification_sent SET begun_by = $3, tries = 2 WHERE uid = $1 AND item = $2 AND state = 'sending' AND begun_by <> $3 AND tries = 1`,
        [uid, item, this.#life],
      ))
    if (!isTriedAgain && !isLeft) {
      await this.finish(uid, item)
      return undefined
    }
    const [row] = await this.#tables.query<Row>('SELECT begun_at FROM notification_sent WHERE uid = $1 AND item = $2', [uid, item])
    return row === undefined ? undefined : idOf(uid, item, Number(row['begun_at']))
  }

  async finish(uid: string, item: string): Promise<void> {
    await this.#tables.run(`UPDATE notification_sent SET state = 'sent' WHERE uid = $1 AND item = $2`, [uid, item])
  }

  /** It was not sent, as far as anybody can tell: the next attempt has the same id. */
  async fail(uid: string, item: string): Promise<void> {
    await this.#tables.run(`UPDATE notification_sent SET state = 'failed' WHERE uid = $1 AND item = $2`, [uid, item])
  }

  /** Its condition holds no longer: the next time is another message. */
  async forget(uid: string, item: string): Promise<void> {
    await this.#tables.run('DELETE FROM notification_sent WHERE uid = $1 AND item = $2', [uid, item])
  }

  async prune(uid: string): Promise<void> {
    await this.#tables.run(
      `DELETE FROM notification_sent WHERE uid = $1 AND state <> 'sending' AND item NOT IN
       (SELECT item FROM notification_sent WHERE uid = $1 ORDER BY begun_at DESC, item LIMIT $2)`,
      [uid, keptOfApplication],
    )
  }

  /** UIDs of Applications that something is known of. */
  async applications(): Promise<string[]> {
    const rows = await this.#tables.query<Row>('SELECT uid FROM notification_application')
    return rows.map((row) => String(row['uid']))
  }

  /** It is no more. */
  async forgetApplication(uid: string): Promise<void> {
    await this.#tables.batch([
      { statement: 'DELETE FROM notification_sent WHERE uid = $1', parameters: [uid] },
      { statement: 'DELETE FROM notification_application WHERE uid = $1', parameters: [uid] },
    ])
  }

  async recall(name: string): Promise<string | undefined> {
    const [row] = await this.#tables.query<Row>('SELECT value FROM notification_memory WHERE name = $1', [name])
    return row === undefined ? undefined : String(row['value'])
  }

  async remember(name: string, value: string): Promise<void> {
    await this.#tables.batch([
      {
        statement:
          'INSERT INTO notification_memory (name, value, at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET value = $2, at = $3',
        parameters: [name, value, this.#now()],
      },
      {
        statement:
          'DELETE FROM notification_memory WHERE name NOT IN (SELECT name FROM notification_memory ORDER BY at DESC, name LIMIT $1)',
        parameters: [keptMemories],
      },
    ])
  }

  async #changes(statement: string, parameters: SqlValue[]): Promise<boolean> {
    return (await this.#tables.run(statement, parameters)).changes === 1
  }
}

function idOf(uid: string, item: string, begunAt: number): string {
  return createHash('sha256').update(`${uid}\n${item}\n${begunAt}`).digest('hex').slice(0, 32)
}

/** The annotation as Argo CD writes it: seconds since 1970 by item. */
function entriesIn(annotation: string | undefined): [string, number][] {
  if (annotation === undefined || annotation.length > 256 * 1024) return []
  try {
    const read = JSON.parse(annotation) as unknown
    if (typeof read !== 'object' || read === null) return []
    return Object.entries(read).filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]))
  } catch {
    return []
  }
}
