/**
 * What `JSON.parse` does not tell: keys that appear twice in one object, and how deep it goes.
 * The text is valid JSON already; one pass, no recursion.
 */
export interface JsonScan {
  /** Paths such as `spec.containers[0].name`, in order of appearance; at most 100. */
  duplicates: string[]
  depth: number
}

interface Level {
  /** Undefined for an array. */
  keys: Set<string> | undefined
  key: string
  index: number
}

export function scanJson(text: string): JsonScan {
  const duplicates: string[] = []
  const stack: Level[] = []
  let depth = 0
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at + 1)
        const level = stack.at(-1)
        if (expectsKey && level?.keys !== undefined) {
          expectsKey = false
          level.key = readKey(text, at, end)
          if (level.keys.has(level.key) && duplicates.length < 100) duplicates.push(pathOf(stack))
          level.keys.add(level.key)
        }
        at = end
        break
      }
      case 0x7b:
        stack.push({ keys: new Set(), key: '', index: -1 })
        depth = Math.max(depth, stack.length)
        expectsKey = true
        break
      case 0x5b:
        stack.push({ keys: undefined, key: '', index: 0 })
        depth = Math.max(depth, stack.length)
        expectsKey = false
        break
      case 0x7d:
      case 0x5d:
        stack.pop()
        expectsKey = false
        break
      case 0x2c: {
        const level = stack.at(-1)
        if (level === undefined) break
        if (level.keys === undefined) level.index++
        else expectsKey = true
        break
      }
    }
  }
  return { duplicates, depth }
}

/** Index of the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return quote
    at = quote + 1
  }
  return text.length
}

function readKey(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw
}

function pathOf(stack: readonly Level[]): string {
  let path = ''
  for (const level of stack) {
    if (level.keys === undefined) path += `[${level.index}]`
    else path += path === '' ? level.key : `.${level.key}`
  }
  return path
}
