import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { Records } from '@plimsoll/records'

/** What an environment demands before a job may use it. */
export interface EnvironmentRules {
  requiredApprovals: number
  /** Accounts; none: whoever may write. */
  reviewers: string[]
  preventSelfReview: boolean
  branches?: string[]
}

/** Secrets, variables and environments of repositories, as their runs see them. A secret that is in is never shown again. */
export interface CiSettings {
  /** Of a repository; with an environment also its own, which win. */
  secrets(repository: string, environment?: string): Promise<Map<string, string>>
  variables(repository: string, environment?: string): Promise<Map<string, string>>
  listSecrets(repository: string, environment?: string): Promise<{ name: string; updatedAt: string; updatedBy: string }[]>
  setSecret(repository: string, environment: string | undefined, name: string, value: string, by: string): Promise<void>
  removeSecret(repository: string, environment: string | undefined, name: string): Promise<void>
  listVariables(repository: string, environment?: string): Promise<{ name: string; value: string; updatedAt: string }[]>
  setVariable(repository: string, environment: string | undefined, name: string, value: string, by: string): Promise<void>
  removeVariable(repository: string, environment: string | undefined, name: string): Promise<void>
  environment(repository: string, name: string): Promise<EnvironmentRules | undefined>
  environments(repository: string): Promise<(EnvironmentRules & { name: string })[]>
  setEnvironment(repository: string, name: string, rules: EnvironmentRules): Promise<void>
  removeEnvironment(repository: string, name: string): Promise<void>
}

const migrations = [
  [
    `CREATE TABLE ci_value (
      kind TEXT NOT NULL,
      repository TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      updated_at BIGINT NOT NULL,
      updated_by TEXT NOT NULL,
      PRIMARY KEY (kind, repository, environment, name)
    )`,
    `CREATE TABLE ci_environment (repository TEXT NOT NULL, name TEXT NOT NULL, rules TEXT NOT NULL, PRIMARY KEY (repository, name))`,
    // Of each ref the last commit whose push was told, and how many were: what came while nobody listened is found by it.
    `CREATE TABLE ci_ref (repository TEXT NOT NULL, ref TEXT NOT NULL, commit_id TEXT NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (repository, ref))`,
  ],
  // Of each pull request what was told last, and how often something was.
  [
    `CREATE TABLE ci_pull (
      repository TEXT NOT NULL,
      number INTEGER NOT NULL,
      state TEXT NOT NULL,
      seen TEXT NOT NULL,
      told INTEGER NOT NULL,
      PRIMARY KEY (repository, number)
    )`,
    `CREATE INDEX ci_pull_by_state ON ci_pull (state)`,
    // Until when schedules have been looked at: one row.
    `CREATE TABLE ci_tick (id INTEGER PRIMARY KEY, at BIGINT NOT NULL)`,
  ],
]

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

export function ciTables(records: Records): ReturnType<Records['room']> {
  return records.room('ci', migrations)
}

/** `keyFile` is made on the first start, for its owner alone: the records hold no secret that can be read without it. */
export async function openCiSettings(records: Records, keyFile: string, now: () => number): Promise<CiSettings> {
  const tables = await ciTables(records)
  const key = await readKey(keyFile)

  async function rows(kind: string, repository: string, environment: string): Promise<ValueRow[]> {
    return tables.query<ValueRow>(
      'SELECT name, value, updated_at, updated_by FROM ci_value WHERE kind = $1 AND repository = $2 AND environment = $3 ORDER BY name',
      [kind, repository, environment],
    )
  }
  async function set(
    kind: string,
    repository: string,
    environment: string | undefined,
    name: string,
    value: string,
    by: string,
  ): Promise<void> {
    checkName(name)
    await tables.run(
      `INSERT INTO ci_value (kind, repository, environment, name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (kind, repository, environment, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
      [kind, repository, environment ?? '', name.toUpperCase(), value, now(), by],
    )
  }
  async function remove(kind: string, repository: string, environment: string | undefined, name: string): Promise<void> {
    const { changes } = await tables.run('DELETE FROM ci_value WHERE kind = $1 AND repository = $2 AND environment = $3 AND name = $4', [
      kind,
      repository,
      environment ?? '',
      name.toUpperCase(),
    ])
    if (changes === 0) throw new PlimsollError('not-found', `'${repository}' has no ${kind} '${name}'.`)
  }
  async function values(kind: string, repository: string, environment: string | undefined, read: (row: ValueRow, place: string) => string) {
    const found = new Map<string, string>()
    for (const place of environment === undefined ? [''] : ['', environment]) {
      for (const row of await rows(kind, repository, place)) found.set(row.name, read(row, place))
    }
    return found
  }
  /** Bound to its place: a value that is moved to another row cannot be read there. */
  const placeOf = (repository: string, environment: string, name: string): string => JSON.stringify([repository, environment, name])

  return {
    secrets: (repository, environment) =>
      values('secret', repository, environment, (row, place) => unseal(key, row.value, placeOf(repository, place, row.name))),
    variables: (repository, environment) => values('variable', repository, environment, (row) => row.value),
    async listSecrets(repository, environment = '') {
      return (await rows('secret', repository, environment)).map((row) => ({
        name: row.name,
        updatedAt: new Date(row.updated_at).toISOString(),
        updatedBy: row.updated_by,
      }))
    },
    setSecret: (repository, environment, name, value, by) =>
      set('secret', repository, environment, name, seal(key, value, placeOf(repository, environment ?? '', name.toUpperCase())), by),
    removeSecret: (repository, environment, name) => remove('secret', repository, environment, name),
    async listVariables(repository, environment = '') {
      return (await rows('variable', repository, environment)).map((row) => ({
        name: row.name,
        value: row.value,
        updatedAt: new Date(row.updated_at).toISOString(),
      }))
    },
    setVariable: (repository, environment, name, value, by) => set('variable', repository, environment, name, value, by),
    removeVariable: (repository, environment, name) => remove('variable', repository, environment, name),
    async environment(repository, name) {
      const [row] = await tables.query<{ rules: string }>('SELECT rules FROM ci_environment WHERE repository = $1 AND name = $2', [
        repository,
        name,
      ])
      return row && (JSON.parse(row.rules) as EnvironmentRules)
    },
    async environments(repository) {
      const found = await tables.query<{ name: string; rules: string }>(
        'SELECT name, rules FROM ci_environment WHERE repository = $1 ORDER BY name',
        [repository],
      )
      return found.map(({ name, rules }) => ({ name, ...(JSON.parse(rules) as EnvironmentRules) }))
    },
    async setEnvironment(repository, name, rules) {
      await tables.run(
        'INSERT INTO ci_environment (repository, name, rules) VALUES ($1, $2, $3) ON CONFLICT (repository, name) DO UPDATE SET rules = excluded.rules',
        [repository, name, JSON.stringify(rules)],
      )
    },
    async removeEnvironment(repository, name) {
      const { changes } = await tables.run('DELETE FROM ci_environment WHERE repository = $1 AND name = $2', [repository, name])
      if (changes === 0) throw new PlimsollError('not-found', `'${repository}' has no environment '${name}'.`)
    },
  }
}

interface ValueRow extends Record<string, string | number> {
  name: string
  value: string
  updated_at: number
  updated_by: string
}

/** GitHub: letters, digits and underscores, not a digit first, not `GITHUB_`. */
function checkName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name) && !/^github_/i.test(name)) return
  throw new PlimsollError('invalid-request', `'${name.slice(0, 100)}' is no name for a secret or variable.`, {
    remedy: 'Use letters, digits and underscores; begin with a letter or an underscore, and not with GITHUB_.',
  })
}

export async function readKey(file: string): Promise<Buffer> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (kept?.length === 32) return kept
  if (kept) throw new Error(`${file} is not the key of the secrets: it has ${kept.length} bytes. Put the right one back.`)
  const made = randomBytes(32)
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(made)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return made
}

export function seal(key: Buffer, value: string, place: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place))
  return Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

export function unseal(key: Buffer, sealed: string, place: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
}
