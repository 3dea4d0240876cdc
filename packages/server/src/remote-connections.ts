import type { RemoteProvider } from '@plimsoll/api'
import type { Records } from '@plimsoll/records'
import { readKey, seal, unseal } from './ci-settings.ts'

/** Where a connected repository is, and how it is asked. */
export interface RemotePlace {
  url: string
  provider: RemoteProvider
  baseUrl: string
  apiUrl?: string
}

/** A connection as it is kept. What is secret of it is read apart. */
export interface KeptConnection extends RemotePlace {
  connectedAt: number
  connectedBy: string
  webhookAt?: number
  hasWebhookSecret: boolean
}

/** The connections of this installation; their tokens and webhook secrets are sealed with the key that CI secrets are kept by. */
export interface RemoteConnections {
  list(): Promise<KeptConnection[]>
  find(url: string): Promise<KeptConnection | undefined>
  /** In the place of one of the same address. */
  save(connection: RemotePlace & { connectedAt: number; connectedBy: string }, token: string): Promise<void>
  /** False when there was none. */
  remove(url: string): Promise<boolean>
  /** Throws when what is kept cannot be read: another key, or another place than it was written for. */
  token(url: string): Promise<string>
  webhookSecret(url: string): Promise<string | undefined>
  setWebhookSecret(url: string, secret: string): Promise<void>
  noteWebhook(url: string, at: number): Promise<void>
  /** What was last seen of its pull requests. */
  readonly memory: { read(url: string): Promise<string | undefined>; write(url: string, seen: string): Promise<void> }
}

const migrations = [
  [
    `CREATE TABLE remote_connection (
      name TEXT NOT NULL PRIMARY KEY,
      provider TEXT NOT NULL,
      base_url TEXT NOT NULL,
      api_url TEXT NOT NULL,
      token TEXT NOT NULL,
      connected_at BIGINT NOT NULL,
      connected_by TEXT NOT NULL
    )`,
    'CREATE TABLE remote_seen (name TEXT NOT NULL PRIMARY KEY, seen TEXT NOT NULL)',
  ],
  [
    `ALTER TABLE remote_connection ADD COLUMN webhook_secret TEXT NOT NULL DEFAULT ''`,
    'ALTER TABLE remote_connection ADD COLUMN webhook_at BIGINT',
  ],
]

interface ConnectionRow extends Record<string, string | number | null> {
  name: string
  provider: string
  base_url: string
  api_url: string
  token: string
  connected_at: number
  connected_by: string
  webhook_secret: string
  webhook_at: number | null
}

export async function openRemoteConnections(records: Pick<Records, 'room'>, keyFile: string): Promise<RemoteConnections> {
  const tables = await records.room('remote', migrations)
  const key = await readKey(keyFile)

  async function rowOf(url: string): Promise<ConnectionRow | undefined> {
    const [row] = await tables.query<ConnectionRow>('SELECT * FROM remote_connection WHERE name = $1', [url])
    return row
  }

  return {
    async list() {
      return (await tables.query<ConnectionRow>('SELECT * FROM remote_connection ORDER BY name')).map(keptOf)
    },

    async find(url) {
      const row = await rowOf(url)
      return row && keptOf(row)
    },

    async save(connection, token) {
      const { url, provider, baseUrl, apiUrl = '', connectedAt, connectedBy } = connection
      await tables.run(
        `INSERT INTO remote_connection (name, provider, base_url, api_url, token, connected_at, connected_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (name) DO UPDATE SET provider = excluded.provider, base_url = excluded.base_url, api_url = excluded.api_url,
         token = excluded.token, connected_at = excluded.connected_at, connected_by = excluded.connected_by`,
        [url, provider, baseUrl, apiUrl, seal(key, token, tokenPlace(connection)), connectedAt, connectedBy],
      )
    },

    async remove(url) {
      const { changes } = await tables.run('DELETE FROM remote_connection WHERE name = $1', [url])
      await tables.run('DELETE FROM remote_seen WHERE name = $1', [url])
      return changes > 0
    },

    async token(url) {
      const row = await rowOf(url)
      if (!row) throw new Error(`${url} is not connected`)
      return unseal(key, row.token, tokenPlace(keptOf(row)))
    },

    async webhookSecret(url) {
      const row = await rowOf(url)
      return row && row.webhook_secret !== '' ? unseal(key, row.webhook_secret, webhookPlace(url)) : undefined
    },

    async setWebhookSecret(url, secret) {
      await tables.run('UPDATE remote_connection SET webhook_secret = $2 WHERE name = $1', [url, seal(key, secret, webhookPlace(url))])
    },

    async noteWebhook(url, at) {
      await tables.run('UPDATE remote_connection SET webhook_at = $2 WHERE name = $1', [url, at])
    },

    memory: {
      async read(url) {
        const [row] = await tables.query<{ seen: string }>('SELECT seen FROM remote_seen WHERE name = $1', [url])
        return row?.seen
      },
      async write(url, seen) {
        await tables.run('INSERT INTO remote_seen (name, seen) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen', [
          url,
          seen,
        ])
      },
    },
  }
}

function keptOf(row: ConnectionRow): KeptConnection {
  return {
    url: row.name,
    provider: row.provider as RemoteProvider,
    baseUrl: row.base_url,
    ...(row.api_url !== '' && { apiUrl: row.api_url }),
    connectedAt: row.connected_at,
    connectedBy: row.connected_by,
    ...(row.webhook_at !== null && { webhookAt: row.webhook_at }),
    hasWebhookSecret: row.webhook_secret !== '',
  }
}

/** Bound to its place: a token that is moved to another row cannot be read there, nor sent to another host. */
function tokenPlace({ url, provider, baseUrl, apiUrl = '' }: RemotePlace): string {
  return JSON.stringify(['remote-forge', url, provider, baseUrl, apiUrl])
}

function webhookPlace(url: string): string {
  return JSON.stringify(['remote-webhook', url])
}
