/** Two letters for a person: of the first and the last word, or of a user name's parts. */
export function initials(name: string): string {
  const spaced = name.trim().split(/\s+/)
  const parts = spaced.length > 1 ? [spaced[0] ?? '', spaced.at(-1) ?? ''] : name.split(/[._@-]+/).filter(Boolean)
  const first = Array.from(parts[0] ?? '')
  const second = Array.from(parts[1] ?? '')
  return ((first[0] ?? '') + (second[0] ?? first[1] ?? '')).toUpperCase()
}
