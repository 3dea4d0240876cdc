import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyPair } from './make-certificate.ts'

/** The cluster's own certificate authority and the server's certificate, as PEM. */
export interface ServerCertificates {
  ca: string
  cert: string
  key: string
}

/** A certificate is made anew this long before it ends. */
const renewBeforeMs = 90 * 24 * 60 * 60 * 1000

/** Reads what is in `directory`, or makes it. Keys are readable for the owner only. */
export async function loadCertificates(directory: string, now: number): Promise<ServerCertificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const authority = await readOrMake(
    join(directory, 'ca'),
    (pair) => isUsable(pair, now),
    async () => (await maker()).makeAuthority(now),
  )
  const server = await readOrMake(
    join(directory, 'server'),
    (pair) => isUsable(pair, now) && new X509Certificate(pair.cert).verify(new X509Certificate(authority.cert).publicKey),
    async () => (await maker()).makeServerCertificate(authority, now),
  )
  return { ca: authority.cert, cert: server.cert, key: server.key }
}

/** Loaded only when something has to be made: it is large, and nearly every start finds what it needs. */
function maker(): Promise<typeof import('./make-certificate.ts')> {
  return import('./make-certificate.ts')
}

function isUsable({ cert, key }: KeyPair, now: number): boolean {
  const certificate = new X509Certificate(cert)
  if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now + renewBeforeMs) return false
  return certificate.checkPrivateKey(createPrivateKey(key))
}

async function readOrMake(path: string, isGood: (pair: KeyPair) => boolean, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const existing = await readPair(path)
  if (existing !== undefined && isGood(existing)) return existing
  const made = await make()
  // Two files cannot change at once: a pair that was half written when the process died does not fit together and is made anew.
  await writePrivate(`${path}.key`, made.key)
  await writePrivate(`${path}.crt`, made.cert)
  return made
}

async function readPair(path: string): Promise<KeyPair | undefined> {
  try {
    return { cert: await readFile(`${path}.crt`, 'utf8'), key: await readFile(`${path}.key`, 'utf8') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all, readable for the owner only. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`
  await writeFile(temporary, content, { mode: 0o600, flush: true })
  await chmod(temporary, 0o600)
  await rename(temporary, path)
}
