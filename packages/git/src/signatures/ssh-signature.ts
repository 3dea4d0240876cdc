import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import { NotSigned } from './signed-object.ts'

/** Git's own (gitformat-signature(5)): a signature of a file or an e-mail is none of a commit. */
const namespace = 'git'
const leastRsaBits = 2048
const digests = new Set(['sha256', 'sha512'])
const curves: Readonly<Record<string, { crv: string; digest: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', digest: 'sha256', bytes: 32 },
  nistp384: { crv: 'P-384', digest: 'sha384', bytes: 48 },
  nistp521: { crv: 'P-521', digest: 'sha512', bytes: 66 },
}

/** A signature as OpenSSH makes it (openssh `PROTOCOL.sshsig`), taken apart. */
export interface SshSignature {
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  fingerprint: string
  /** Throws `NotSigned` where it is no good signature of the payload. */
  check(payload: Buffer): void
}

/** Reads what SSH writes: numbers of four bytes, and texts with their length before them. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(count: number): Buffer {
    if (count < 0 || this.#at + count > this.#bytes.length) throw new NotSigned('its SSH signature is cut short')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  number(): number {
    return this.take(4).readUInt32BE()
  }

  bytes(): Buffer {
    return this.take(this.number())
  }

  text(): string {
    return this.bytes().toString('latin1')
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new NotSigned('its SSH signature has something behind its end')
  }
}

/** Throws `NotSigned`. */
export function readSshSignature(armored: string): SshSignature {
  const match = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/.exec(armored)
  if (!match) throw new NotSigned('its SSH signature cannot be read')
  const reader = new Reader(Buffer.from(match[1] ?? '', 'base64'))
  if (reader.take(6).toString('latin1') !== 'SSHSIG' || reader.number() !== 1)
    throw new NotSigned('its SSH signature is of no version that is known')
  const key = reader.bytes()
  const space = reader.text()
  const reserved = reader.bytes()
  const digest = reader.text()
  const signature = reader.bytes()
  reader.end()
  if (space !== namespace) throw new NotSigned(`its SSH signature is for '${space.slice(0, 40)}', and not for Git`)
  if (!digests.has(digest)) throw new NotSigned(`its SSH signature is made with '${digest.slice(0, 20)}', which is not taken`)
  return {
    fingerprint: sshFingerprint(key),
    check(payload) {
      const signed = Buffer.concat([
        Buffer.from('SSHSIG'),
        sshText(Buffer.from(space)),
        sshText(reserved),
        sshText(Buffer.from(digest)),
        sshText(createHash(digest).update(payload).digest()),
      ])
      checkWith(key, signature, signed)
    },
  }
}

export function sshFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function sshText(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function checkWith(keyBytes: Buffer, signatureBytes: Buffer, signed: Buffer): void {
  const [key, signature] = [new Reader(keyBytes), new Reader(signatureBytes)]
  const [type, algorithm] = [key.text(), signature.text()]
  let isGood: boolean
  if (type === 'ssh-ed25519' && algorithm === type) {
    const value = signature.bytes()
    signature.end()
    isGood = verify(null, signed, ed25519Key(key.bytes()), value)
  } else if (type === 'ssh-rsa' && (algorithm === 'rsa-sha2-256' || algorithm === 'rsa-sha2-512')) {
    const [exponent, modulus] = [key.bytes(), key.bytes()]
    const value = signature.bytes()
    signature.end()
    isGood = verify(algorithm === 'rsa-sha2-256' ? 'sha256' : 'sha512', signed, rsaKey(exponent, modulus), value)
  } else if (type.startsWith('ecdsa-sha2-') && algorithm === type) {
    const value = signature.bytes()
    signature.end()
    isGood = checkEcdsa(key, type.slice('ecdsa-sha2-'.length), value, signed)
  } else if (type === 'sk-ssh-ed25519@openssh.com' && algorithm === type) {
    const point = key.bytes()
    const touched = ofSecurityKey(key.bytes(), signature, signed)
    isGood = verify(null, touched.signed, ed25519Key(point), touched.value)
  } else if (type === 'sk-ecdsa-sha2-nistp256@openssh.com' && algorithm === type) {
    const curve = key.text()
    const point = key.bytes()
    const touched = ofSecurityKey(key.bytes(), signature, signed)
    isGood = checkEcdsaPoint(point, curve, touched.value, touched.signed)
  } else throw new NotSigned(`its SSH signature is made with ${type.slice(0, 40)} (${algorithm.slice(0, 40)}), which is not taken`)
  if (!isGood) throw new NotSigned('its SSH signature is not of what it holds')
}

/** A key in hardware (openssh `PROTOCOL.u2f`): it has signed that somebody has touched it, too. */
function ofSecurityKey(application: Buffer, signature: Reader, signed: Buffer): { value: Buffer; signed: Buffer } {
  const value = signature.bytes()
  const flags = signature.take(1)
  const counter = signature.take(4)
  signature.end()
  if (((flags[0] ?? 0) & 1) === 0) throw new NotSigned('its SSH signature was made without anybody touching the key')
  const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
  return { value, signed: Buffer.concat([hash(application), flags, counter, hash(signed)]) }
}

function ed25519Key(point: Buffer): KeyObject {
  return keyOf({ kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') })
}

function rsaKey(exponent: Buffer, modulus: Buffer): KeyObject {
  const key = keyOf({ kty: 'RSA', e: unsigned(exponent).toString('base64url'), n: unsigned(modulus).toString('base64url') })
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < leastRsaBits) throw new NotSigned(`its SSH key is RSA with ${bits} bits, and at least ${leastRsaBits} are asked for`)
  return key
}

function checkEcdsa(key: Reader, named: string, value: Buffer, signed: Buffer): boolean {
  const curve = key.text()
  if (curve !== named) throw new NotSigned('its SSH key is of two curves')
  return checkEcdsaPoint(key.bytes(), curve, value, signed)
}

function checkEcdsaPoint(point: Buffer, curveName: string, value: Buffer, signed: Buffer): boolean {
  const curve = Object.hasOwn(curves, curveName) ? curves[curveName] : undefined
  if (curve === undefined || point.length !== 1 + 2 * curve.bytes || point[0] !== 4)
    throw new NotSigned('its SSH key is on no curve that is taken')
  const x = point.subarray(1, 1 + curve.bytes).toString('base64url')
  const key = keyOf({ kty: 'EC', crv: curve.crv, x, y: point.subarray(1 + curve.bytes).toString('base64url') })
  const reader = new Reader(value)
  const parts = [reader.bytes(), reader.bytes()].map((number) => padded(unsigned(number), curve.bytes))
  reader.end()
  return verify(curve.digest, signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(parts))
}

function keyOf(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new NotSigned('its SSH key cannot be read')
  }
}

/** A number of SSH's is signed: a zero stands before one whose first bit is set. */
function unsigned(number: Buffer): Buffer {
  let at = 0
  while (at < number.length - 1 && number[at] === 0) at += 1
  return number.subarray(at)
}

function padded(number: Buffer, length: number): Buffer {
  if (number.length > length) throw new NotSigned('its SSH signature has numbers that are too large')
  return Buffer.concat([Buffer.alloc(length - number.length), number])
}
