import type { BlobReferences } from '@plimsoll/records'

/** Numbered by their place, only ever added to. */
export const migrations: string[][] = [
  [
    `CREATE TABLE models_artifact (
      digest TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      files TEXT NOT NULL,
      size BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      created_by TEXT NOT NULL
    )`,
    `CREATE TABLE models_model (
      digest TEXT PRIMARY KEY,
      facts TEXT NOT NULL
    )`,
    `CREATE TABLE models_evaluation (
      model_digest TEXT NOT NULL,
      data_digest TEXT NOT NULL,
      blob TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (model_digest, data_digest)
    )`,
    `CREATE TABLE models_report (
      id TEXT PRIMARY KEY,
      created_at BIGINT NOT NULL,
      gate TEXT NOT NULL,
      verdict TEXT NOT NULL,
      repository TEXT,
      commit_id TEXT,
      pull_request INTEGER,
      model_digest TEXT NOT NULL,
      blob TEXT NOT NULL,
      override TEXT
    )`,
    `CREATE INDEX models_report_by_commit ON models_report (repository, commit_id)`,
    `CREATE INDEX models_report_by_model ON models_report (model_digest, created_at)`,
    `CREATE INDEX models_report_by_time ON models_report (created_at, id)`,
    `CREATE TABLE models_data (
      repository TEXT NOT NULL,
      md5 TEXT NOT NULL,
      blob TEXT NOT NULL,
      size BIGINT NOT NULL,
      PRIMARY KEY (repository, md5)
    )`,
  ],
  [
    `CREATE INDEX models_evaluation_by_blob ON models_evaluation (blob)`,
    `CREATE INDEX models_report_by_blob ON models_report (blob)`,
    `CREATE INDEX models_data_by_blob ON models_data (blob)`,
  ],
]

/** What of it refers to blobs: for ever, since what was deployed has to be shown for ever. */
export const blobs: readonly BlobReferences[] = [
  { table: 'models_artifact', column: 'files', orderedBy: 'digest' },
  { table: 'models_evaluation', column: 'blob', orderedBy: 'blob' },
  { table: 'models_report', column: 'blob', orderedBy: 'blob' },
  { table: 'models_data', column: 'blob', orderedBy: 'blob' },
]
