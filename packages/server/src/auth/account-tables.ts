import type { AccountToken, AccountRole } from '@plimsoll/api'
import type { RoomTables, SqlValue } from '@plimsoll/records'

/** Only ever added to. */
export const peopleMigrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE people_account (
      name TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      display_name TEXT,
      email TEXT,
      role TEXT NOT NULL,
      member_of TEXT NOT NULL,
      enabled INTEGER NOT NULL,
      created_at BIGINT NOT NULL,
      password TEXT,
      session_key TEXT NOT NULL,
      version INTEGER NOT NULL
    )`,
    `CREATE TABLE people_token (
      jti TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      id TEXT NOT NULL,
      label TEXT,
      issued_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      last_used_at BIGINT
    )`,
    'CREATE UNIQUE INDEX people_token_by_id ON people_token (account, id)',
  ],
]

/** An account as it is kept, but for its password's hash, which is read where it is compared and nowhere else. */
export interface StoredAccount {
  name: string
  kind: 'person' | 'service'
  displayName: string | undefined
  email: string | undefined
  role: AccountRole
  groups: readonly string[]
  enabled: boolean
  createdAt: number
  hasPassword: boolean
  /** Sessions carry it. With a new one the old sessions are void. */
  sessionKey: string
  /** Counts changes, so that of two at the same time one is refused. */
  version: number
  tokens: readonly StoredToken[]
}

export interface StoredToken {
  /** In the signed token; never the same again, whatever its owner calls it. */
  jti: string
  /** What its owner deletes it by. */
  id: string
  label: string | undefined
  issuedAt: number
  expiresAt: number
  lastUsedAt: number | undefined
}

/** Everybody, by name. */
export async function readAccounts(tables: RoomTables): Promise<Map<string, StoredAccount>> {
  const [accounts, tokens] = await Promise.all([
    tables.query<AccountRow>(
      `SELECT name, kind, display_name, email, role, member_of, enabled, created_at, password IS NOT NULL AS has_password, session_key, version
       FROM people_account ORDER BY name`,
    ),
    tables.query<TokenRow>('SELECT jti, account, id, label, issued_at, expires_at, last_used_at FROM people_token ORDER BY issued_at, jti'),
  ])
  const tokensOf = new Map<string, StoredToken[]>()
  for (const row of tokens) {
    const list = tokensOf.get(row.account) ?? []
    tokensOf.set(row.account, list)
    list.push({
      jti: row.jti,
      id: row.id,
      label: row.label ?? undefined,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at ?? undefined,
    })
  }
  return new Map(
    accounts.map((row) => [
      row.name,
      {
        name: row.name,
        kind: row.kind === 'service' ? 'service' : 'person',
        displayName: row.display_name ?? undefined,
        email: row.email ?? undefined,
        role: row.role as AccountRole,
        groups: JSON.parse(row.member_of) as string[],
        enabled: row.enabled === 1,
        createdAt: row.created_at,
        hasPassword: row.has_password === 1,
        sessionKey: row.session_key,
        version: row.version,
        tokens: tokensOf.get(row.name) ?? [],
      },
    ]),
  )
}

export function shownToken(token: StoredToken): AccountToken {
  return {
    id: token.id,
    ...(token.label !== undefined && { label: token.label }),
    issuedAt: new Date(token.issuedAt).toISOString(),
    expiresAt: new Date(token.expiresAt).toISOString(),
    ...(token.lastUsedAt !== undefined && { lastUsedAt: new Date(token.lastUsedAt).toISOString() }),
  }
}

interface AccountRow extends Record<string, SqlValue> {
  name: string
  kind: string
  display_name: string | null
  email: string | null
  role: string
  member_of: string
  enabled: number
  created_at: number
  has_password: number
  session_key: string
  version: number
}

interface TokenRow extends Record<string, SqlValue> {
  jti: string
  account: string
  id: string
  label: string | null
  issued_at: number
  expires_at: number
  last_used_at: number | null
}
