import { Worker } from 'node:worker_threads'
import type { Sql, SqlAnswer, SqlRequest, SqlStatement, SqlValue } from './sql.ts'

/** Opens a SQLite file in a thread of its own. Rejects when the file cannot be opened (locked, not a database, no room). */
export async function openSqlite(file: string): Promise<Sql> {
  const thread = new Worker(new URL('./sqlite-thread.js', import.meta.url), { workerData: { file } })
  await new Promise<void>((resolve, reject) => {
    thread.once('message', () => resolve())
    thread.once('error', (error) => reject(new Error(`The records in ${file} cannot be opened: ${error.message}`)))
  })
  return new SqliteThread(thread)
}

class SqliteThread implements Sql {
  readonly #thread: Worker
  readonly #pending = new Map<
    number,
    { resolve: (answer: Extract<SqlAnswer, { rows: unknown }>) => void; reject: (error: Error) => void }
  >()
  readonly #exited: Promise<void>
  #nextId = 1
  #failure: Error | undefined

  constructor(thread: Worker) {
    this.#thread = thread
    thread.on('message', (answer: SqlAnswer) => this.#settle(answer))
    thread.on('error', (error) => this.#failAll(error))
    this.#exited = new Promise((resolve) =>
      thread.once('exit', () => {
        this.#failAll(new Error('The records are closed.'))
        resolve()
      }),
    )
  }

  async run(statement: string, parameters: SqlValue[] = []): Promise<{ changes: number }> {
    const { changes } = await this.#ask('run', [{ statement, parameters }])
    return { changes: changes[0] ?? 0 }
  }

  async query<Row extends Record<string, SqlValue>>(statement: string, parameters: SqlValue[] = []): Promise<Row[]> {
    return (await this.#ask('query', [{ statement, parameters }])).rows as Row[]
  }

  async batch(statements: readonly SqlStatement[]): Promise<{ changes: number[] } | undefined> {
    const { changes } = await this.#ask('batch', statements)
    return changes.length === statements.length ? { changes } : undefined
  }

  async close(): Promise<void> {
    if (!this.#failure) this.#thread.postMessage('close')
    await this.#exited
  }

  #ask(kind: SqlRequest['kind'], statements: readonly SqlStatement[]): Promise<Extract<SqlAnswer, { rows: unknown }>> {
    if (this.#failure) return Promise.reject(this.#failure)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#thread.postMessage({ id, kind, statements } satisfies SqlRequest)
    })
  }

  #settle(answer: SqlAnswer): void {
    const waiting = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer)
  }

  #failAll(error: Error): void {
    this.#failure ??= error
    for (const waiting of this.#pending.values()) waiting.reject(this.#failure)
    this.#pending.clear()
  }
}
