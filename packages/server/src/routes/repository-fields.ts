import { maskCredentials } from '@plimsoll/git'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type RepositoryFields, noFields } from '../credentials/index.ts'
import type { AuditRule } from '../http/route-policy.ts'
import { bodyInteger } from './query.ts'

const text = z.string().max(4096).optional()
const secret = z
  .string()
  .max(64 * 1024)
  .optional()
const flag = z.boolean().optional()
const id = bodyInteger.optional()

/** Argo CD's fields of a repository and of a template, as its clients send them; what nobody here knows is left alone. */
export const credentialFields = {
  type: z.enum(['git', 'helm', 'oci', '']).optional(),
  username: text,
  password: secret,
  bearerToken: secret,
  sshPrivateKey: secret,
  tlsClientCertData: secret,
  tlsClientCertKey: secret,
  githubAppID: id,
  githubAppInstallationID: id,
  githubAppEnterpriseBaseUrl: text,
  githubAppPrivateKey: secret,
  proxy: text,
  noProxy: text,
  insecureOCIForceHttp: flag,
  enableOCI: flag,
  forceHttpBasicAuth: flag,
}

export const repositoryFields = {
  ...credentialFields,
  project: z.string().max(253).optional(),
  insecure: flag,
  insecureIgnoreHostKey: flag,
  enableLfs: flag,
}

type Sent = Partial<Omit<RepositoryFields, 'url' | 'type'>> & { type?: RepositoryFields['type'] | '' }

export function fieldsIn(url: string, sent: { [Name in keyof Sent]?: Sent[Name] | undefined }): RepositoryFields {
  const known = Object.entries(sent).filter(
    ([name, value]) => name !== 'url' && Object.hasOwn(noFields, name) && value !== undefined && value !== '',
  )
  return { ...noFields, ...(Object.fromEntries(known) as Partial<RepositoryFields>), url: url.trim() }
}

/** Written down by its address, without what somebody may have written into it. */
export function auditAddress(action: string, kind: 'repositories' | 'repocreds', key: 'repo' | 'url'): AuditRule {
  return {
    action,
    object(request: FastifyRequest) {
      const { name } = (request.params ?? {}) as { name?: unknown }
      const sent = ((request.body ?? {}) as Record<string, unknown>)[key]
      const address = typeof name === 'string' ? name : typeof sent === 'string' ? sent : ''
      return `${kind}/${withoutSecrets(address)}`.slice(0, 600)
    },
  }
}

export function withoutSecrets(address: string): string {
  return maskCredentials(address.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//'))
}
