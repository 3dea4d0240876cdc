/** JSON, and what Python writes for numbers that are none: they come as the text `NaN`, `Infinity`, `-Infinity`. Throws `SyntaxError`. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error
    return JSON.parse(text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (word) => (word.startsWith('"') ? word : `"${word}"`)))
  }
}

/** A figure as JSON cannot hold it. */
export function unwrapNumber(value: unknown): unknown {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}

/** For JSON: numbers that it does not know as text. */
export function wrapNumber(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
