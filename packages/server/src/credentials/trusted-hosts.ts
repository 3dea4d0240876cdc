import { createHash, X509Certificate } from 'node:crypto'
import { PlimsollError, type RepositoryCertificate } from '@plimsoll/api'
import type { TargetCluster } from '@plimsoll/applications'
import { isNotFound, type KubeObject } from '@plimsoll/kube'

/** Argo CD's ConfigMaps: host keys as lines of known_hosts under one key, and PEM by host (argo-cd `docs/operator-manual/declarative-setup.md`). */
const knownHostsName = 'argocd-ssh-known-hosts-cm'
const knownHostsKey = 'ssh_known_hosts'
const authoritiesName = 'argocd-tls-certs-cm'

export interface CertificateFilter {
  hostNamePattern?: string | undefined
  certType?: string | undefined
  certSubType?: string | undefined
}

/** Whom we believe that they are who they say: SSH hosts by their keys, HTTPS hosts by whoever signs for them. Read anew at each use. */
export interface TrustedHosts {
  /** PEM; undefined: the authorities of this machine. */
  authorityOf(host: string): string | undefined
  /** Lines of known_hosts; undefined where nothing is said. */
  knownHosts(): string | undefined
  list(filter?: CertificateFilter): RepositoryCertificate[]
  /** Those that were made or changed. Rejects with `already-exists` where another is there, unless `upsert`. */
  add(certificates: readonly RepositoryCertificate[], options: { upsert: boolean }): Promise<RepositoryCertificate[]>
  /** Those that were removed. */
  remove(filter: CertificateFilter): Promise<RepositoryCertificate[]>
}

interface KnownHost {
  host: string
  kind: string
  key: string
}

export function createTrustedHosts(home: Pick<TargetCluster, 'cache' | 'client'>, namespace: string): TrustedHosts {
  const find = (name: string): KubeObject | undefined => home.cache.get({ group: '', kind: 'ConfigMap', namespace, name })
  const linesOf = (object: KubeObject | undefined): string => textsIn(object)[knownHostsKey] ?? ''

  /** The newest one there is, changed; made where there is none. */
  async function write(name: string, change: (data: Record<string, string>) => Record<string, string>): Promise<void> {
    const type = await home.client.typeOf('v1', 'ConfigMap')
    if (!type) throw new PlimsollError('cluster-unreachable', 'The cluster serves no ConfigMaps.')
    const live = await home.client.get(type, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    const data = change({ ...textsIn(live) })
    const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' }
    const written = live
      ? await home.client.update(type, { ...live, data }, { fieldManager: 'plimsoll' })
      : await home.client.create(
          type,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data },
          { fieldManager: 'plimsoll' },
        )
    home.cache.observe(written)
  }

  function list({ hostNamePattern, certType, certSubType }: CertificateFilter = {}): RepositoryCertificate[] {
    const isWanted = (host: string): boolean => matches(host, hostNamePattern)
    const isKind = (kind: string): boolean => !certSubType || certSubType === '*' || certSubType === kind
    const ssh = knownHostsIn(linesOf(find(knownHostsName))).filter(({ host, kind }) => isWanted(host) && isKind(kind))
    const tls = Object.entries(textsIn(find(authoritiesName))).filter(([host]) => isWanted(host))
    return [
      ...(isType(certType, 'ssh') ? ssh.map(shownKey) : []),
      ...(isType(certType, 'https') ? tls.flatMap(([host, text]) => shownAuthorities(host, text)) : []),
    ]
  }

  return {
    authorityOf(host) {
      const data = textsIn(find(authoritiesName))
      const text = Object.hasOwn(data, host) ? data[host] : undefined
      return text !== undefined && text.trim() !== '' ? text : undefined
    },
    knownHosts() {
      const lines = linesOf(find(knownHostsName))
      return lines.trim() === '' ? undefined : `${lines.replace(/\n*$/, '')}\n`
    },
    list,

    async add(certificates, { upsert }) {
      const made: RepositoryCertificate[] = []
      const keys = certificates.filter(({ certType }) => certType === 'ssh').map(readKnownHost)
      const authorities = certificates.filter(({ certType }) => certType === 'https').map(readAuthority)
      if (keys.length > 0) {
        await write(knownHostsName, (data) => {
          const lines = (data[knownHostsKey] ?? '').split('\n').filter((line) => line.trim() !== '')
          for (const wanted of keys) {
            const at = lines.findIndex((line) => knownHostsIn(line).some(({ host, kind }) => host === wanted.host && kind === wanted.kind))
            const line = `${wanted.host} ${wanted.kind} ${wanted.key}`
            if (at < 0) lines.push(line)
            else if (knownHostsIn(lines[at] ?? '')[0]?.key === wanted.key) continue
            else if (!upsert) throw exists(`A key of the kind ${wanted.kind} for '${wanted.host}'`)
            else lines[at] = line
            made.push(shownKey(wanted))
          }
          return { ...data, [knownHostsKey]: `${lines.join('\n')}\n` }
        })
      }
      if (authorities.length > 0) {
        await write(authoritiesName, (data) => {
          const changed = new Map(Object.entries(data))
          for (const { host, text } of authorities) {
            const before = changed.get(host)
            if (before?.trim() === text.trim()) continue
            if (before !== undefined && !upsert) throw exists(`A certificate for '${host}'`)
            changed.set(host, text)
            made.push(...shownAuthorities(host, text))
          }
          return Object.fromEntries(changed)
        })
      }
      return made
    },

    async remove(filter) {
      const gone = list(filter)
      const isGone = (type: string, host: string, kind?: string): boolean =>
        gone.some((one) => one.certType === type && one.serverName === host && (kind === undefined || one.certSubType === kind))
      if (gone.some(({ certType }) => certType === 'ssh')) {
        await write(knownHostsName, (data) => {
          const kept = (data[knownHostsKey] ?? '')
            .split('\n')
            .filter((line) => !knownHostsIn(line).some(({ host, kind }) => isGone('ssh', host, kind)))
          return { ...data, [knownHostsKey]: kept.join('\n') }
        })
      }
      if (gone.some(({ certType }) => certType === 'https')) {
        await write(authoritiesName, (data) => Object.fromEntries(Object.entries(data).filter(([host]) => !isGone('https', host))))
      }
      return gone
    },
  }
}

/** Lines that name a host in the clear; hashed ones count for ssh, and nobody can say here what they are about. */
function knownHostsIn(text: string): KnownHost[] {
  return text.split('\n').flatMap((line) => {
    const [host = '', kind = '', key = ''] = line.trim().split(/\s+/)
    return host === '' || /^[#@|]/.test(host) || key === '' ? [] : [{ host, kind, key }]
  })
}

function readKnownHost({ serverName, certSubType, certData }: RepositoryCertificate): KnownHost {
  const key = Buffer.from(certData ?? '', 'base64')
    .toString('utf8')
    .trim()
  const bytes = Buffer.from(key, 'base64')
  const name = bytes.subarray(4, 4 + (bytes.length >= 4 ? bytes.readUInt32BE(0) : 0)).toString('latin1')
  // RFC 4253, 6.6: a public key begins with the name of its kind.
  if (!isHostName(serverName.replace(/^\[(.*)\]:\d{1,5}$/, '$1')) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key) || name !== certSubType) {
    throw new PlimsollError('invalid-request', `That is no host key of '${serverName.slice(0, 200)}'.`, {
      remedy: 'Pass lines as ssh-keyscan prints them: HOST ssh-ed25519 AAAA…',
    })
  }
  return { host: serverName, kind: certSubType, key }
}

function readAuthority({ serverName, certData }: RepositoryCertificate): { host: string; text: string } {
  const text = Buffer.from(certData ?? '', 'base64').toString('utf8')
  if (!isHostName(serverName)) {
    throw new PlimsollError('invalid-request', `'${serverName.slice(0, 200)}' is no name of a host.`, {
      remedy: 'Leave scheme, port and path away.',
    })
  }
  const blocks = pemBlocks(text)
  if (blocks.length === 0 || blocks.some((block) => certificateIn(block) === undefined)) {
    throw new PlimsollError('invalid-request', `What is given for '${serverName}' is no certificate in PEM form.`, {
      remedy: 'Pass it from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
    })
  }
  return { host: serverName.toLowerCase(), text }
}

function shownKey({ host, kind, key }: KnownHost): RepositoryCertificate {
  const print = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')
  return { serverName: host, certType: 'ssh', certSubType: kind, certInfo: `SHA256:${print}` }
}

function shownAuthorities(host: string, text: string): RepositoryCertificate[] {
  const blocks = pemBlocks(text)
  return (blocks.length > 0 ? blocks : [text]).map((block) => {
    const found = certificateIn(block)
    return {
      serverName: host,
      certType: 'https',
      certSubType: found?.publicKey.asymmetricKeyType ?? 'invalid',
      certInfo: found ? found.subject.replaceAll('\n', ', ') : 'It is no certificate in PEM form.',
    }
  })
}

function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
}

function certificateIn(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block)
  } catch {
    return undefined
  }
}

function isType(wanted: string | undefined, type: 'ssh' | 'https'): boolean {
  return !wanted || wanted === '*' || wanted === type || (wanted === 'tls' && type === 'https')
}

/** As Argo CD's: `*` and `?`, in any letter case. */
function matches(host: string, pattern: string | undefined): boolean {
  if (!pattern) return true
  if (pattern.length > 253) return false
  const [names, wanted] = [host.toLowerCase(), pattern.toLowerCase()]
  // Linear in both: of each text at most one star is gone back to.
  let [at, inPattern, star, resume] = [0, 0, -1, 0]
  while (at < names.length) {
    if (wanted[inPattern] === '*') [star, resume] = [inPattern++, at]
    else if (wanted[inPattern] === names[at] || wanted[inPattern] === '?') [at, inPattern] = [at + 1, inPattern + 1]
    else if (star >= 0) [inPattern, at, resume] = [star + 1, resume + 1, resume + 1]
    else return false
  }
  return wanted.slice(inPattern).replaceAll('*', '') === ''
}

function isHostName(text: string): boolean {
  return text.length <= 253 && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text)
}

function textsIn(object: KubeObject | undefined): Record<string, string> {
  const data = object?.['data']
  if (typeof data !== 'object' || data === null) return {}
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function exists(what: string): PlimsollError {
  return new PlimsollError('already-exists', `${what} is there already, and is another one.`, { remedy: 'Replace it with --upsert.' })
}
