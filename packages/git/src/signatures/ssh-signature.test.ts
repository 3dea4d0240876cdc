import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readSshSignature } from './ssh-signature.ts'

/** A key in hardware is played by one in memory: what it signs is the same (openssh PROTOCOL.u2f). */
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
const payload = Buffer.from('tree 1\n\nAdd it\n')
const type = 'sk-ssh-ed25519@openssh.com'
const hash = (bytes: Buffer, digest = 'sha256'): Buffer => createHash(digest).update(bytes).digest()

function text(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function armored(
  options: { flags?: number; version?: number; digest?: string; namespace?: string; more?: Buffer; key?: KeyObject } = {},
): string {
  const { flags = 1, version = 1, digest = 'sha512', namespace = 'git', more = Buffer.alloc(0), key = privateKey } = options
  const signed = Buffer.concat([
    Buffer.from('SSHSIG'),
    text(namespace),
    text(''),
    text(digest),
    text(hash(payload, digest === 'md5' ? 'md5' : digest)),
  ])
  const touched = Buffer.concat([hash(Buffer.from('ssh:')), Buffer.from([flags, 0, 0, 0, 7]), hash(signed)])
  const number = Buffer.alloc(4)
  number.writeUInt32BE(version)
  const blob = Buffer.concat([
    Buffer.from('SSHSIG'),
    number,
    text(Buffer.concat([text(type), text(point), text('ssh:')])),
    text(namespace),
    text(''),
    text(digest),
    text(Buffer.concat([text(type), text(sign(null, touched, key)), Buffer.from([flags, 0, 0, 0, 7])])),
    more,
  ])
  return `-----BEGIN SSH SIGNATURE-----\n${blob.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END SSH SIGNATURE-----\n`
}

describe('a signature of a key in hardware', () => {
  it('is good, of what it was made of', () => {
    const read = readSshSignature(armored())

    expect(read.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
    expect(() => read.check(payload)).not.toThrow()
    expect(() => read.check(Buffer.from('tree 2'))).toThrow('not of what it holds')
  })

  it('is none where nobody has touched the key, or another key has signed', () => {
    const other = generateKeyPairSync('ed25519').privateKey

    expect(() => readSshSignature(armored({ flags: 0 })).check(payload)).toThrow('without anybody touching')
    expect(() => readSshSignature(armored({ key: other })).check(payload)).toThrow('not of what it holds')
  })
})

describe('a signature of SSH that is not as it should be', () => {
  it.each([
    ['of another version', armored({ version: 2 }), 'no version that is known'],
    ['with MD5', armored({ digest: 'md5' }), "made with 'md5'"],
    ['for e-mails', armored({ namespace: 'email' }), 'not for Git'],
    ['with something behind it', armored({ more: Buffer.from('x') }), 'behind its end'],
    [
      'cut short',
      `-----BEGIN SSH SIGNATURE-----\n${Buffer.from('SSHSIG\0\0\0\x01\0\0\xff\xff', 'latin1').toString('base64')}\n-----END SSH SIGNATURE-----`,
      'cut short',
    ],
    ['with something else in its armor', armored().replace('-----END', 'x y\n-----END'), 'cannot be read'],
  ])('%s is refused', (_what, signature, words) => {
    expect(() => readSshSignature(signature)).toThrow(words)
  })
})
