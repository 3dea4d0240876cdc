const blanks = /[ \t\r\n]*/y
// oxlint-disable-next-line no-control-regex -- a text of JSON may hold none
const scalar = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y
// oxlint-disable-next-line no-control-regex -- a text of JSON may hold none
const text = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'

/** Where a text stops being JSON (RFC 8259): an offset. `JSON.parse` says whether, but not always where. */
export function jsonFaultOffset(input: string): number {
  const open: ('[' | '{')[] = []
  // Changed by the functions below, which the compiler does not follow.
  let expected = 'value' as Expected
  let at = 0
  for (;;) {
    at = skip(blanks, at) ?? at
    if (expected === ', or end' && open.length === 0) return at
    const character = input[at]
    let next: number | undefined
    if (expected === 'key' || expected === 'key or }') {
      next = expected === 'key or }' && character === '}' ? close() : token(text, ':')
    } else if (expected === ':') {
      next = character === ':' ? step('value') : undefined
    } else if (expected === ', or end') {
      const closing = open.at(-1) === '[' ? ']' : '}'
      if (character === closing) next = close()
      else if (character === ',') next = step(closing === ']' ? 'value' : 'key')
    } else if (expected === 'value or ]' && character === ']') next = close()
    else if (character === '[' || character === '{') {
      open.push(character)
      next = step(character === '[' ? 'value or ]' : 'key or }')
    } else next = token(scalar, ', or end')
    if (next === undefined) return at
    at = next
  }

  function step(then: Expected): number {
    expected = then
    return at + 1
  }

  function close(): number {
    open.pop()
    return step(', or end')
  }

  function token(pattern: RegExp, then: Expected): number | undefined {
    const end = skip(pattern, at)
    if (end !== undefined) expected = then
    return end
  }

  function skip(pattern: RegExp, from: number): number | undefined {
    pattern.lastIndex = from
    return pattern.test(input) ? pattern.lastIndex : undefined
  }
}
