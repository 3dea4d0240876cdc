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
  /** Newest first. */
  listDeployments(filter: { application?: string; namespace?: string; limit?: number; before?: number }): Promise<Deployment[]>
  /** Small settings of the installation: password hashes, key material, the port. Undefined when never set. */
  getSetting(name: string): Promise<string | undefined>
  setSetting(name: string, value: string): Promise<void>
  /** Manifests that a deployed revision was made of, by digest (`sha256:…`), kept as files. Equal content is kept once. */
  putBlob(content: Buffer): Promise<string>
  getBlob(digest: string): Promise<Buffer | undefined>
  close(): Promise<void>
}

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
  /** Digest of the rendered manifests, for a rollback while Git is down. */
  manifests?: string
}
