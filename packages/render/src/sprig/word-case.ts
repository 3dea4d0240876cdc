import { decodeRune, encodeRune, runeError, runeOf, widthOf } from '../go/utf8.ts'
import { isLetter } from '../go/unicode.ts'
import { fixed, type FunctionTable } from './go-function.ts'
import { isNumber, isPunct, isSpace, isUpper, mapRunes, toLower, toRunes, toUpper } from './runes.ts'

/** Cases of identifiers as huandu/xstrings 1.5 has them. */
export const wordCaseFunctions: FunctionTable = {
  snakecase: fixed(['string'], (text) => lowerWords(text, '_')),
  kebabcase: fixed(['string'], (text) => lowerWords(text, '-')),
  camelcase: fixed(['string'], pascalCase),
}

/** `ToPascalCase`: connectors at the start stay, of several connectors all but the last stay. */
function pascalCase(text: string): string {
  const runes = toRunes(text)
  const first = runes.findIndex((rune) => !isConnector(rune))
  if (first < 0) return text === '' ? '' : runes.map(encodeRune).join('') + encodeRune(runes.at(-1) ?? 0)
  let written = runes.slice(0, first).map(encodeRune).join('')
  let current = runes[first] ?? 0
  let isInCapitals = isUpper(current)
  current = toUpper(current)
  for (const rune of runes.slice(first + 1)) {
    const previous = current
    current = rune
    if (isConnector(previous)) {
      if (isConnector(current)) {
        written += encodeRune(previous)
        continue
      }
      isInCapitals = isUpper(current)
      current = toUpper(current)
      continue
    }
    if (isInCapitals && isUpper(current)) current = toLower(current)
    else isInCapitals = false
    written += encodeRune(previous)
  }
  return written + encodeRune(current)
}

type WordKind = 'end' | 'invalid' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'

interface Word {
  kind: WordKind
  text: string
}

/** `camelCaseToLowerCase`: words of small letters, with a connector where a word of another kind begins. */
function lowerWords(text: string, connector: string): string {
  const words = new WordReader(text)
  let written = ''
  const write = (word: Word): void => {
    written += word.kind === 'upper' || word.kind === 'connector' ? lowerWord(word.text, connector) : word.text
  }
  const connectBefore = (next: Word): void => {
    if (next.kind !== 'connector' && next.kind !== 'punctuation') written += connector
  }
  const writeRun = (next: Word): Word => {
    let word = next
    while (word.kind === 'letters' || word.kind === 'number') {
      write(word)
      word = words.next()
    }
    if (word.kind !== 'end' && word.kind !== 'invalid') connectBefore(word)
    return word
  }

  let word = words.next()
  while (!words.isAtEnd) {
    const previous = word
    if (previous.kind !== 'connector') write(previous)
    word = words.next()
    if (previous.kind === 'number') {
      word = writeRun(word)
    } else if (previous.kind === 'connector') {
      write(previous)
    } else if (previous.kind !== 'punctuation') {
      if (word.kind !== 'number') {
        connectBefore(word)
      } else if (!words.isAtEnd) {
        const digits = word
        word = words.next()
        // A number belongs to the word before it (`bld4_floor`), unless small letters follow (`http_2xx`).
        if (word.kind === 'letters') {
          written += connector
          write(digits)
          word = writeRun(word)
        } else {
          write(digits)
          connectBefore(word)
        }
      }
    }
  }
  write(word)
  return written
}

function lowerWord(text: string, connector: string): string {
  return mapRunes(text, (rune) => (isConnector(rune) ? connector.charCodeAt(0) : isUpper(rune) ? toLower(rune) : rune))
}

function isConnector(rune: number): boolean {
  return rune === 0x2d || rune === 0x5f || isSpace(rune)
}

/** A letter of a script that has words: no Chinese character. */
function isAlphabet(rune: number): boolean {
  if (!isLetter(rune)) return false
  if (rune >= 0x4e00 && rune <= 0x9fcc) return false
  if (rune >= 0x3400 && rune <= 0x4d85) return false
  return !(rune >= 0x20000 && rune <= 0x2b81d)
}

function isSmall(rune: number): boolean {
  return isAlphabet(rune) && !isUpper(rune)
}

class WordReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  next(): Word {
    if (this.isAtEnd) return { kind: 'end', text: '' }
    const start = this.#at
    const { rune, width } = this.#peek(start, runeError)
    this.#at += width
    const kind = rune === runeError ? 'invalid' : this.#rest(rune, start)
    return { kind, text: this.#text.slice(start, this.#at) }
  }

  #rest(rune: number, start: number): WordKind {
    if (isConnector(rune)) return this.#skip(rune, 'connector', isConnector)
    if (isPunct(rune)) return this.#skip(rune, 'punctuation', isPunct)
    if (isUpper(rune)) {
      this.#skipCapitals(rune, start)
      return 'upper'
    }
    if (isAlphabet(rune)) return this.#skip(rune, 'letters', isSmall)
    if (isNumber(rune)) return this.#skip(rune, 'number', isNumber)
    return this.#skip(rune, 'other', (next) => !isConnector(next) && !isAlphabet(next) && !isNumber(next) && !isPunct(next))
  }

  /** `First`, or capitals alone: of `HTTPServer` the `S` belongs to the next word. */
  #skipCapitals(rune: number, start: number): void {
    if (this.isAtEnd) return
    const second = this.#peek(this.#at, rune)
    if (!isUpper(second.rune)) {
      if (isAlphabet(second.rune)) this.#skip(rune, 'upper', isSmall)
      return
    }
    let last = second
    let next = second
    do {
      last = next
      this.#at += last.width
      if (this.isAtEnd) return
      next = this.#peek(this.#at, next.rune)
    } while (isUpper(next.rune))
    if (isAlphabet(next.rune)) this.#at = Math.max(start, this.#at - last.width)
  }

  #skip(rune: number, kind: WordKind, belongs: (rune: number) => boolean): WordKind {
    let current = rune
    while (!this.isAtEnd) {
      const next = this.#peek(this.#at, current)
      if (!belongs(next.rune)) break
      current = next.rune
      this.#at += next.width
    }
    return kind
  }

  /** The next rune, past bytes that are none; at the end `previous` stands for it. */
  #peek(from: number, previous: number): { rune: number; width: number } {
    let width = 0
    while (from + width < this.#text.length) {
      const packed = decodeRune(this.#text, from + width)
      width += widthOf(packed)
      if (runeOf(packed) !== runeError) return { rune: runeOf(packed), width }
    }
    return { rune: previous, width }
  }
}
