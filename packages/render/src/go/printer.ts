import { FormattedText } from './formatted-text.ts'
import { goTypeName, isComplex, isSigned } from './kind.ts'
import { namedIntText } from './named-int.ts'
import { quoteRune } from './quote.ts'
import { encodeRune, maxRune, runeError } from './utf8.ts'
import type { GoMap, GoValue } from './value.ts'
import { GoBytes, GoInt, GoStruct, JsonNumber, TypedList, TypedMap } from './value.ts'

/** Addresses differ from run to run in Go; ours is always the same. */
const address = 0xc000012000n

/** Prints values under the flags of a verb (Go's `pp`). */
export class Printer extends FormattedText {
  /** While the value of a bad verb is printed, no method of its type is asked. */
  private isErroring = false

  /** Go's `printArg`: a value at the top. */
  printArgument(value: GoValue, verb: string): void {
    if (value === null || value === undefined) {
      if (verb === 'v' || verb === 'T') this.pad('<nil>')
      else this.printBadVerb(value, verb)
    } else if (verb === 'T') this.formatText(goTypeName(value))
    else if (verb === 'p') this.printPointer(value, verb)
    else if (value instanceof GoBytes) this.printBytes(value, verb, '[]byte')
    else this.printValue(value, verb, 0)
  }

  /** Go's `printValue`: also what is inside of lists and maps, at `depth` above 0. */
  private printValue(value: GoValue, verb: string, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.printText(value, verb, value)
        return
      case 'number':
        this.printFloat(value, verb, value)
        return
      case 'boolean':
        if (verb === 't' || verb === 'v') this.pad(value ? 'true' : 'false')
        else this.printBadVerb(value, verb)
        return
      default:
    }
    if (value === null || value === undefined) {
      this.text += this.sharpV ? 'interface {}(nil)' : '<nil>'
    } else if (verb === 'w')
      // Only Errorf knows it; a list or map is not looked into.
      this.printBadVerb(value, verb)
    else if (value instanceof GoInt) this.printInt(value, verb)
    else if (value instanceof Map) this.printMap(value, verb, depth)
    else if (value instanceof GoStruct) this.printStruct(value, verb, depth)
    else if (value instanceof GoBytes) this.printBytes(value, verb, '[]uint8')
    else this.printList(value, verb, depth)
  }

  private printBadVerb(value: GoValue, verb: string): void {
    this.isErroring = true
    this.text += `%!${verb}(`
    if (value === null || value === undefined) this.text += '<nil>'
    else {
      this.text += `${goTypeName(value)}=`
      this.printArgument(value, 'v')
    }
    this.text += ')'
    this.isErroring = false
  }

  /** `source` is the value that a bad verb names: a Stringer prints its text, but is not a string. */
  private printText(text: string, verb: string, source: GoValue): void {
    switch (verb) {
      case 'v':
        if (this.sharpV) this.formatQuoted(text)
        else this.formatText(text)
        return
      case 's':
        this.formatText(text)
        return
      case 'x':
      case 'X':
        this.formatHex(text, verb)
        return
      case 'q':
        this.formatQuoted(text)
        return
      default:
        this.printBadVerb(source, verb)
    }
  }

  private printBytes(value: GoBytes, verb: string, type: string): void {
    switch (verb) {
      case 's':
      case 'q':
      case 'x':
      case 'X':
        this.printText(Buffer.from(value.bytes.buffer, value.bytes.byteOffset, value.bytes.byteLength).toString('latin1'), verb, value)
        return
      default:
    }
    if ((verb === 'v' || verb === 'd') && !this.sharpV && !this.hasWidth && !this.hasPrecision && !this.plus && !this.space) {
      this.text += `[${decimals(value.bytes)}]`
      return
    }
    // Only the verbs of a list of numbers know the type's short name.
    this.text += this.sharpV ? `${verb === 'v' || verb === 'd' ? type : '[]uint8'}{` : '['
    value.bytes.forEach((byte, index) => {
      if (index > 0) this.text += this.sharpV ? ', ' : ' '
      this.printInt(new GoInt(BigInt(byte), 'uint8'), verb)
    })
    this.text += this.sharpV ? '}' : ']'
  }

  private printFloat(value: number, verb: string, source: GoValue): void {
    switch (verb) {
      case 'v':
        this.formatNumber(value, 'g', -1)
        return
      case 'b':
      case 'g':
      case 'G':
      case 'x':
      case 'X':
        this.formatNumber(value, verb, -1)
        return
      case 'e':
      case 'E':
      case 'f':
        this.formatNumber(value, verb, 6)
        return
      case 'F':
        this.formatNumber(value, 'f', 6)
        return
      default:
        this.printBadVerb(source, verb)
    }
  }

  private printInt(int: GoInt, verb: string): void {
    if (!this.isErroring && !this.sharpV && (verb === 'v' || verb === 's' || verb === 'x' || verb === 'X' || verb === 'q')) {
      const name = namedIntText(int)
      if (name !== undefined) {
        this.printText(name, verb, int)
        return
      }
    }
    switch (verb) {
      case 'v':
        if (this.sharpV && !isSigned(int.type)) this.formatHexInt(int.value, true)
        else this.formatInt(int.value, 10, verb)
        return
      case 'd':
        this.formatInt(int.value, 10, verb)
        return
      case 'b':
        this.formatInt(int.value, 2, verb)
        return
      case 'o':
      case 'O':
        this.formatInt(int.value, 8, verb)
        return
      case 'x':
      case 'X':
        this.formatInt(int.value, 16, verb)
        return
      case 'c':
        this.pad(encodeRune(runeFrom(int.value)))
        return
      case 'q':
        this.pad(quoteRune(runeFrom(int.value), this.plus))
        return
      case 'U':
        this.formatUnicode(int.value)
        return
      default:
        this.printBadVerb(int, verb)
    }
  }

  private printMap(map: GoMap, verb: string, depth: number): void {
    if (this.sharpV && map instanceof TypedMap && map.isNil) {
      this.text += `${map.type}(nil)`
      return
    }
    this.text += this.sharpV ? `${goTypeName(map)}{` : 'map['
    const keys = [...map.keys()].sort(compareBytes)
    keys.forEach((key, index) => {
      if (index > 0) this.text += this.sharpV ? ', ' : ' '
      this.printValue(key, verb, depth + 1)
      this.text += ':'
      this.printValue(map.get(key), verb, depth + 1)
    })
    this.text += this.sharpV ? '}' : ']'
  }

  private printList(list: readonly GoValue[], verb: string, depth: number): void {
    if (this.sharpV && list instanceof TypedList && list.isNil) {
      this.text += `${goTypeName(list)}(nil)`
      return
    }
    this.text += this.sharpV ? `${list instanceof TypedList ? goTypeName(list) : '[]interface {}'}{` : '['
    list.forEach((item, index) => {
      if (index > 0) this.text += this.sharpV ? ', ' : ' '
      this.printValue(item, verb, depth + 1)
    })
    this.text += this.sharpV ? '}' : ']'
  }

  private printStruct(struct: GoStruct, verb: string, depth: number): void {
    if (isComplex(struct)) {
      this.printComplex(struct, verb)
      return
    }
    if (struct instanceof JsonNumber) {
      this.printText(struct.number, verb, struct)
      return
    }
    if (struct.text !== undefined && !this.isErroring && !this.sharpV && /^[vsxXq]$/.test(verb)) {
      this.printText(struct.text(), verb, struct)
      return
    }
    let type = struct.type
    if (struct.kind === 'ptr') {
      if (depth > 0) {
        this.printPointer(struct, verb)
        return
      }
      this.text += '&'
      type = type.replace(/^\*/, '')
    }
    this.text += this.sharpV ? `${type}{` : '{'
    let index = 0
    for (const [name, value] of struct.fields) {
      if (index > 0) this.text += this.sharpV ? ', ' : ' '
      if (this.plusV || this.sharpV) this.text += `${name}:`
      this.printValue(value, verb, depth + 1)
      index += 1
    }
    this.text += '}'
  }

  private printComplex(value: GoStruct & { inner: { real: number; imaginary: number } }, verb: string): void {
    if (!/^[vbgGxXfFeE]$/.test(verb)) {
      this.printBadVerb(value, verb)
      return
    }
    const { plus } = this
    this.text += '('
    this.printFloat(value.inner.real, verb, value)
    this.plus = true
    this.printFloat(value.inner.imaginary, verb, value)
    this.text += 'i)'
    this.plus = plus
  }

  private printPointer(value: GoValue, verb: string): void {
    const isPointer =
      value instanceof Map || Array.isArray(value) || value instanceof GoBytes || (value instanceof GoStruct && value.kind === 'ptr')
    if (!isPointer) this.printBadVerb(value, verb)
    else if (verb === 'v' && this.sharpV) {
      this.text += `(${goTypeName(value)})(`
      this.formatHexInt(address, true)
      this.text += ')'
    } else if (verb === 'v' || verb === 'p') this.formatHexInt(address, !this.sharp)
    else if (/^[bodxX]$/.test(verb)) this.printInt(new GoInt(address, 'uintptr'), verb)
    else this.printBadVerb(value, verb)
  }
}

function compareBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function runeFrom(value: bigint): number {
  const wide = BigInt.asUintN(64, value)
  return wide > BigInt(maxRune) ? runeError : Number(wide)
}

/**
 * Bytes as numbers with spaces between them, written in one go: charts print their whole context to look for one word in it, and with it every
 * file that they have (Bitnami's `common.capabilities.kubeVersion`).
 */
function decimals(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(bytes.length * 4)
  let at = 0
  for (const byte of bytes) {
    if (at > 0) text[at++] = 0x20
    if (byte >= 100) text[at++] = 0x30 + Math.floor(byte / 100)
    if (byte >= 10) text[at++] = 0x30 + (Math.floor(byte / 10) % 10)
    text[at++] = 0x30 + (byte % 10)
  }
  return text.toString('latin1', 0, at)
}
