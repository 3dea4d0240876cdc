import type { Key } from 'openpgp'

/** A public key, and what there is to know of it without trusting it. */
export interface PgpKey {
  /** The last 16 hexadecimal digits of its fingerprint, in capitals: what Argo CD calls it by. */
  keyID: string
  fingerprint: string
  /** The first of its user ids. */
  owner: string
  /** `rsa4096`, `ed25519`. */
  subType: string
  /** Armored. */
  keyData: string
  /** The library's. */
  key: Key
}

/** Every public key in a text. Throws with what is wrong, in words. */
export async function readPgpKeys(armored: string): Promise<PgpKey[]> {
  // Only who has keys loads what reads them: it takes 16 MB.
  const { readKeysIn } = await import('./pgp.ts')
  return readKeysIn(armored)
}
