import { sshFingerprint } from './ssh-signature.ts'

/** A line of an allowed signers file (ssh-keygen(1), ALLOWED SIGNERS). */
export interface AllowedSigner {
  /** `mina@example.com`, or several, with wildcards. */
  principals: string
  fingerprint: string
  keyType: string
  /** Milliseconds since 1970. */
  validAfter?: number
  validBefore?: number
}

const keyTypes = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
])
const maxLines = 10_000

/** Signers of commits and tags. A line that cannot be read allows nobody, and is a problem. */
export function readAllowedSigners(text: string): { signers: AllowedSigner[]; problems: string[] } {
  const signers: AllowedSigner[] = []
  const problems: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    try {
      if (index >= maxLines) throw new Error(`no more than ${maxLines} lines are read`)
      const signer = signerOf(line.trim())
      if (signer) signers.push(signer)
    } catch (error) {
      problems.push(`line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`)
      if (index >= maxLines) break
    }
  }
  return { signers, problems }
}

function signerOf(line: string): AllowedSigner | undefined {
  const words = [...line.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word)
  const at = words.findIndex((word) => keyTypes.has(word))
  if (at < 1 || at > 2) throw new Error('is not PRINCIPALS [OPTIONS] KEYTYPE KEY')
  const [principals = ''] = words
  const encoded = words[at + 1] ?? ''
  const key = Buffer.from(encoded, 'base64')
  const type = words[at] ?? ''
  const length = key.length > 4 ? key.readUInt32BE() : 0
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded) || key.toString('latin1', 4, 4 + length) !== type) throw new Error(`holds no key of type ${type}`)
  const options = at === 2 ? optionsIn(words[1] ?? '') : new Map<string, string>()
  if (options.has('cert-authority')) throw new Error('cert-authority: certificates are not taken; list the keys themselves')
  for (const name of options.keys()) {
    if (!['namespaces', 'valid-after', 'valid-before'].includes(name)) throw new Error(`there is no option '${name.slice(0, 40)}'`)
  }
  const namespaces = options.get('namespaces')
  if (namespaces !== undefined && !namespaces.split(',').some((one) => one === 'git' || one === '*')) return undefined
  const [after, before] = [options.get('valid-after'), options.get('valid-before')]
  return {
    principals: principals.replaceAll('"', ''),
    fingerprint: sshFingerprint(key),
    keyType: type,
    ...(after !== undefined && { validAfter: timeOf(after) }),
    ...(before !== undefined && { validBefore: timeOf(before) }),
  }
}

function optionsIn(text: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(/([\w-]+)(?:="([^"]*)")?(?:,|$)/g)) options.set(name.toLowerCase(), value)
  return options
}

/** `YYYYMMDD[HHMM[SS]][Z]`. Always of UTC: what is local to one machine is another time on another. */
function timeOf(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0))
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  if (!match || new Date(ms).getUTCDate() !== day) throw new Error(`'${text.slice(0, 40)}' is no time: YYYYMMDD[HHMM[SS]][Z] is one`)
  return ms
}
