import { StringDecoder } from 'node:string_decoder'
import type { Masker } from './masker.ts'

/** Longer lines are cut: nobody reads them, and they must fit into memory. */
const longestLine = 64 * 1024

/** Cuts what a process prints into lines. A secret that stands across the place where a long line is cut is found all the same. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #masker: Masker
  readonly #take: (line: string) => void
  #rest = ''
  /** The line has begun before: its start is out already, so it is no command. */
  #isContinued = false

  constructor(masker: Masker, take: (line: string, isContinued: boolean) => void) {
    this.#masker = masker
    this.#take = (line) => take(line, this.#isContinued)
  }

  write(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk)
    let from = 0
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
      this.#emit(text.slice(from, text[end - 1] === '\r' && end > from ? end - 1 : end))
      this.#isContinued = false
      from = end + 1
    }
    this.#rest = text.slice(from)
    while (this.#rest.length > longestLine + this.#masker.longest) {
      const { shown, rest } = this.#masker.hideSafePart(this.#rest)
      if (shown === '') break
      this.#rest = rest
      for (let at = 0; at < shown.length; at += longestLine) {
        this.#take(shown.slice(at, at + longestLine))
        this.#isContinued = true
      }
    }
  }

  end(): void {
    this.#rest += this.#decoder.end()
    if (this.#rest !== '') this.#emit(this.#rest)
    this.#rest = ''
    this.#isContinued = false
  }

  #emit(line: string): void {
    if (line.length <= longestLine) return this.#take(line)
    const shown = this.#masker.hide(line)
    for (let at = 0; at < shown.length; at += longestLine) {
      this.#take(shown.slice(at, at + longestLine))
      this.#isContinued = true
    }
  }
}
