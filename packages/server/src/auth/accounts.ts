import { randomUUID } from 'node:crypto'
import { type Account, PlimsollError } from '@plimsoll/api'
import type { Records, RoomTables, SqlStatement } from '@plimsoll/records'
import { checkDisplayName, checkEmail, checkGroups, checkName, checkPassword, checkRole } from './account-fields.ts'
import { peopleMigrations, readAccounts, shownToken, type StoredAccount, type StoredToken } from './account-tables.ts'
import { adminName, isAdminPassword, storeAdminPassword } from './admin-account.ts'
import { hashPassword, isPassword } from './passwords.ts'

/** People and services, in the records. What is read here is in memory and at most `rereadMs` old; what is written is durable when it resolves. */
export interface Accounts {
  /** By name. */
  list(): Account[]
  get(name: string): Account | undefined
  /** With what tokens are checked by. */
  stored(name: string): StoredAccount | undefined
  /** Rejects with `already-exists` and `invalid-request`. */
  create(account: NewAccount): Promise<Account>
  /** '' takes a display name or an address away. Rejects with `not-found`, `invalid-request`, `conflict`. */
  update(name: string, change: AccountChange): Promise<Account>
  /** With its tokens; its sessions are void. What it did stays on record under its name. */
  delete(name: string): Promise<void>
  /** Every session of the account ends. */
  setPassword(name: string, password: string): Promise<void>
  /** False for whoever is not there, is disabled or has no password; it takes as long. */
  isPassword(name: string, password: string): Promise<boolean>
  /** The account of a token that is listed, by what is signed in it. */
  ownerOf(jti: string): string | undefined
  addToken(name: string, token: Omit<StoredToken, 'lastUsedAt'>): Promise<void>
  /** By what its owner calls it. Rejects with `not-found`. */
  deleteToken(name: string, id: string): Promise<void>
  /** Written down once an hour at most. */
  noteUse(jti: string): void
  /** Reads again what another process may have written. */
  refresh(): Promise<void>
}

export interface NewAccount {
  name: string
  kind?: Account['kind']
  role?: string
  groups?: readonly string[]
  displayName?: string
  email?: string
  enabled?: boolean
  password?: string
}

export type AccountChange = Partial<Pick<NewAccount, 'role' | 'groups' | 'displayName' | 'email' | 'enabled'>>

const mostAccounts = 2000
const mostTokens = 100
const coarse = 60 * 60_000

export async function openAccounts(records: Records, now: () => number = Date.now): Promise<Accounts> {
  const tables = await records.room('people', peopleMigrations)
  await tables.run(`${insertAccount} ON CONFLICT (name) DO NOTHING`, [
    adminName,
    'person',
    null,
    null,
    'admin',
    '[]',
    1,
    now(),
    null,
    randomUUID(),
  ])
  let accounts = new Map<string, StoredAccount>()
  let owners = new Map<string, string>()
  const usedAt = new Map<string, number>()
  let last: Promise<unknown> = Promise.resolve()
  await inTurn(async () => undefined)

  /** One after the other, each with a look at what is there then: no reading that began before a change hides it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = last.then(async () => {
      try {
        return await work()
      } finally {
        accounts = await readAccounts(tables)
        owners = new Map([...accounts.values()].flatMap(({ name, tokens }) => tokens.map(({ jti }) => [jti, name] as const)))
      }
    })
    last = run.catch(() => undefined)
    return run
  }

  function find(name: string): StoredAccount {
    const account = accounts.get(name)
    if (!account)
      throw new PlimsollError('not-found', 'There is no account of that name.', { remedy: 'List them with `plimsoll account list`.' })
    return account
  }

  function checkEmailIsFree(email: string, name: string): void {
    const other = [...accounts.values()].find((one) => one.name !== name && one.email?.toLowerCase() === email.toLowerCase())
    if (email !== '' && other)
      throw new PlimsollError('already-exists', `email: the account '${other.name}' has this address.`, {
        remedy: 'Give each account its own.',
      })
  }

  function shown(name: string): Account {
    return toAccount(find(name), now())
  }

  return {
    list: () => [...accounts.values()].map((account) => toAccount(account, now())),
    get(name) {
      const account = accounts.get(name)
      return account && toAccount(account, now())
    },
    stored: (name) => accounts.get(name),
    async create(request) {
      const name = checkName(request.name)
      const kind = request.kind ?? 'person'
      const role = checkRole(request.role ?? 'readonly')
      const groups = checkGroups(request.groups ?? [])
      const displayName = checkDisplayName(request.displayName ?? '')
      const email = checkEmail(request.email ?? '')
      if (kind === 'service' && request.password !== undefined)
        throw new PlimsollError('invalid-request', `password: '${name}' is a service, which has tokens only.`)
      const hash = request.password === undefined ? null : await hashPassword(checkPassword(request.password))
      await inTurn(async () => {
        if (accounts.has(name))
          throw new PlimsollError('already-exists', `There is an account '${name}' already.`, { remedy: 'Choose another name.' })
        if (accounts.size >= mostAccounts)
          throw new PlimsollError('invalid-request', `There are ${mostAccounts} accounts, which is the most.`)
        checkEmailIsFree(email, name)
        const fields = [kind, displayName || null, email || null, role, JSON.stringify(groups), request.enabled === false ? 0 : 1]
        const { changes } = await tables.run(`${insertAccount} ON CONFLICT (name) DO NOTHING`, [name, ...fields, now(), hash, randomUUID()])
        if (changes !== 1) throw new PlimsollError('already-exists', `There is an account '${name}' already.`)
      })
      return shown(name)
    },
    async update(name, change) {
      await inTurn(async () => {
        const before = find(name)
        const role = change.role === undefined ? before.role : checkRole(change.role)
        const enabled = change.enabled ?? before.enabled
        if (name === adminName && (role !== 'admin' || !enabled)) throw alwaysThere('be disabled or lose its role')
        const displayName = change.displayName === undefined ? before.displayName : checkDisplayName(change.displayName)
        const email = change.email === undefined ? before.email : checkEmail(change.email)
        checkEmailIsFree(email ?? '', name)
        const groups = change.groups === undefined ? before.groups : checkGroups(change.groups)
        // Whoever is disabled has no session to come back to.
        const sessionKey = enabled ? before.sessionKey : randomUUID()
        const fields = [displayName || null, email || null, role, JSON.stringify(groups), enabled ? 1 : 0, sessionKey]
        await changeOne(tables, {
          statement: `UPDATE people_account SET display_name = $3, email = $4, role = $5, member_of = $6, enabled = $7, session_key = $8,
            version = version + 1 WHERE name = $1 AND version = $2`,
          parameters: [name, before.version, ...fields],
        })
      })
      return shown(name)
    },
    delete: (name) =>
      inTurn(async () => {
        find(name)
        if (name === adminName) throw alwaysThere('be deleted')
        await tables.batch([
          { statement: 'DELETE FROM people_token WHERE account = $1', parameters: [name] },
          { statement: 'DELETE FROM people_account WHERE name = $1', parameters: [name] },
        ])
      }),
    async setPassword(name, password) {
      checkPassword(password)
      if (find(name).kind === 'service')
        throw new PlimsollError('invalid-request', `password: '${name}' is a service, which has tokens only.`)
      if (name === adminName) await storeAdminPassword(records, password, now)
      const hash = name === adminName ? null : await hashPassword(password)
      await inTurn(() =>
        changeOne(tables, {
          statement: 'UPDATE people_account SET password = $2, session_key = $3, version = version + 1 WHERE name = $1',
          parameters: [name, hash, randomUUID()],
        }),
      )
    },
    async isPassword(name, password) {
      const [row] = await tables.query<{ password: string | null }>('SELECT password FROM people_account WHERE name = $1 AND enabled = 1', [
        name,
      ])
      // Never kept in memory. The administrator's is a setting, which is set on the machine as well.
      if (name === adminName) return isAdminPassword(records, name, password)
      return isPassword(password, row?.password ?? undefined)
    },
    ownerOf: (jti) => owners.get(jti),
    addToken: (name, token) =>
      inTurn(async () => {
        const { tokens } = find(name)
        if (tokens.some(({ id }) => id === token.id))
          throw new PlimsollError('already-exists', `Account '${name}' has a token '${token.id}' already.`, {
            remedy: 'Choose another id.',
          })
        if (tokens.filter(({ expiresAt }) => expiresAt > now()).length >= mostTokens)
          throw new PlimsollError('invalid-request', `Account '${name}' has ${mostTokens} tokens, which is the most.`, {
            remedy: 'Delete one first.',
          })
        await tables.batch([
          { statement: 'DELETE FROM people_token WHERE account = $1 AND expires_at <= $2', parameters: [name, now()] },
          {
            statement: 'INSERT INTO people_token (jti, account, id, label, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)',
            parameters: [token.jti, name, token.id, token.label ?? null, token.issuedAt, token.expiresAt],
          },
        ])
      }),
    deleteToken: (name, id) =>
      inTurn(async () => {
        const { changes } = await tables.run('DELETE FROM people_token WHERE account = $1 AND id = $2', [name, id])
        if (changes === 0)
          throw new PlimsollError('not-found', 'The account has no token of that id.', { remedy: 'See `plimsoll account get`.' })
      }),
    noteUse(jti) {
      if (now() - (usedAt.get(jti) ?? 0) < coarse) return
      usedAt.set(jti, now())
      for (const known of usedAt.keys()) if (!owners.has(known)) usedAt.delete(known)
      // A use that is not written down is no reason to refuse it.
      void tables.run('UPDATE people_token SET last_used_at = $2 WHERE jti = $1', [jti, now()]).catch(() => usedAt.delete(jti))
    },
    refresh: () => inTurn(async () => undefined),
  }
}

const insertAccount = `INSERT INTO people_account
  (name, kind, display_name, email, role, member_of, enabled, created_at, password, session_key, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)`

async function changeOne(tables: RoomTables, statement: SqlStatement): Promise<void> {
  if (!(await tables.batch([{ ...statement, expects: 1 }])))
    throw new PlimsollError('conflict', 'Somebody changed this account at the same time.')
}

function alwaysThere(what: string): PlimsollError {
  return new PlimsollError('invalid-request', `The account '${adminName}' cannot ${what}: it is whoever owns this machine.`, {
    remedy: 'Give others accounts of their own, and set a new password with `plimsoll admin password`.',
  })
}

function toAccount(stored: StoredAccount, at: number): Account {
  const { name, kind, displayName, email, role, groups, enabled, createdAt, tokens } = stored
  return {
    name,
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    kind,
    role,
    groups: [...groups],
    enabled,
    createdAt: new Date(createdAt).toISOString(),
    tokens: tokens.filter(({ expiresAt }) => expiresAt > at).map(shownToken),
  }
}
