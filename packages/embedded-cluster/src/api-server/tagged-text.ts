import { createHash } from 'node:crypto'

/** A JSON text and what tells it from others. */
export interface TaggedText {
  text: string
  /** Of the text alone: clients keep answers under it on disk, by address, across restarts and across clusters that had the same port. */
  hash: string
}

export function taggedText(value: unknown): TaggedText {
  const text = JSON.stringify(value)
  return { text, hash: createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase() }
}
