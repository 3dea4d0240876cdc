import type { ConfiguredRepository, CredentialTemplate, RepositoryCertificate } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about what lets us into repositories elsewhere: one function for each. */

/** Fields of Argo CD; what is not said is left away. */
export type CredentialFields = Record<string, string | number | boolean | undefined>

export const credentialsApi = {
  repositories: (isFresh = false) =>
    call<{ items: ConfiguredRepository[] }>('GET', join('repositories'), {
      query: { hosted: false, ...(isFresh && { forceRefresh: true }) },
    }),
  connect: (fields: CredentialFields, upsert: boolean) =>
    call<{ repo: string }>('POST', join('repositories'), { query: { upsert }, body: fields }),
  disconnect: ({ repo, project = '' }: ConfiguredRepository) =>
    call<unknown>('DELETE', join('repositories', repo), { query: { appProject: project } }),
  templates: () => call<{ items: CredentialTemplate[] }>('GET', join('repocreds')),
  saveTemplate: (fields: CredentialFields, upsert: boolean) =>
    call<CredentialTemplate>('POST', join('repocreds'), { query: { upsert }, body: fields }),
  removeTemplate: (url: string) => call<unknown>('DELETE', join('repocreds', url)),
  certificates: () => call<{ items: RepositoryCertificate[] }>('GET', join('certificates')),
  addCertificates: (items: Omit<RepositoryCertificate, 'certInfo'>[], upsert: boolean) =>
    call<{ items: RepositoryCertificate[] }>('POST', join('certificates'), { query: { upsert }, body: { items } }),
  removeCertificates: ({ serverName, certType, certSubType }: RepositoryCertificate) =>
    call<unknown>('DELETE', join('certificates'), {
      query: { hostNamePattern: serverName, certType, ...(certType === 'ssh' && { certSubType }) },
    }),
}
