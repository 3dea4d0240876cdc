import type { AllowedSigner } from './allowed-signers.ts'
import type { PgpKey } from './pgp-keys.ts'
import { type GitObject, NotSigned, type SignedPart, signedPartOf } from './signed-object.ts'
import { readSshSignature } from './ssh-signature.ts'

export interface SigningKeys {
  pgp: readonly PgpKey[]
  ssh: readonly AllowedSigner[]
}

/** A signature is good, or it is worth nothing: there is no half. */
export type SignatureVerdict =
  /** `keyIDs`: every name that the key goes by. */
  { kind: 'good'; keyIDs: readonly string[]; signer: string } | { kind: 'unsigned' } | { kind: 'bad'; reason: string }

/** Whether a commit or tag is signed by one of the keys, as of `now` (milliseconds since 1970). Depends on nothing else, and never rejects for what an object holds. */
export async function verifySignature(object: GitObject, keys: SigningKeys, now: number): Promise<SignatureVerdict> {
  try {
    const part = signedPartOf(object)
    if (part.signature.startsWith('-----BEGIN SSH SIGNATURE-----')) return verifySsh(part, keys.ssh, now)
    if (part.signature.startsWith('-----BEGIN PGP SIGNATURE-----')) {
      const { verifyPgp } = await import('./pgp.ts')
      return await verifyPgp(part, keys.pgp, now)
    }
    return { kind: 'bad', reason: 'its signature is neither of GPG nor of SSH' }
  } catch (error) {
    if (error instanceof NotSigned && error.isUnsigned) return { kind: 'unsigned' }
    return { kind: 'bad', reason: error instanceof Error ? error.message : String(error) }
  }
}

function verifySsh({ payload, signature }: SignedPart, signers: readonly AllowedSigner[], now: number): SignatureVerdict {
  const read = readSshSignature(signature)
  const known = signers.filter(({ fingerprint }) => fingerprint === read.fingerprint)
  if (known.length === 0) return { kind: 'bad', reason: `it is signed with SSH key ${read.fingerprint}, which is not known here` }
  const valid = known.find(({ validAfter = -Infinity, validBefore = Infinity }) => validAfter <= now && now < validBefore)
  if (!valid) return { kind: 'bad', reason: `it is signed with SSH key ${read.fingerprint}, which is not valid at this time` }
  read.check(payload)
  return { kind: 'good', keyIDs: [read.fingerprint], signer: valid.principals }
}
