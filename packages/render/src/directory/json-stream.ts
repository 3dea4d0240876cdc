/**
 * What a program printed, as YAML documents: JSON objects one after the other are taken apart, as Kubernetes' decoder does for text that begins with a
 * brace (apimachinery `util/yaml/decoder.go`, YAMLOrJSONDecoder). Other text stays as it is.
 */
export function asDocuments(text: string): string {
  if (!/^\s*\{/.test(text)) return text
  const parts: string[] = []
  let start = 0
  let depth = 0
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (isInText) {
      if (character === '\\') at++
      else if (character === '"') isInText = false
    } else if (character === '"') isInText = true
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      depth--
      if (depth !== 0) continue
      parts.push(text.slice(start, at + 1).trim())
      start = at + 1
    }
  }
  const rest = text.slice(start).trim()
  if (rest !== '') parts.push(rest)
  return isJson(parts[0] ?? '') ? parts.join('\n---\n') : text
}

/** Flow style of YAML begins with a brace, too. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
