import { normalizedKeyID, type PgpKey, readAllowedSigners, readPgpKeys, type SigningKeys } from '@plimsoll/git'

const sshKey = 'allowed_signers'

/**
 * Keys of Argo CD's ConfigMap `argocd-gpg-keys-cm` (argo-cd `util/db/gpgkeys.go`: one armored public key under its key id), and those of SSH, which Argo CD
 * has no place for. What cannot be read vouches for nobody, and is a problem.
 */
export async function readSigningKeys(
  pgp: Readonly<Record<string, string>>,
  ssh: Readonly<Record<string, string>>,
): Promise<SigningKeys & { problems: string[] }> {
  const keys: PgpKey[] = []
  const problems: string[] = []
  for (const [name, armored] of Object.entries(pgp)) {
    try {
      const [key, ...others] = await readPgpKeys(armored)
      if (key === undefined || others.length > 0) throw new Error(`holds ${others.length + 1} keys, and not one`)
      if (normalizedKeyID(name) !== key.keyID) throw new Error(`holds key ${key.keyID}`)
      keys.push(key)
    } catch (error) {
      problems.push(`argocd-gpg-keys-cm: ${name.slice(0, 80)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const read = readAllowedSigners(ssh[sshKey] ?? '')
  return {
    pgp: keys,
    ssh: read.signers,
    problems: [...problems, ...read.problems.map((problem) => `plimsoll-ssh-signers: ${sshKey}: ${problem}`)],
  }
}
