import Database from 'libsql'
import { parentPort, workerData } from 'node:worker_threads'
import type { SqlAnswer, SqlRequest, SqlStatement } from './sql.ts'

/**
 * The thread that owns a SQLite file. Requests that arrive while a commit is under way are taken together into the next transaction
 * (group commit): each is answered when its group is on disk. A statement that fails undoes only itself.
 */
const port = parentPort
if (!port) throw new Error('sqlite-thread runs as a worker thread only')

const database = new Database((workerData as { file: string }).file)
database.exec('PRAGMA journal_mode = WAL')
database.exec('PRAGMA synchronous = FULL')
database.exec('PRAGMA busy_timeout = 5000')

const prepared = new Map<string, ReturnType<typeof database.prepare>>()
let waiting: SqlRequest[] = []

port.on('message', (request: SqlRequest | 'close') => {
  if (request === 'close') {
    commitWaiting()
    database.close()
    port.close()
    return
  }
  waiting.push(request)
  // The other messages that are already here join this group.
  if (waiting.length === 1) setImmediate(commitWaiting)
})
port.postMessage('ready')

function commitWaiting(): void {
  const group = waiting
  waiting = []
  if (group.length === 0) return

  const answers: SqlAnswer[] = []
  const isWriting = group.some((request) => request.kind !== 'query')
  try {
    if (isWriting) database.exec('BEGIN IMMEDIATE')
    for (const request of group) answers.push(execute(request, isWriting))
    if (isWriting) database.exec('COMMIT')
  } catch (error) {
    try {
      database.exec('ROLLBACK')
    } catch {
      // There was no transaction to undo: BEGIN itself failed.
    }
    answers.length = 0
    for (const request of group) answers.push({ id: request.id, error: messageOf(error) })
  }
  for (const answer of answers) port?.postMessage(answer)
}

function execute(request: SqlRequest, isInTransaction: boolean): SqlAnswer {
  if (isInTransaction) database.exec('SAVEPOINT one')
  try {
    const answer = answerTo(request)
    // A batch that is not as it was expected to be is undone whole.
    if (answer.changes.length < request.statements.length) {
      database.exec('ROLLBACK TO one')
      answer.changes.length = 0
    }
    if (isInTransaction) database.exec('RELEASE one')
    return answer
  } catch (error) {
    if (isInTransaction) database.exec('ROLLBACK TO one')
    return { id: request.id, error: messageOf(error) }
  }
}

function answerTo({ id, kind, statements }: SqlRequest): Extract<SqlAnswer, { rows: unknown }> {
  const answer: Extract<SqlAnswer, { rows: unknown }> = { id, changes: [], rows: [] }
  for (const one of statements) {
    const statement = statementFor(one.statement)
    if (kind === 'query') {
      answer.rows = statement.all(one.parameters ?? []) as typeof answer.rows
      answer.changes.push(0)
      continue
    }
    const { changes } = statement.run(one.parameters ?? [])
    if (!isExpected(one, changes)) break
    answer.changes.push(changes)
  }
  return answer
}

function isExpected({ expects }: SqlStatement, changes: number): boolean {
  return expects === undefined || expects === changes
}

function statementFor(text: string): ReturnType<typeof database.prepare> {
  let statement = prepared.get(text)
  if (!statement) {
    // SQLite numbers its parameters ?1, PostgreSQL $1; no statement of ours has a dollar sign elsewhere.
    statement = database.prepare(text.replaceAll(/\$(\d+)/g, '?$1'))
    prepared.set(text, statement)
  }
  return statement
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
