import { type Config, config, createMessage, enums, type Key, readKeys, readSignature, verify } from 'openpgp'
import { keyIDOf } from './pgp-key-id.ts'
import type { PgpKey } from './pgp-keys.ts'
import { NotSigned, type SignedPart } from './signed-object.ts'
import type { SignatureVerdict } from './verify-signature.ts'

/**
 * Stricter than the library on its own: a key that vouches for itself with SHA-1 vouches for nothing (shattered.io, sha-mbles.github.io), and neither
 * do DSA, ElGamal, RSA below 2048 bits and MD5.
 */
const strict: Config = {
  ...config,
  minRSABits: 2047,
  rejectHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd, enums.hash.sha1]),
  rejectMessageHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd, enums.hash.sha1]),
  rejectPublicKeyAlgorithms: new Set([enums.publicKey.elgamal, enums.publicKey.dsa]),
}

const maxKeyBytes = 256 * 1024

export async function readKeysIn(armored: string): Promise<PgpKey[]> {
  if (armored.length > maxKeyBytes) throw new Error(`it has more than ${maxKeyBytes / 1024} KiB`)
  if (/-----BEGIN PGP PRIVATE KEY BLOCK-----/.test(armored))
    throw new Error('it holds a private key: export the public one (`gpg --armor --export`)')
  const blocks = blocksIn(armored)
  if (blocks.length === 0) throw new Error('it holds no public key (-----BEGIN PGP PUBLIC KEY BLOCK-----)')
  const keys: PgpKey[] = []
  for (const block of blocks) {
    let read: Key[]
    try {
      read = await readKeys({ armoredKeys: block })
    } catch (error) {
      throw new Error(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    keys.push(...read.map(describe))
  }
  return keys
}

function blocksIn(text: string): string[] {
  const [begin, end] = ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '-----END PGP PUBLIC KEY BLOCK-----']
  const blocks: string[] = []
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    const stop = text.indexOf(end, at)
    if (stop < 0) break
    blocks.push(text.slice(at, stop + end.length))
    at = stop
  }
  return blocks
}

function describe(key: Key): PgpKey {
  const fingerprint = key.getFingerprint().toUpperCase()
  return {
    keyID: keyIDOf(fingerprint),
    fingerprint,
    owner: (key.getUserIDs()[0] ?? '').slice(0, 500),
    subType: subTypeOf(key),
    keyData: key.armor(),
    key,
  }
}

function subTypeOf(key: Key): string {
  const { algorithm, bits, curve } = key.getAlgorithmInfo()
  if (algorithm.startsWith('rsa')) return `rsa${bits ?? ''}`
  const short = (curve ?? algorithm).replace('ed25519Legacy', 'ed25519').replace('Legacy', '')
  return short
}

export async function verifyPgp(
  { payload, signature: armored }: SignedPart,
  keys: readonly PgpKey[],
  now: number,
): Promise<SignatureVerdict> {
  const end = '-----END PGP SIGNATURE-----'
  const endsAt = armored.indexOf(end)
  if (endsAt < 0 || armored.slice(endsAt + end.length).trim() !== '') throw new NotSigned('its signature has something behind its end')
  const signature = await readSignature({ armoredSignature: armored, config: strict })
  const [packet, ...others] = [...signature.packets]
  if (packet === undefined || others.length > 0) throw new NotSigned('it has not exactly one signature')
  if (packet.signatureType !== enums.signature.binary) throw new NotSigned('its signature is not one of bytes')
  const issuer = packet.issuerKeyID
  if (/^0*$/.test(issuer.toHex())) throw new NotSigned('its signature does not say whose it is')
  const known = keys.find(({ key }) => key.getKeys(issuer).length > 0)
  const name = issuer.toHex().toUpperCase()
  if (known === undefined) return { kind: 'bad', reason: `it is signed with key ${name}, which is not known here` }
  const date = new Date(now)
  const signedAt = packet.created ?? date
  // The library asks whether a key was valid when it signed, which is what the signature itself says. Here it has to be valid today as well.
  for (const when of [signedAt, date]) {
    try {
      await known.key.getSigningKey(issuer, when, undefined, strict)
    } catch (error) {
      return {
        kind: 'bad',
        reason: `it is signed with key ${name}, which is not valid: ${error instanceof Error ? error.message : String(error)}`,
      }
    }
  }
  const message = await createMessage({ binary: new Uint8Array(payload) })
  const { signatures } = await verify({ message, signature, verificationKeys: known.key, date, config: strict })
  const [only] = signatures
  if (only === undefined || signatures.length !== 1) throw new NotSigned('it has not exactly one signature')
  await only.verified
  const signing = known.key.getKeys(issuer)[0]
  const keyIDs = [known.keyID, known.fingerprint, name, ...(signing ? [signing.getFingerprint().toUpperCase()] : [])]
  return { kind: 'good', keyIDs: [...new Set(keyIDs)], signer: known.owner }
}
