/** Numbered by their place, only ever added to. */
export const migrations: readonly (readonly string[])[] = [
  [
    // Applications that are known here, by UID; what Argo CD has left on them is read once.
    `CREATE TABLE notification_application (uid TEXT PRIMARY KEY, since BIGINT NOT NULL)`,
    `CREATE TABLE notification_sent (
      uid TEXT NOT NULL,
      item TEXT NOT NULL,
      state TEXT NOT NULL,
      begun_at BIGINT NOT NULL,
      begun_by TEXT NOT NULL,
      tries INTEGER NOT NULL,
      PRIMARY KEY (uid, item)
    )`,
    `CREATE TABLE notification_memory (name TEXT PRIMARY KEY, value TEXT NOT NULL, at BIGINT NOT NULL)`,
  ],
]
