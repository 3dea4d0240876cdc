/**
 * A sentence in parts, so that a name from outside is shown as it is and never read as markup.
 * Templates fill it: say`Deployment ${code(name)} differs`.
 */
export type Part = string | { code: string } | { strong: string }
export type Sentence = readonly Part[]

export function code(text: string): Part {
  return { code: text }
}

export function strong(text: string): Part {
  return { strong: text }
}

export function say(texts: TemplateStringsArray, ...values: readonly (Part | number | Sentence)[]): Sentence {
  const parts: Part[] = []
  texts.forEach((text, index) => {
    if (text) parts.push(text)
    const value = values[index]
    if (value === undefined) return
    if (typeof value === 'number') parts.push(String(value))
    else if (isSentence(value)) parts.push(...value)
    else if (value !== '') parts.push(value)
  })
  return parts
}

function isSentence(value: Part | Sentence): value is Sentence {
  return Array.isArray(value)
}

/** The sentence without its marks: for titles, labels and tests. */
export function plain(sentence: Sentence): string {
  return sentence.map((part) => (typeof part === 'string' ? part : 'code' in part ? part.code : part.strong)).join('')
}
