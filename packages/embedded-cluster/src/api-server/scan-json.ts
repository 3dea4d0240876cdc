/** Facts about a JSON text that a parsed value no longer tells. */
export interface JsonScan {
  depth: number
  /** Members of objects; more than the parsed value has means that a key came twice. */
  members: number
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a

/** One pass over the bytes; the text need not be valid. */
export function scanJson(text: Buffer): JsonScan {
  let depth = 0
  let deepest = 0
  let members = 0
  for (let index = 0; index < text.length; index++) {
    const byte = text[index]
    if (byte === quote) {
      for (index++; index < text.length && text[index] !== quote; index++) if (text[index] === backslash) index++
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else if (byte === colon) members++
  }
  return { depth: deepest, members }
}

export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += countMembers(item)
  else {
    for (const key of Object.keys(value)) count += 1 + countMembers((value as Record<string, unknown>)[key])
  }
  return count
}

/** Paths of keys that occur twice in one object, in a text that is valid JSON. */
export function findDuplicateFields(text: string): string[] {
  const found: string[] = []
  const stack: { path: string; keys: Set<string> | undefined; index: number; key: string }[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    const top = stack[stack.length - 1]
    if (character === '"') {
      const start = at
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++
      if (top?.keys !== undefined && expectsKey) {
        const key = JSON.parse(text.slice(start, at + 1)) as string
        const path = top.path === '' ? key : `${top.path}.${key}`
        if (top.keys.has(key)) found.push(`duplicate field "${path}"`)
        top.keys.add(key)
        top.key = key
        expectsKey = false
      }
    } else if (character === '{' || character === '[') {
      const path =
        top === undefined ? '' : top.keys === undefined ? `${top.path}[${top.index}]` : top.path === '' ? top.key : `${top.path}.${top.key}`
      stack.push({ path, keys: character === '{' ? new Set() : undefined, index: 0, key: '' })
      expectsKey = character === '{'
    } else if (character === '}' || character === ']') stack.pop()
    else if (character === ',' && top !== undefined) {
      top.index++
      expectsKey = top.keys !== undefined
    }
  }
  return found
}
