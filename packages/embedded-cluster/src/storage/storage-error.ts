/** The database could not be opened, read or written. `message` is for the person who operates it. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  /** SQLite's code, `SQLITE_FULL`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What to do about a database that does not open, by SQLite's code. */
export function explainOpenFailure(file: string, code: string, message: string): StorageError {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StorageError(
      code,
      `The cluster's database ${file} is in use by another process. Stop that process, or choose another data directory.`,
    )
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return new StorageError(
      code,
      `The cluster's database ${file} is damaged (${message}). Nothing was changed. Restore it from a backup, or move it away to start with an empty cluster.`,
    )
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM')) {
    return new StorageError(
      code,
      `The cluster's database ${file} cannot be opened (${message}). Check that its directory exists and can be written.`,
    )
  }
  return new StorageError(code, `The cluster's database ${file} cannot be used: ${message} (${code}).`)
}
