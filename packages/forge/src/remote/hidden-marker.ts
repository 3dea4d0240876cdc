import type { ForgeActor } from '../contract.ts'

/**
 * What we write carries a note at its very end that readers do not see (an HTML comment): which report it is, or for whom it was said. All of it
 * is written by one account there; a note counts only in what that account has written, and only at the end, where nobody's text can stand.
 */
const note = /\n*<!-- plimsoll:(report|by) ([^\s<>]{1,600}) -->\s*$/

export interface Marked {
  body: string
  marker?: string
  by?: string
}

export function markReport(body: string, marker: string, most: number): string {
  const end = `\n\n<!-- plimsoll:report ${encoded(marker)} -->`
  return cut(body, most - end.length) + end
}

/** A comment says in whose name it is: the account that writes it there is everybody's. */
export function markAuthor(body: string, by: ForgeActor, most: number): string {
  const end = `\n\n_${named(by)}, through Plimsoll_\n<!-- plimsoll:by ${encoded(by.name)} -->`
  return cut(body, most - end.length) + end
}

/** Without the note. `isOurs`: whether our own account has written it. */
export function readMarked(body: string, isOurs: boolean): Marked {
  const found = isOurs ? note.exec(body) : null
  if (!found) return { body }
  const [, kind, value = ''] = found
  const rest = body.slice(0, found.index)
  if (kind === 'report') return { body: rest, marker: decoded(value) }
  return { body: rest.replace(/\n*_[^\n]*, through Plimsoll_$/, ''), by: decoded(value) }
}

function named({ name, displayName }: ForgeActor): string {
  return (displayName ?? name).replace(/[^\p{L}\p{N} .@-]/gu, '').slice(0, 100) || 'Somebody'
}

/** An HTML comment ends at `--`, whatever follows. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll('-', '%2D')
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function cut(body: string, most: number): string {
  const end = '\n\n… (cut: it is longer than what the provider takes)'
  return body.length <= most ? body : body.slice(0, most - end.length).replace(/[\uD800-\uDBFF]$/, '') + end
}
