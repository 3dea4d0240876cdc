/** Numbered by their place, only ever added to, never changed (packages/records, `room`). */
export const forgeMigrations = [
  [
    `CREATE TABLE forge_pull_request (
      repository TEXT NOT NULL,
      number INTEGER NOT NULL,
      version INTEGER NOT NULL,
      title TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      is_draft INTEGER NOT NULL,
      is_outside INTEGER NOT NULL,
      author TEXT NOT NULL,
      head_branch TEXT,
      topic TEXT NOT NULL,
      head_commit TEXT NOT NULL,
      base_branch TEXT NOT NULL,
      base_commit TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      merged_at BIGINT,
      merged_by TEXT,
      merge_commit TEXT,
      merge_method TEXT,
      closed_at BIGINT,
      closed_by TEXT,
      PRIMARY KEY (repository, number)
    )`,
    `CREATE INDEX forge_pull_request_by_state ON forge_pull_request (repository, state, number)`,
    `CREATE INDEX forge_pull_request_by_head ON forge_pull_request (repository, head_commit)`,
    `CREATE TABLE forge_review (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      repository TEXT NOT NULL,
      number INTEGER NOT NULL,
      author TEXT NOT NULL,
      state TEXT NOT NULL,
      body TEXT NOT NULL,
      head_commit TEXT NOT NULL,
      base_branch TEXT NOT NULL,
      submitted_at BIGINT NOT NULL,
      void TEXT
    )`,
    `CREATE INDEX forge_review_by_pull_request ON forge_review (repository, number, seq)`,
    `CREATE TABLE forge_comment (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      repository TEXT NOT NULL,
      number INTEGER NOT NULL,
      author TEXT NOT NULL,
      body TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      kind TEXT NOT NULL,
      path TEXT,
      line INTEGER,
      side TEXT,
      line_commit TEXT,
      in_reply_to TEXT,
      is_resolved INTEGER NOT NULL,
      marker TEXT
    )`,
    `CREATE INDEX forge_comment_by_pull_request ON forge_comment (repository, number, seq)`,
    `CREATE UNIQUE INDEX forge_comment_by_marker ON forge_comment (repository, number, marker)`,
    `CREATE TABLE forge_check (
      repository TEXT NOT NULL,
      head_commit TEXT NOT NULL,
      name TEXT NOT NULL,
      detail TEXT NOT NULL,
      updated_at BIGINT NOT NULL,
      PRIMARY KEY (repository, head_commit, name)
    )`,
    `CREATE TABLE forge_protection (repository TEXT NOT NULL, pattern TEXT NOT NULL, place INTEGER NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (repository, pattern))`,
    `CREATE TABLE forge_push (repository TEXT NOT NULL, pushed_commit TEXT NOT NULL, username TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (repository, pushed_commit, username))`,
    `CREATE TABLE forge_intent (id TEXT PRIMARY KEY, repository TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL, at BIGINT NOT NULL)`,
    `CREATE INDEX forge_intent_by_repository ON forge_intent (repository)`,
  ],
  [
    `CREATE INDEX forge_pull_request_by_change ON forge_pull_request (updated_at)`,
    `CREATE INDEX forge_pull_request_by_state_and_change ON forge_pull_request (state, updated_at)`,
  ],
  // Who says it is part of what a check is: another workflow file of the same name takes no place of it. What a run said of the head of an open
  // pull request is forgotten, since nobody knows of which file it was: its run is started again.
  [
    `ALTER TABLE forge_check RENAME TO forge_check_of_before`,
    `CREATE TABLE forge_check (
      repository TEXT NOT NULL,
      head_commit TEXT NOT NULL,
      name TEXT NOT NULL,
      source TEXT NOT NULL,
      detail TEXT NOT NULL,
      updated_at BIGINT NOT NULL,
      PRIMARY KEY (repository, head_commit, name, source)
    )`,
    `INSERT INTO forge_check (repository, head_commit, name, source, detail, updated_at)
      SELECT repository, head_commit, name, '', detail, updated_at FROM forge_check_of_before AS before
      WHERE detail NOT LIKE '%"detailsUrl":"/runs/%' OR NOT EXISTS (
        SELECT 1 FROM forge_pull_request AS pull
        WHERE pull.repository = before.repository AND pull.head_commit = before.head_commit AND pull.state = 'open')`,
    `DROP TABLE forge_check_of_before`,
  ],
] as const satisfies readonly (readonly string[])[]
