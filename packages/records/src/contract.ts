import type { Readable } from 'node:stream'
import type { Sql } from './sql/sql.ts'

/**
 * What happened, kept for ever, in SQL. Every write is durable when its promise resolves.
 */
export interface Records {
  appendAudit(entry: NewAuditEntry): Promise<void>
  /** Newest first. */
  listAudit(filter?: { application?: string; before?: number; limit?: number }): Promise<AuditEntry[]>
  /**
   * A finished operation. Exactly one row per `operationId`: a second call with the same id changes nothing and says `false`.
   */
  recordDeployment(deployment: Deployment): Promise<boolean>
  /** Newest first, without what was kept of their manifests. */
  listDeployments(filter: { application?: string; namespace?: string; limit?: number; before?: number }): Promise<Deployment[]>
  /** What the successful deployments of a revision have kept of their manifests, newest first. */
  deployedManifests(of: { application: string; namespace: string; revision: string }): Promise<string[]>
  /** Small settings of the installation: password hashes, key material, the port. Undefined when never set. */
  getSetting(name: string): Promise<string | undefined>
  setSetting(name: string, value: string): Promise<void>
  /** Manifests that a deployed revision was made of, by digest (`sha256:…`), kept as files. Equal content is kept once. */
  putBlob(content: Buffer): Promise<string>
  getBlob(digest: string): Promise<Buffer | undefined>
  /** A file of any size, as it is now, by digest; the file itself is left alone. */
  putBlobFile(path: string): Promise<{ digest: string; size: number }>
  /** Undefined when there is no such content. */
  blobSize(digest: string): Promise<number | undefined>
  /** As `blobSize`; and it is not swept for a day from now on, so that whoever is about to refer to it may. */
  holdBlob(digest: string): Promise<number | undefined>
  /**
   * Takes away blobs that nobody refers to any more: no deployment, and none of `rooms`, which are all that keep blobs here. Rejects when one of them
   * has not been opened, since what it refers to is not known then. What was put or held within a day stays. Rows go first, blobs later: a kill in
   * between leaves something over, and nothing dangling.
   */
  sweepBlobs(rooms: readonly string[], options?: { graceMs?: number }): Promise<{ blobs: number; bytes: number }>
  /** From `start` to `end`, both included, in bytes; the whole when neither is given. Its digest is not checked again. */
  readBlob(digest: string, range?: { start?: number; end?: number }): Readable
  /**
   * The tables of one room of the house, brought to the version that its migrations name: lists of statements, only ever added to.
   * Their names begin with the room's: `forge_pull_request`. Rejects when a newer version has written them.
   */
  room(name: string, migrations: readonly (readonly string[])[], blobs?: readonly BlobReferences[]): Promise<RoomTables>
  close(): Promise<void>
}

/** A column that refers to blobs: digests, or texts that hold digests. */
export interface BlobReferences {
  table: string
  column: string
  /** Unique, or the column itself: in its order the rows are read, a thousand at a time. An index on it makes that cheap. */
  orderedBy: string
}

export type RoomTables = Pick<Sql, 'run' | 'query' | 'batch'>

export interface NewAuditEntry {
  /** Who: a user name, or `system:` and the part that acted. */
  actor: string
  /** From where: an address, `git`, `cli`, `controller`. */
  origin: string
  /** What: `application.sync`, `session.create`, … */
  action: string
  /** On what: `applications/argocd/demo`. */
  object: string
  outcome: 'allowed' | 'denied' | 'failed'
  detail?: Record<string, unknown>
  at: number
}

export interface AuditEntry extends NewAuditEntry {
  id: number
}

export interface Deployment {
  /** UID of the Application and start of the operation: the same for every attempt to record it. */
  operationId: string
  application: string
  namespace: string
  /** Commit. */
  revision: string
  repoURL: string
  path: string
  startedAt: number
  finishedAt: number
  phase: 'Succeeded' | 'Failed' | 'Error'
  message: string
  initiatedBy: string
  automated: boolean
  /** What is kept of its manifests, for a rollback while Git is down: a digest of `putBlob`, or a text of its own. Not in lists. */
  manifests?: string
}
