import { fromBytes, isAscii } from '../go/value.ts'

const letter = /^\p{L}$/u
const decimalDigit = /^\p{Nd}$/u

/**
 * goyaml's order of keys (`sorter.go`): numbers inside of names by their value, letters after everything else. v3 differs from v2 where a letter
 * meets something else right after a digit.
 */
export function sortKeys(keys: string[], version: 2 | 3): string[] {
  if (keys.length < 2) return keys
  return keys.sort((a, b) => compareKeys(a, b, version))
}

export function compareKeys(a: string, b: string, version: 2 | 3): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  if (at === length) return a.length - b.length
  const left = a.charCodeAt(at)
  const right = b.charCodeAt(at)
  // Nearly all keys differ first in letters of ASCII.
  if (asciiLetter(left) && asciiLetter(right)) return left - right
  if (isAscii(a) && isAscii(b)) return compareCodes(a, b, version, asciiLetter, asciiDigit)
  return compareCodes(Array.from(fromBytes(a), codeOf), Array.from(fromBytes(b), codeOf), version, isLetter, isDigit)
}

type Codes = string | number[]

function compareCodes(
  a: Codes,
  b: Codes,
  version: 2 | 3,
  letterTest: (code: number) => boolean,
  digitTest: (code: number) => boolean,
): number {
  const codeAt = (codes: Codes, at: number): number => (typeof codes === 'string' ? codes.charCodeAt(at) : (codes[at] ?? Number.NaN))
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && codeAt(a, at) === codeAt(b, at)) at += 1
  if (at === length) return a.length - b.length
  const left = codeAt(a, at)
  const right = codeAt(b, at)
  const leftLetter = letterTest(left)
  const rightLetter = letterTest(right)
  if (leftLetter && rightLetter) return left - right
  if (leftLetter || rightLetter) {
    const afterDigit = version === 3 && at > 0 && digitTest(codeAt(a, at - 1))
    return (afterDigit ? leftLetter : rightLetter) ? -1 : 1
  }
  return compareNumbers(a, b, at, codeAt, digitTest) || left - right
}

/** Digits from `from` on as int64 (which may wrap, as Go's does); a zero that follows other digits counts as one of them. */
function compareNumbers(
  a: Codes,
  b: Codes,
  from: number,
  codeAt: (codes: Codes, at: number) => number,
  digitTest: (code: number) => boolean,
): number {
  let start = 0n
  if (codeAt(a, from) === 0x30 || codeAt(b, from) === 0x30) {
    for (let at = from - 1; at >= 0 && digitTest(codeAt(a, at)); at -= 1) {
      if (codeAt(a, at) === 0x30) continue
      start = 1n
      break
    }
  }
  const read = (codes: Codes): { value: bigint; end: number } => {
    let value = start
    let end = from
    for (; end < codes.length && digitTest(codeAt(codes, end)); end += 1)
      value = BigInt.asIntN(64, value * 10n + BigInt(codeAt(codes, end) - 0x30))
    return { value, end }
  }
  const left = read(a)
  const right = read(b)
  if (left.value !== right.value) return left.value < right.value ? -1 : 1
  return left.end - right.end
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function asciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

function asciiDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isLetter(code: number): boolean {
  return letter.test(String.fromCodePoint(code))
}

function isDigit(code: number): boolean {
  return decimalDigit.test(String.fromCodePoint(code))
}
