import { toValid } from '../../yaml/json-reader.ts'

/** The text as Helm reads it: character by character; what is no UTF-8 is U+FFFD. */
export class RuneStream {
  at = 0
  readonly text: string

  constructor(text: string) {
    this.text = toValid(text)
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  /**
   * Up to one of the bytes in `stops`, which is consumed; `stop` is undefined at the end of the text. With `escapes`, a backslash takes what
   * follows as it is.
   */
  until(stops: string, escapes: boolean): { text: string; stop: string | undefined } {
    let found = ''
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at)
      this.at += 1
      if (stops.includes(character)) return { text: found, stop: character }
      if (escapes && character === '\\') {
        if (this.atEnd) return { text: found, stop: undefined }
        found += this.text.charAt(this.at)
        this.at += 1
      } else found += character
    }
    return { text: found, stop: undefined }
  }

  /** Skips blanks and one comma behind them: true when a comma or the end came, false before anything else. */
  skipBlank(): boolean {
    blanks.lastIndex = this.at
    this.at += blanks.exec(this.text)?.[0].length ?? 0
    if (this.atEnd) return true
    if (this.text.charAt(this.at) !== ',') return false
    this.at += 1
    return true
  }
}

/** unicode.IsSpace, as bytes of UTF-8. */
const blanks = /(?:[\t\n\v\f\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*/y
