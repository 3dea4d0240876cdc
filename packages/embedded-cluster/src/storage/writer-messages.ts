/** What the store and its writer thread say to each other. */

export interface WriterData {
  file: string
}

/** One changed row. `text` is undefined for a removed object. */
export interface RowChange {
  key: string
  revision: number
  text: string | undefined
}

export interface CommitRequest {
  group: number
  /** Highest revision of the group, kept so that revisions never repeat. */
  revision: number
  changes: RowChange[]
}

export type WriterRequest = CommitRequest | { close: true }

export type WriterAnswer =
  | { loaded: { key: string; revision: number; text: string }[]; more: boolean; revision: number; storeId: string }
  | { committed: number }
  | { failed: number; code: string; message: string }
  | { broken: true; code: string; message: string }
  | { closed: true }
