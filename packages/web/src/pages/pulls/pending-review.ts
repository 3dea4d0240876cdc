import { useSyncExternalStore } from 'react'

/** A comment on a line that waits for the review it belongs to. */
export interface PendingComment {
  path: string
  line: number
  side: 'old' | 'new'
  body: string
  /** Which head it was written for. */
  head: string
}

/** The server takes so many with one review. */
const most = 200
const none: readonly PendingComment[] = []
const kept = new Map<string, readonly PendingComment[]>()
const listeners = new Set<() => void>()

const keyOf = (repository: string, number: number) => `plimsoll.review.${repository}#${number}`

/** They stay in this browser until the review is sent, also when the page is loaded again. */
export function usePending(repository: string, number: number): readonly PendingComment[] {
  const key = keyOf(repository, number)
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => read(key),
  )
}

export function addPending(repository: string, number: number, comment: PendingComment): void {
  const key = keyOf(repository, number)
  write(key, [...read(key), comment].slice(-most))
}

export function removePending(repository: string, number: number, comment: PendingComment): void {
  const key = keyOf(repository, number)
  write(
    key,
    read(key).filter((one) => one !== comment),
  )
}

export function clearPending(repository: string, number: number): void {
  write(keyOf(repository, number), none)
}

function read(key: string): readonly PendingComment[] {
  const known = kept.get(key)
  if (known) return known
  const stored = storedAt(key)
  kept.set(key, stored)
  return stored
}

function storedAt(key: string): readonly PendingComment[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter(isPending) : none
  } catch {
    return none
  }
}

function isPending(value: unknown): value is PendingComment {
  if (typeof value !== 'object' || value === null) return false
  const { path, line, side, body, head } = value as Record<string, unknown>
  return (
    typeof path === 'string' &&
    typeof line === 'number' &&
    (side === 'old' || side === 'new') &&
    typeof body === 'string' &&
    typeof head === 'string'
  )
}

function write(key: string, comments: readonly PendingComment[]): void {
  kept.set(key, comments)
  try {
    if (comments.length === 0) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(comments))
  } catch {
    // Without storage they last as long as the page.
  }
  for (const listener of listeners) listener()
}
