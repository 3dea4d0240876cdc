import { randomUUID } from 'node:crypto'
import { chmodSync, closeSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'libsql'
import type { CommitRequest, WriterAnswer, WriterData, WriterRequest } from './writer-messages.ts'

/**
 * The thread that owns the database file. One message is one group: it is answered when the transaction is on disk.
 * `locking_mode=EXCLUSIVE` keeps a second process out for as long as this one lives, and goes with it however it ends.
 */
const port = parentPort
if (port === null) throw new Error('writer-thread is started as a worker')
const { file } = workerData as WriterData

/** Rows sent per message while loading, so that neither side holds the whole text twice. */
const loadChunk = 2_000
/** Written in `PRAGMA user_version`; a later format raises it. */
const formatVersion = 1

function say(answer: WriterAnswer): void {
  port?.postMessage(answer)
}

function problemOf(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error)
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'UNKNOWN'
  return { code, message }
}

function open(): Database.Database {
  // SQLite gives its files the mode of the first one.
  closeSync(openSync(file, 'a', 0o600))
  const db = new Database(file)
  db.pragma('busy_timeout = 100')
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  // The lock is only taken by the first write; take it now, so that a second process fails here and not at its first object.
  db.exec('BEGIN IMMEDIATE')
  const version = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (version > formatVersion)
    throw new Error(`the file was written by a later version of plimsoll (format ${version}, this one knows ${formatVersion})`)
  db.exec('CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL)')
  db.exec('CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value TEXT NOT NULL)')
  db.exec(`PRAGMA user_version = ${formatVersion}`)
  db.exec('COMMIT')
  chmodSync(file, 0o600)
  return db
}

function counter(db: Database.Database, name: string, initial: () => string): string {
  const row = db.prepare('SELECT value FROM counters WHERE name = ?').get([name]) as { value: string } | undefined
  if (row !== undefined) return row.value
  const value = initial()
  db.prepare('INSERT INTO counters (name, value) VALUES (?, ?)').run([name, value])
  return value
}

function load(db: Database.Database): void {
  const storeId = counter(db, 'store', randomUUID)
  const revision = Number(counter(db, 'revision', () => '1'))
  let chunk: { key: string; revision: number; text: string }[] = []
  for (const row of db.prepare('SELECT key, revision, value AS text FROM objects').iterate([])) {
    chunk.push(row as { key: string; revision: number; text: string })
    if (chunk.length < loadChunk) continue
    say({ loaded: chunk, more: true, revision, storeId })
    chunk = []
  }
  say({ loaded: chunk, more: false, revision, storeId })
}

function run(): void {
  const db = open()
  load(db)
  const put = db.prepare(
    'INSERT INTO objects (key, revision, value) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value',
  )
  const remove = db.prepare('DELETE FROM objects WHERE key = ?')
  const setRevision = db.prepare("UPDATE counters SET value = ? WHERE name = 'revision'")

  function commit(request: CommitRequest): void {
    try {
      db.exec('BEGIN IMMEDIATE')
      for (const change of request.changes) {
        if (change.text === undefined) remove.run([change.key])
        else put.run([change.key, change.revision, change.text])
      }
      setRevision.run([String(request.revision)])
      db.exec('COMMIT')
      say({ committed: request.group })
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      say({ failed: request.group, ...problemOf(error) })
    }
  }

  port?.on('message', (request: WriterRequest) => {
    if ('close' in request) {
      db.close()
      say({ closed: true })
      port?.close()
    } else {
      commit(request)
    }
  })
}

try {
  run()
} catch (error) {
  say({ broken: true, ...problemOf(error) })
}
