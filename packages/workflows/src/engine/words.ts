/** Cuts text into words as a shell does that expands nothing: quotes and backslashes keep spaces. Undefined: a quote is not closed. */
export function wordsOf(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    word ??= ''
    if (character === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) return undefined
      word += text.slice(at + 1, end)
      at = end
    } else if (character === '"') {
      for (at++; text.charAt(at) !== '"'; at++) {
        if (at >= text.length) return undefined
        // POSIX shell, 2.2.3: a backslash between double quotes is one of these, or itself.
        if (text.charAt(at) === '\\' && /["\\$`]/.test(text.charAt(at + 1))) at++
        word += text.charAt(at)
      }
    } else if (character === '\\' && at + 1 < text.length) word += text.charAt(++at)
    else word += character
  }
  if (word !== undefined) words.push(word)
  return words
}
