import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  certificate: string
  key: string
}

/** An authority nobody on this machine knows, and what it signs for 127.0.0.1 and for a client. */
export function makeAuthority(dir: string): { authority: string; server: Certificate; client: Certificate } {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Authority of a test',
  )
  const signed = (name: string, extensions: string): Certificate => {
    writeFileSync(join(dir, `${name}.ext`), extensions)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    return { certificate: read(`${name}.pem`), key: read(`${name}.key`) }
  }
  return {
    authority: read('ca.pem'),
    server: signed('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost\n'),
    client: signed('client', 'extendedKeyUsage=clientAuth\n'),
  }
}
