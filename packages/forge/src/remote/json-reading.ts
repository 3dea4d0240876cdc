/** Answers of other people's servers, read field by field: what has another shape is absent, not a crash. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** A field that is itself an object; empty when it is none. */
export function inner(fields: Fields, name: string): Fields {
  return fieldsOf(own(fields, name))
}

export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

export function text(fields: Fields, name: string): string {
  const value = own(fields, name)
  return typeof value === 'string' ? value : ''
}

/** Undefined for what is no text, and for an empty one. */
export function optionalText(fields: Fields, name: string): string | undefined {
  return text(fields, name) || undefined
}

export function integer(fields: Fields, name: string): number {
  const value = own(fields, name)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

export function flag(fields: Fields, name: string): boolean {
  return own(fields, name) === true
}

export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** An id of theirs as text: they are numbers, also beyond what a double holds exactly. */
export function idOf(fields: Fields): string {
  const value = own(fields, 'id')
  return typeof value === 'number' || typeof value === 'string' ? String(value) : ''
}

const commitHash = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** A commit; '' for what is none. */
export function commitIn(fields: Fields, name: string): string {
  const value = text(fields, name)
  return commitHash.test(value) ? value : ''
}
