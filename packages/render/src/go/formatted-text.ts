import { type FloatFormat, formatFloat } from './number.ts'
import { canBackquote, quote, quoteToAscii } from './quote.ts'
import { isPrint } from './unicode.ts'
import { countRunes, decodeRune, encodeRune, maxRune, widthOf } from './utf8.ts'

/** The text that one call of fmt has written so far, and the flags, width and precision of the verb at hand (Go's `fmt` struct). */
export class FormattedText {
  text = ''
  width = 0
  hasWidth = false
  precision = 0
  hasPrecision = false
  minus = false
  plus = false
  sharp = false
  space = false
  zero = false
  /** `%+v` and `%#v` are flags of their own, as the verb keeps them for the values inside. */
  plusV = false
  sharpV = false

  clearFlags(): void {
    this.width = 0
    this.hasWidth = false
    this.precision = 0
    this.hasPrecision = false
    this.minus = false
    this.plus = false
    this.sharp = false
    this.space = false
    this.zero = false
    this.plusV = false
    this.sharpV = false
  }

  pad(text: string): void {
    if (!this.hasWidth || this.width === 0) {
      this.text += text
      return
    }
    const missing = this.width - countRunes(text)
    if (missing <= 0) this.text += text
    else if (this.minus) this.text += text + ' '.repeat(missing)
    else this.text += (this.zero ? '0' : ' ').repeat(missing) + text
  }

  padWithSpaces(text: string): void {
    const { zero } = this
    this.zero = false
    this.pad(text)
    this.zero = zero
  }

  truncate(text: string): string {
    if (!this.hasPrecision) return text
    let index = 0
    for (let left = this.precision; left > 0 && index < text.length; left -= 1) index += widthOf(decodeRune(text, index))
    return text.slice(0, index)
  }

  formatText(text: string): void {
    this.pad(this.truncate(text))
  }

  formatQuoted(text: string): void {
    const kept = this.truncate(text)
    if (this.sharp && canBackquote(kept)) this.pad(`\`${kept}\``)
    else this.pad(this.plus ? quoteToAscii(kept) : quote(kept))
  }

  formatHex(text: string, verb: 'x' | 'X'): void {
    const length = this.hasPrecision && this.precision < text.length ? this.precision : text.length
    if (length === 0) {
      if (this.hasWidth) this.text += (this.zero && !this.minus ? '0' : ' ').repeat(this.width)
      return
    }
    const prefix = this.sharp ? `0${verb}` : ''
    let hex = prefix
    for (let index = 0; index < length; index += 1) {
      if (this.space && index > 0) hex += ` ${prefix}`
      const byte = text.charCodeAt(index).toString(16).padStart(2, '0')
      hex += verb === 'X' ? byte.toUpperCase() : byte
    }
    this.pad(hex)
  }

  formatNumber(value: number, verb: FloatFormat, defaultPrecision: number): void {
    const precision = this.hasPrecision ? this.precision : defaultPrecision
    const digits = formatFloat(value, verb, precision)
    let sign = '+'
    let number = digits
    if (digits.startsWith('-') || digits.startsWith('+')) {
      sign = digits.slice(0, 1)
      number = digits.slice(1)
    }
    if (this.space && sign === '+' && !this.plus) sign = ' '
    if (number.startsWith('I') || number.startsWith('N')) {
      const isUnsigned = number.startsWith('N') && !this.space && !this.plus
      this.padWithSpaces(isUnsigned ? number : sign + number)
      return
    }
    if (this.sharp && verb !== 'b') number = withPoint(number, verb, precision)
    if (this.plus || sign !== '+') {
      const length = number.length + 1
      if (this.zero && !this.minus && this.hasWidth && this.width > length) {
        this.text += sign + '0'.repeat(this.width - length) + number
      } else this.pad(sign + number)
    } else this.pad(number)
  }

  formatHexInt(value: bigint, withPrefix: boolean): void {
    const { sharp } = this
    this.sharp = withPrefix
    this.formatInt(value, 16, 'v')
    this.sharp = sharp
  }

  formatInt(value: bigint, base: 2 | 8 | 10 | 16, verb: string): void {
    const isNegative = value < 0n
    let wanted = 0
    if (this.hasPrecision) {
      wanted = this.precision
      if (wanted === 0 && value === 0n) {
        this.text += ' '.repeat(this.width)
        return
      }
    } else if (this.zero && !this.minus && this.hasWidth) {
      wanted = isNegative || this.plus || this.space ? this.width - 1 : this.width
    }
    let digits = (isNegative ? -value : value).toString(base)
    if (verb === 'X') digits = digits.toUpperCase()
    digits = digits.padStart(wanted, '0')
    if (this.sharp) {
      if (base === 2) digits = `0b${digits}`
      else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`
      else if (base === 16) digits = (verb === 'X' ? '0X' : '0x') + digits
    }
    if (verb === 'O') digits = `0o${digits}`
    this.padWithSpaces((isNegative ? '-' : this.plus ? '+' : this.space ? ' ' : '') + digits)
  }

  formatUnicode(value: bigint): void {
    const wide = BigInt.asUintN(64, value)
    const digits = wide
      .toString(16)
      .toUpperCase()
      .padStart(this.hasPrecision && this.precision > 4 ? this.precision : 4, '0')
    const isShown = this.sharp && wide <= BigInt(maxRune) && isPrint(Number(wide))
    this.padWithSpaces(`U+${digits}${isShown ? ` '${encodeRune(Number(wide))}'` : ''}`)
  }
}

/** `%#g` keeps the point and the zeros after it. */
function withPoint(number: string, verb: FloatFormat, precision: number): string {
  const isHex = verb === 'x' || verb === 'X'
  let missing = verb === 'g' || verb === 'G' || verb === 'x' ? (precision === -1 ? 6 : precision) : 0
  const at = number.search(isHex ? /[pP]/ : /[pPeE]/)
  const tail = at < 0 ? '' : number.slice(at)
  let head = at < 0 ? number : number.slice(0, at)
  let sawNonZero = false
  for (const character of head) {
    if (character === '.') continue
    if (character !== '0') sawNonZero = true
    if (sawNonZero) missing -= 1
  }
  if (!head.includes('.')) {
    if (head === '0') missing -= 1
    head += '.'
  }
  return head + '0'.repeat(Math.max(missing, 0)) + tail
}
