import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { FunctionContext } from '../contract.ts'
import { bytesOf, decodeBase64 } from '../encodings.ts'
import { fixed, type FunctionTable } from '../go-function.ts'

const blockSize = 16

export function aesFunctions(context: FunctionContext): FunctionTable {
  return {
    encryptAES: fixed(['string', 'string'], (password, text) => {
      if (text === '') return ''
      const vector = context.randomBytes('encryptAES', blockSize)
      const cipher = createCipheriv('aes-256-cbc', keyOf(password), vector)
      return Buffer.concat([vector, cipher.update(bytesOf(text)), cipher.final()]).toString('base64')
    }),
    decryptAES: fixed(['string', 'string'], decrypt),
  }
}

/** The password itself, cut or filled with zeros. */
function keyOf(password: string): Buffer {
  const key = Buffer.alloc(32)
  bytesOf(password).copy(key)
  return key
}

/** What is no such text panics in Go, in the words of its runtime. */
function decrypt(password: string, text: string): string {
  if (text === '') return ''
  const decoded = decodeBase64(text)
  if (typeof decoded !== 'string') throw new Error(`illegal base64 data at input byte ${decoded}`)
  const bytes = bytesOf(decoded)
  const problem = 'runtime error: slice bounds out of range'
  if (bytes.length < blockSize) {
    const capacity = Math.floor(text.length / 4) * 3
    throw new Error(`${problem} ${capacity < blockSize ? `[:${blockSize}] with capacity ${capacity}` : `[${blockSize}:${bytes.length}]`}`)
  }
  if (bytes.length % blockSize !== 0) throw new Error('crypto/cipher: input not full blocks')
  if (bytes.length === blockSize) throw new Error('runtime error: index out of range [-1]')
  const decipher = createDecipheriv('aes-256-cbc', keyOf(password), bytes.subarray(0, blockSize)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(bytes.subarray(blockSize)), decipher.final()])
  const end = plain.length - (plain.at(-1) ?? 0)
  if (end < 0) throw new Error(`${problem} [:${end}]`)
  return plain.subarray(0, end).toString('latin1')
}
