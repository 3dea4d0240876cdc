import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto'
import { bitString, der, integer, integerOfBytes, octetString, oid, readElements, sequence } from './der.ts'
import type { KeyStream } from './key-stream.ts'
import { readPem, writePem, type PemBlock } from './pem.ts'
import { greatestCommonDivisor, inverse, isPrime, power, randomPrime } from './primes.ts'

/** DSA keys cannot sign certificates, so that nothing but their text is ever needed. */
export type PrivateKey = { kind: 'rsa' | 'ec' | 'ed25519'; key: KeyObject } | { kind: 'dsa'; block: PemBlock }

const publicExponent = 65537n

export function generateRsaKey(stream: KeyStream, bits: number): PrivateKey {
  const isWanted = (prime: bigint): boolean => (prime - 1n) % publicExponent !== 0n
  for (;;) {
    const [p, q] = [randomPrime(stream, bits / 2, isWanted), randomPrime(stream, bits / 2, isWanted)]
    if (p === q) continue
    const totient = ((p - 1n) * (q - 1n)) / greatestCommonDivisor(p - 1n, q - 1n)
    const d = inverse(publicExponent, totient)
    const numbers = [0n, p * q, publicExponent, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)]
    return { kind: 'rsa', key: createPrivateKey({ key: sequence(...numbers.map(integer)), format: 'der', type: 'pkcs1' }) }
  }
}

/** On the curve P-256. */
export function generateEcKey(stream: KeyStream): PrivateKey {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const secret = Buffer.from(stream.below(order).toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(secret)
  const encoded = sequence(
    integer(1n),
    octetString(secret),
    der(0xa0, oid('1.2.840.10045.3.1.7')),
    der(0xa1, bitString(curve.getPublicKey())),
  )
  return { kind: 'ec', key: createPrivateKey({ key: encoded, format: 'der', type: 'sec1' }) }
}

export function generateEd25519Key(stream: KeyStream): PrivateKey {
  const encoded = sequence(integer(0n), sequence(oid('1.3.101.112')), octetString(octetString(stream.bytes(32))))
  return { kind: 'ed25519', key: createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' }) }
}

/** With 2048 bits and a subgroup of 256, as FIPS 186-3 has them. */
export function generateDsaKey(stream: KeyStream): PrivateKey {
  const q = randomPrime(stream, 256)
  for (;;) {
    const candidate = stream.integer(2048) | (1n << 2047n)
    const p = candidate - (candidate % (2n * q)) + 1n
    if (p >> 2047n !== 1n || !isPrime(p)) continue
    let g = 1n
    for (let h = 2n; g === 1n; h += 1n) g = power(h, (p - 1n) / q, p)
    const x = stream.below(q)
    const numbers = [0n, p, q, g, power(g, x, p), x]
    return { kind: 'dsa', block: { type: 'DSA PRIVATE KEY', bytes: sequence(...numbers.map(integer)) } }
  }
}

/** The form that Go gives each kind: PKCS #1, SEC 1, PKCS #8. */
export function privateKeyPem(key: PrivateKey): string {
  switch (key.kind) {
    case 'rsa':
      return writePem({ type: 'RSA PRIVATE KEY', bytes: key.key.export({ type: 'pkcs1', format: 'der' }) })
    case 'ec':
      return writePem({ type: 'EC PRIVATE KEY', bytes: key.key.export({ type: 'sec1', format: 'der' }) })
    case 'ed25519':
      return writePem({ type: 'PRIVATE KEY', bytes: key.key.export({ type: 'pkcs8', format: 'der' }) })
    default:
      return writePem(key.block)
  }
}

/** Throws in sprig's words, but for what is wrong inside the encoding. */
export function parsePrivateKey(pem: string): PrivateKey {
  const block = readPem(pem)
  if (block === undefined) throw new Error('no PEM data in input')
  if (block.type === 'PRIVATE KEY') return open(block, 'pkcs8', 'decoding PEM as PKCS#8')
  if (!block.type.endsWith(' PRIVATE KEY')) throw new Error(`no private key data in PEM block of type ${block.type}`)
  const algorithm = block.type.slice(0, -' PRIVATE KEY'.length)
  switch (algorithm) {
    case 'RSA':
      return open(block, 'pkcs1', 'parsing RSA private key from PEM')
    case 'EC':
      return open(block, 'sec1', 'parsing EC private key from PEM')
    case 'DSA':
      return { kind: 'dsa', block: dsaBlock(block) }
    default:
      throw new Error(`invalid private key type ${block.type}`)
  }
}

function open(block: PemBlock, type: 'pkcs1' | 'pkcs8' | 'sec1', problem: string): PrivateKey {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: block.bytes, format: 'der', type })
  } catch {
    throw new Error(`${problem}: asn1: structure error: tags don't match`)
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { kind: 'rsa', key }
    case 'ec':
      return { kind: 'ec', key }
    case 'ed25519':
      return { kind: 'ed25519', key }
    default:
      throw new Error(`${problem}: x509: PKCS#8 wrapping contained private key with unknown algorithm`)
  }
}

/** Go reads the six numbers and writes them again. */
function dsaBlock(block: PemBlock): PemBlock {
  try {
    const [outer] = readElements(block.bytes)
    const numbers = readElements(outer?.content ?? Buffer.alloc(0)).map(({ tag, content }) =>
      tag === 0x02 ? integerOfBytes(content) : undefined,
    )
    const whole = numbers.filter((value) => value !== undefined)
    if (outer?.tag === 0x30 && numbers.length === 6 && whole.length === 6)
      return { type: block.type, bytes: sequence(...whole.map(integer)) }
  } catch {
    // Falls through to the same words as for a sequence of something else.
  }
  throw new Error("parsing DSA private key from PEM: asn1: structure error: tags don't match")
}
