// Letters and digits that spell no words and are told apart when read aloud: the alphabet of `rand.SafeEncodeString`.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short name for what a template contains, stable over key order and empty fields. `collisionCount` gives another name
 * when two templates share one, as `controller.ComputeHash` does. The value differs from Kubernetes' own, which hashes Go's memory dump.
 */
export function contentHash(content: unknown, collisionCount?: number): string {
  let hash = fnv1a(canonical(content), 0x811c9dc5)
  if (collisionCount !== undefined) hash = fnv1a(`#${collisionCount}`, hash)
  return String(hash)
    .split('')
    .map((char) => alphabet[char.charCodeAt(0) % alphabet.length])
    .join('')
}

function fnv1a(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null && !(typeof field === 'object' && Object.keys(field).length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`
}
