/** kyaml's `PathSplitter` (kyaml 0.20, `utils/pathsplitter.go`): a delimiter behind a backslash is none, one at the very beginning does not count. */
function splitPath(path: string, delimiter: string): string[] {
  const parts = path.split(delimiter)
  if (parts.length > 1 && parts[0] === '') parts.shift()
  const names: string[] = []
  for (const part of parts) {
    const last = names.at(-1)
    if (last?.endsWith('\\')) names[names.length - 1] = last.slice(0, -1) + delimiter + part
    else names.push(part)
  }
  return names
}

/**
 * Takes a field path apart at its dots (kyaml's `SmarterPathSplitter`): what stands in brackets is one part, `[name=a.b]` with them, `[a.b]`, the
 * name of a field, without.
 */
export function splitFieldPath(path: string): string[] {
  const parts: string[] = []
  const split = splitPath(path, '.')
  for (let index = 0; index < split.length; index += 1) {
    const part = split[index] ?? ''
    if (!part.startsWith('[') || part.endsWith(']')) {
      parts.push(part)
      continue
    }
    const bracketed = [part]
    while (index < split.length - 1 && !bracketed.at(-1)?.endsWith(']')) bracketed.push(split[++index] ?? '')
    const whole = bracketed.join('.')
    parts.push(whole.includes('=') ? whole : whole.replace(/^[[\]]+|[[\]]+$/g, ''))
  }
  return parts
}

/** Go's `strconv.Atoi`, as far as lists are long. */
export function readIndex(part: string): number | undefined {
  return /^[+-]?[0-9]{1,15}$/.test(part) ? Number(part) : undefined
}

/** `[name=web]` and `[=text]`, and what only looks like one. */
export function isListEntry(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']')
}

/** Field and value of `[name=web]`. Undefined: there is no `=`. */
export function readListEntry(part: string): { field: string; value: string } | undefined {
  const inner = part.slice(1, -1)
  const at = inner.indexOf('=')
  return at === -1 ? undefined : { field: inner.slice(0, at), value: inner.slice(at + 1) }
}
