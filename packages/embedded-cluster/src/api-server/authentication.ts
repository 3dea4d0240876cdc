import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import { writePrivate } from './certificates.ts'

/** As authentication/v1 UserInfo. */
export interface User {
  username: string
  uid?: string
  groups: string[]
  extra?: Record<string, string[]>
}

/** What a service account's token says, checked against what exists now. */
export interface ServiceAccountLookup {
  find(plural: 'serviceaccounts' | 'pods' | 'secrets', namespace: string, name: string): KubeObject | undefined
}

export const defaultAudience = 'https://kubernetes.default.svc.cluster.local'

const administrator: User = { username: 'plimsoll-admin', groups: ['system:masters', 'system:authenticated'] }

interface Claims {
  iss: string
  sub: string
  aud: string[]
  exp: number
  iat: number
  nbf: number
  jti: string
  'kubernetes.io': {
    namespace: string
    serviceaccount: { name: string; uid: string }
    pod?: { name: string; uid: string }
    secret?: { name: string; uid: string }
  }
}

/**
 * Who is calling. Two kinds of bearer tokens: the administrator's, which is in the kubeconfig, and those of service accounts, which are
 * signed, expire, and end with their account.
 */
export class Authentication {
  readonly token: string
  readonly #tokenDigest: Buffer
  readonly #key: KeyObject
  readonly #publicKey: KeyObject
  readonly #lookup: ServiceAccountLookup

  private constructor(token: string, key: KeyObject, lookup: ServiceAccountLookup) {
    this.token = token
    this.#tokenDigest = digest(token)
    this.#key = key
    this.#publicKey = createPublicKey(key)
    this.#lookup = lookup
  }

  /** Reads token and signing key from `directory`, or makes them. */
  static async load(directory: string, lookup: ServiceAccountLookup): Promise<Authentication> {
    const token = await readOrMake(join(directory, 'admin.token'), () => randomBytes(32).toString('base64url'))
    const pem = await readOrMake(join(directory, 'service-account.key'), () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    )
    return new Authentication(token, createPrivateKey(pem), lookup)
  }

  /** Undefined: nobody we know. */
  authenticate(request: IncomingMessage, now: number): User | undefined {
    const match = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')
    const token = match?.[1] ?? tokenFromProtocols(request.headers['sec-websocket-protocol'])
    return token === undefined ? undefined : this.userOf(token, now)?.user
  }

  userOf(token: string, now: number): { user: User; audiences: string[] } | undefined {
    // Digests have equal length, so that the comparison takes the same time for every token.
    if (timingSafeEqual(digest(token), this.#tokenDigest)) return { user: administrator, audiences: [defaultAudience] }
    const claims = this.#verified(token)
    if (claims === undefined || claims.exp * 1000 <= now || claims.nbf * 1000 > now + 60_000) return undefined
    const { namespace, serviceaccount, pod, secret } = claims['kubernetes.io']
    if (this.#lookup.find('serviceaccounts', namespace, serviceaccount.name)?.metadata.uid !== serviceaccount.uid) return undefined
    if (pod !== undefined && this.#lookup.find('pods', namespace, pod.name)?.metadata.uid !== pod.uid) return undefined
    if (secret !== undefined && this.#lookup.find('secrets', namespace, secret.name)?.metadata.uid !== secret.uid) return undefined
    return {
      audiences: claims.aud,
      user: {
        username: claims.sub,
        uid: serviceaccount.uid,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] },
      },
    }
  }

  /** A token for `serviceaccounts/token`. */
  issue(
    account: KubeObject,
    options: { audiences: string[]; seconds: number; boundTo?: KubeObject; now: number },
  ): { token: string; expiresAt: number } {
    const issuedAt = Math.floor(options.now / 1000)
    const namespace = account.metadata.namespace ?? ''
    const reference = (object: KubeObject): { name: string; uid: string } => ({
      name: object.metadata.name,
      uid: object.metadata.uid ?? '',
    })
    const { boundTo } = options
    const claims: Claims = {
      iss: defaultAudience,
      sub: `system:serviceaccount:${namespace}:${account.metadata.name}`,
      aud: options.audiences.length === 0 ? [defaultAudience] : options.audiences,
      exp: issuedAt + options.seconds,
      iat: issuedAt,
      nbf: issuedAt,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace,
        serviceaccount: reference(account),
        ...(boundTo === undefined ? {} : boundTo.kind === 'Pod' ? { pod: reference(boundTo) } : { secret: reference(boundTo) }),
      },
    }
    const body = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(body), { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    return { token: `${body}.${signature}`, expiresAt: claims.exp * 1000 }
  }

  #verified(token: string): Claims | undefined {
    const [header, payload, signature, ...more] = token.split('.')
    if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined
    if (header !== encode({ alg: 'ES256', typ: 'JWT' })) return undefined
    const isOurs = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: this.#publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    return isOurs ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims) : undefined
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Browsers cannot set headers on a WebSocket: the token comes as a protocol (apiserver `pkg/authentication/request/websocket`). */
function tokenFromProtocols(header: string | undefined): string | undefined {
  const prefix = 'base64url.bearer.authorization.k8s.io.'
  const protocol = header
    ?.split(',')
    .map((item) => item.trim())
    .find((item) => item.startsWith(prefix))
  return protocol && Buffer.from(protocol.slice(prefix.length), 'base64url').toString()
}

async function readOrMake(path: string, make: () => string): Promise<string> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (text !== '') return text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const made = make().trim()
  await writePrivate(path, `${made}\n`)
  return made
}
