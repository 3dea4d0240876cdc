import { parseFloat, parseInt, parseUint } from '../go/number.ts'
import { quote, unquoteChar } from '../go/quote.ts'
import type { NumberNode } from './node.ts'

const largest = 2 ** 63

/** Reads a number of a template as Go's parser does; a string is what is wrong with it. */
export function readNumber(position: number, text: string, type: 'charConstant' | 'complex' | 'number'): NumberNode | string {
  const node: NumberNode = { type: 'number', position, text, int: undefined, uint: undefined, float: undefined, complex: undefined }
  if (type === 'charConstant') return readCharacter(node)
  if (type === 'complex') {
    const parts = /^(.+)([+-].*)i$/.exec(text)
    const real = parseFloat(parts?.[1] ?? '')
    const imaginary = parseFloat(parts?.[2] ?? '')
    if (real.error !== undefined || imaginary.error !== undefined) return 'syntax error scanning complex number'
    return withComplex(node, real.value, imaginary.value)
  }
  if (text.endsWith('i')) {
    const imaginary = parseFloat(text.slice(0, -1))
    if (imaginary.error === undefined) return withComplex(node, 0, imaginary.value)
  }
  return readReal(node)
}

function readCharacter(node: NumberNode): NumberNode | string {
  const character = unquoteChar(node.text.slice(1), "'")
  if (character === undefined) return 'invalid syntax'
  if (character.tail !== "'") return `malformed character constant: ${node.text}`
  const { rune } = character
  return { ...node, int: BigInt(rune), uint: BigInt(rune), float: rune }
}

function readReal(node: NumberNode): NumberNode | string {
  const { text } = node
  const unsigned = parseUint(text, 0)
  const signed = parseInt(text, 0)
  if (unsigned.error === undefined) node.uint = unsigned.value
  if (signed.error === undefined) {
    node.int = signed.value
    if (signed.value === 0n) node.uint = 0n
  }
  const integer = node.int ?? node.uint
  if (integer !== undefined) {
    node.float = Number(integer)
    return node
  }
  const float = parseFloat(text)
  if (float.error !== undefined) return `illegal number syntax: ${quote(text)}`
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`
  return withFloat(node, float.value)
}

function withFloat(node: NumberNode, value: number): NumberNode {
  node.float = value
  if (!Number.isInteger(value)) return node
  if (value >= -largest && value < largest) node.int = BigInt(value)
  if (value >= 0 && value < largest * 2) node.uint = BigInt(value)
  return node
}

function withComplex(node: NumberNode, real: number, imaginary: number): NumberNode {
  node.complex = { real, imaginary }
  return imaginary === 0 ? withFloat(node, real) : node
}
