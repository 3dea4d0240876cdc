import { createECDH, createHmac, createHash, sign, type KeyObject } from 'node:crypto'
import { integer, integerOfBytes, nullValue, oid, readElements, sequence } from './der.ts'
import type { PrivateKey } from './private-key.ts'
import { inverse } from './primes.ts'

interface Curve {
  name: string
  hash: 'sha256' | 'sha384' | 'sha512'
  algorithm: string
  order: bigint
}

/** By the names that node gives the curves; orders from SEC 2. */
const curves: ReadonlyMap<string, Curve> = new Map([
  [
    'secp224r1',
    {
      name: 'secp224r1',
      hash: 'sha256',
      algorithm: '1.2.840.10045.4.3.2',
      order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
    },
  ],
  [
    'prime256v1',
    {
      name: 'prime256v1',
      hash: 'sha256',
      algorithm: '1.2.840.10045.4.3.2',
      order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    },
  ],
  [
    'secp384r1',
    {
      name: 'secp384r1',
      hash: 'sha384',
      algorithm: '1.2.840.10045.4.3.3',
      order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    },
  ],
  [
    'secp521r1',
    {
      name: 'secp521r1',
      hash: 'sha512',
      algorithm: '1.2.840.10045.4.3.4',
      order:
        0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    },
  ],
])

export interface Signer {
  /** AlgorithmIdentifier. */
  algorithm: Buffer
  /** Equal for equal bytes: a certificate that is rendered twice must be the same one. */
  sign(bytes: Buffer): Buffer
}

/** What `x509.CreateCertificate` would sign with. Throws in its words. */
export function signerOf(privateKey: PrivateKey): Signer {
  switch (privateKey.kind) {
    case 'rsa':
      return {
        algorithm: sequence(oid('1.2.840.113549.1.1.11'), nullValue),
        sign: (bytes) => sign('sha256', bytes, privateKey.key),
      }
    case 'ed25519':
      return { algorithm: sequence(oid('1.3.101.112')), sign: (bytes) => sign(null, bytes, privateKey.key) }
    case 'ec': {
      const curve = curves.get(privateKey.key.asymmetricKeyDetails?.namedCurve ?? '')
      if (curve === undefined) throw new Error('x509: unsupported elliptic curve')
      return { algorithm: sequence(oid(curve.algorithm)), sign: (bytes) => signEc(privateKey.key, curve, bytes) }
    }
    default:
      throw new Error('x509: certificate private key does not implement crypto.Signer')
  }
}

/** ECDSA with the nonce of RFC 6979, which comes from key and message alone. */
function signEc(key: KeyObject, { name, hash, order }: Curve, message: Buffer): Buffer {
  // SEC 1, C.4: version and then the private key itself.
  const [outer] = readElements(key.export({ type: 'sec1', format: 'der' }))
  const secret = integerOfBytes(readElements(outer?.content ?? Buffer.alloc(0))[1]?.content ?? Buffer.alloc(0))
  const digest = truncated(createHash(hash).update(message).digest(), order)
  for (const nonce of nonces(hash, order, secret, digest)) {
    const point = createECDH(name)
    point.setPrivateKey(octets(nonce, order))
    const x = point.getPublicKey().subarray(1, 1 + (point.getPublicKey().length - 1) / 2)
    const r = integerOfBytes(x) % order
    const s = (inverse(nonce, order) * (digest + r * secret)) % order
    if (r !== 0n && s !== 0n) return sequence(integer(r), integer(s))
  }
  throw new Error('no nonce was found')
}

/** The leftmost bits of a digest, as many as the order has. */
function truncated(digest: Buffer, order: bigint): bigint {
  const excess = digest.length * 8 - order.toString(2).length
  const value = integerOfBytes(digest)
  return excess > 0 ? value >> BigInt(excess) : value
}

function octets(value: bigint, order: bigint): Buffer {
  const length = Math.ceil(order.toString(2).length / 8)
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}

/** RFC 6979, section 3.2. */
function* nonces(hash: string, order: bigint, secret: bigint, digest: bigint): Generator<bigint> {
  const length = createHash(hash).digest().length
  const seed = Buffer.concat([octets(secret, order), octets(digest % order, order)])
  const mac = (key: Buffer, ...parts: readonly Buffer[]): Buffer => {
    const hmac = createHmac(hash, key)
    for (const part of parts) hmac.update(part)
    return hmac.digest()
  }
  let value: Buffer = Buffer.alloc(length, 1)
  let key: Buffer = Buffer.alloc(length)
  for (const mark of [0, 1]) {
    key = mac(key, value, Buffer.from([mark]), seed)
    value = mac(key, value)
  }
  for (;;) {
    let bytes = Buffer.alloc(0)
    while (bytes.length * 8 < order.toString(2).length) {
      value = mac(key, value)
      bytes = Buffer.concat([bytes, value])
    }
    const candidate = truncated(bytes, order)
    if (candidate > 0n && candidate < order) yield candidate
    key = mac(key, value, Buffer.from([0]))
    value = mac(key, value)
  }
}
