const mask = '***'
/** Shorter stable parts of a base64 text would hide half of every log. */
const shortestPart = 6
const mostValues = 5_000

/** Takes secrets out of text, however they were written. More values may come while it works (`::add-mask::`). */
export class Masker {
  readonly #values = new Set<string>()
  #pattern: RegExp | undefined
  #longest = 0

  /** Bytes of text that have to be kept back when a text goes on: a value may be cut in two there. */
  get longest(): number {
    return this.#longest
  }

  add(secret: string): void {
    for (const value of variantsOf(secret)) {
      if (this.#values.size >= mostValues || this.#values.has(value)) continue
      this.#values.add(value)
      this.#longest = Math.max(this.#longest, value.length)
      this.#pattern = undefined
    }
  }

  hide(text: string): string {
    if (this.#values.size === 0 || text === '') return text
    // One look with all of them: almost no line holds any.
    this.#pattern ??= new RegExp([...this.#values].map(escapePattern).join('|'))
    if (!this.#pattern.test(text)) return text
    return this.#spans(text).reduceRight((rest, [from, to]) => rest.slice(0, from) + mask + rest.slice(to), text)
  }

  /**
   * For a text that goes on: what is safe to show now, masked, and the rest as it is. The rest is shorter than the longest value, or begins with one.
   */
  hideSafePart(text: string): { shown: string; rest: string } {
    let border = text.length - Math.max(0, this.#longest - 1)
    if (border <= 0) return { shown: '', rest: text }
    for (const [from, to] of this.#spans(text)) if (from < border && to > border) border = to
    return { shown: this.hide(text.slice(0, border)), rest: text.slice(border) }
  }

  /** Where values stand; those that touch or overlap are one. */
  #spans(text: string): [number, number][] {
    const found: [number, number][] = []
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) found.push([at, at + value.length])
    }
    const joined: [number, number][] = []
    for (const [from, to] of found.toSorted((a, b) => a[0] - b[0])) {
      const last = joined.at(-1)
      if (last && from <= last[1]) last[1] = Math.max(last[1], to)
      else joined.push([from, to])
    }
    return joined
  }
}

/** A secret as it is, line by line, and as programs write it: base64 (wherever it stands in what was encoded), in an address, in JSON. */
function variantsOf(secret: string): Set<string> {
  const values = new Set<string>()
  const whole = secret.replaceAll('\r\n', '\n').trim()
  for (const text of [secret, whole, ...whole.split('\n').map((line) => line.trim())]) {
    if (text === '') continue
    values.add(text)
    values.add(encodeURIComponent(wellFormed(text)))
    values.add(new URLSearchParams([['', text]]).toString().slice(1))
    values.add(encodeURI(wellFormed(text)))
    const quoted = JSON.stringify(text).slice(1, -1)
    values.add(quoted)
    // PHP, Python and others escape more, or once again inside a text that is JSON itself.
    values.add(quoted.replaceAll('/', '\\/'))
    values.add(JSON.stringify(quoted).slice(1, -1))
    values.add(quoted.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`))
    for (const part of base64Parts(Buffer.from(text))) {
      values.add(part)
      values.add(part.replaceAll('+', '-').replaceAll('/', '_'))
    }
  }
  for (const value of values) if (value.trim() === '' || value.includes('\n')) values.delete(value)
  return values
}

/** RFC 4648: three bytes make four characters, so a text looks different at each of three places; the characters that depend on neighbours are left out. */
function base64Parts(bytes: Buffer): string[] {
  const parts = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, '')]
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor(((before + bytes.length) * 8) / 6)
    const stable = encoded.slice(from, to)
    if (stable.length >= shortestPart) parts.push(stable)
  }
  return parts
}

/** Half of a surrogate pair cannot be encoded. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString('utf8')
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
