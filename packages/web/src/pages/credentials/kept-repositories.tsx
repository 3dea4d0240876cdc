import { useQuery } from '@tanstack/react-query'
import type { ConfiguredRepository, CredentialTemplate, RepositoryCertificate } from '@plimsoll/api'
import { type ReactNode, useState } from 'react'
import { credentialsApi } from '../../client/credentials.ts'
import { canAdminister } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import type { Look } from '../../facts/tone.ts'
import { certificatesQuery, keptRepositoriesQuery, templatesQuery } from '../../loaders/credentials.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button, IconButton } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { CertificateDialog } from './certificate-dialog.tsx'
import { CredentialDialog } from './credential-dialog.tsx'
import { ForgetDialog } from './forget-dialog.tsx'

type Open =
  | { name: 'connect' | 'template' | 'certificate' }
  | { name: 'forget'; what: string; text: string; forget: () => Promise<unknown> }

const looks: Record<ConfiguredRepository['connectionState']['status'], Look> = {
  Successful: { glyph: 'g-ok', tone: 'ok' },
  Failed: { glyph: 'g-degraded', tone: 'bad' },
  Unknown: { glyph: 'g-unknown', tone: 'none' },
}

/** Repositories and registries elsewhere, and what lets us into them. */
export function KeptRepositories() {
  const words = useWords()
  const w = words.credentials
  usePageTitle(w.title)
  const session = useSession()
  const reason = session.name === 'in' && canAdminister(session.identity) ? undefined : w.notAdmin
  const repositories = useQuery(keptRepositoriesQuery)
  const templates = useQuery(templatesQuery)
  const certificates = useQuery(certificatesQuery)
  const [open, setOpen] = useState<Open>()
  const [isAsking, setAsking] = useState(false)
  const close = () => setOpen(undefined)
  const askAgain = async () => {
    setAsking(true)
    try {
      queryClient.setQueryData(keptRepositoriesQuery.queryKey, await credentialsApi.repositories(true))
    } catch {
      await repositories.refetch()
    } finally {
      setAsking(false)
    }
  }
  const connect = (
    <Button look="primary" icon="i-plus" reason={reason} onClick={() => setOpen({ name: 'connect' })}>
      {w.connect}
    </Button>
  )
  const forget = (what: string, text: string, work: () => Promise<unknown>, queryKey: readonly unknown[]) => () =>
    setOpen({ name: 'forget', what, text, forget: () => work().then(() => queryClient.invalidateQueries({ queryKey })) })
  // Trouble first.
  const items = (repositories.data?.items ?? []).toSorted((a, b) => rank(a) - rank(b))
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        {items.length > 0 && (
          <>
            <Button icon="i-refresh" busy={isAsking} onClick={() => void askAgain()}>
              {w.askAgain}
            </Button>
            {connect}
          </>
        )}
      </PageHead>
      {repositories.error && !repositories.data ? (
        <Failure
          title={words.failure.title.load(w.theRepositories)}
          error={repositories.error}
          onRetry={() => void repositories.refetch()}
        />
      ) : repositories.isPending ? (
        <Bones lines={5} />
      ) : items.length === 0 ? (
        <Empty icon="i-folder" title={w.none}>
          <p>{w.noneText}</p>
          <div className="buttons">{connect}</div>
        </Empty>
      ) : (
        <div className="panel fleet">
          <Table
            label={w.title}
            columns={[w.columns.repository, w.columns.state, w.columns.signIn, w.columns.project]}
            className="kept-table"
          >
            {items.map((one) => (
              <RepositoryRow
                key={one.secretName}
                repository={one}
                reason={reason}
                onForget={forget(
                  one.repo || one.secretName,
                  w.forgetText,
                  () => credentialsApi.disconnect(one),
                  keptRepositoriesQuery.queryKey,
                )}
              />
            ))}
          </Table>
        </div>
      )}
      <Section
        title={w.templates}
        lede={w.templatesLede}
        button={
          <Button small icon="i-plus" reason={reason} onClick={() => setOpen({ name: 'template' })}>
            {w.addTemplate}
          </Button>
        }
        query={templates}
        what={w.theTemplates}
      >
        {(templates.data?.items ?? []).length > 0 && (
          <Table label={w.templates} columns={[w.columns.prefix, w.columns.signIn]} className="kept-table">
            {(templates.data?.items ?? []).map((one) => (
              <TemplateRow
                key={one.secretName}
                template={one}
                reason={reason}
                onForget={forget(
                  one.url || one.secretName,
                  w.forgetTemplateText,
                  () => credentialsApi.removeTemplate(one.url),
                  templatesQuery.queryKey,
                )}
              />
            ))}
          </Table>
        )}
      </Section>
      <Section
        title={w.certificates}
        lede={w.certificatesLede}
        button={
          <Button small icon="i-plus" reason={reason} onClick={() => setOpen({ name: 'certificate' })}>
            {w.certificate.add}
          </Button>
        }
        query={certificates}
        what={w.theCertificates}
      >
        {(certificates.data?.items ?? []).length > 0 && (
          <Table label={w.certificates} columns={[w.columns.host, w.columns.kind, w.columns.info]} className="kept-table">
            {(certificates.data?.items ?? []).map((one) => (
              <CertificateRow
                key={`${one.certType} ${one.serverName} ${one.certSubType} ${one.certInfo}`}
                certificate={one}
                reason={reason}
                onForget={forget(
                  one.serverName,
                  w.forgetCertificateText,
                  () => credentialsApi.removeCertificates(one),
                  certificatesQuery.queryKey,
                )}
              />
            ))}
          </Table>
        )}
      </Section>
      {(open?.name === 'connect' || open?.name === 'template') && (
        <CredentialDialog isTemplate={open.name === 'template'} onClose={close} />
      )}
      {open?.name === 'certificate' && <CertificateDialog onClose={close} />}
      {open?.name === 'forget' && <ForgetDialog name={open.what} text={open.text} forget={open.forget} onClose={close} />}
    </>
  )
}

function rank({ connectionState }: ConfiguredRepository): number {
  return connectionState.status === 'Failed' ? 0 : 1
}

function Section({
  title,
  lede,
  button,
  query,
  what,
  children,
}: {
  title: string
  lede: string
  button: ReactNode
  query: { isPending: boolean; error: unknown; data: unknown; refetch: () => unknown }
  what: string
  children: ReactNode
}) {
  const words = useWords()
  return (
    <section className="panel kept-section" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        <span className="end">{button}</span>
      </div>
      <div className="panel-body">
        <p className="muted small">{lede}</p>
        {query.isPending && <Bones lines={2} />}
        {Boolean(query.error) && !query.data && (
          <Failure title={words.failure.title.load(what)} error={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
      {children}
    </section>
  )
}

function Table({
  label,
  columns,
  className,
  children,
}: {
  label: string
  columns: readonly string[]
  className: string
  children: ReactNode
}) {
  const words = useWords()
  return (
    <table className={`table block-table ${className}`} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((one) => (
            <th key={one} role="columnheader" scope="col">
              {one}
            </th>
          ))}
          <th role="columnheader" scope="col">
            <span className="visually-hidden">{words.credentials.columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  )
}

function Forget({ name, reason, onForget }: { name: string; reason: string | undefined; onForget: () => void }) {
  const w = useWords().credentials
  return (
    <td role="cell" className="c-end">
      <IconButton icon="i-trash" look="ghost" small label={w.forgetOf(name)} reason={reason} onClick={onForget} />
    </td>
  )
}

function RepositoryRow({
  repository,
  reason,
  onForget,
}: {
  repository: ConfiguredRepository
  reason: string | undefined
  onForget: () => void
}) {
  const words = useWords()
  const w = words.credentials
  const { repo, name, type, project, connectionState, method, inheritedCreds, username, insecure, secretName, proxy } = repository
  const notes = [w.types[type], name, insecure && w.insecure, proxy && w.byProxy].filter(Boolean)
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <strong className="address">{repo || secretName}</strong>
        <span className="line muted small">{notes.join(' · ')}</span>
      </td>
      <td role="cell" className="c-state">
        <Status look={looks[connectionState.status]} word={w.states[connectionState.status]} />{' '}
        {connectionState.attemptedAt !== undefined && (
          <span className="muted small">
            <Ago at={toMs(connectionState.attemptedAt)} long />
          </span>
        )}
        {connectionState.message !== '' && <span className="line small said">{connectionState.message}</span>}
      </td>
      <td role="cell" className="soft" data-label={w.columns.signIn}>
        {inheritedCreds ? w.byTemplate : w.methods[method]}
        {username !== undefined && <span className="line muted small">{username}</span>}
      </td>
      <td role="cell" className="soft" data-label={w.columns.project}>
        {project ?? <span className="muted">{w.allProjects}</span>}
      </td>
      <Forget name={repo || secretName} reason={reason ?? (repo === '' ? w.noAddress : undefined)} onForget={onForget} />
    </tr>
  )
}

function TemplateRow({ template, reason, onForget }: { template: CredentialTemplate; reason: string | undefined; onForget: () => void }) {
  const w = useWords().credentials
  const { url, secretName, type, method, username, problem } = template
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <strong className="address">{url || secretName}</strong>
        <span className="line muted small">{w.types[type]}</span>
        {problem !== undefined && <span className="line small said">{w.templateProblem(secretName, problem)}</span>}
      </td>
      <td role="cell" className="soft" data-label={w.columns.signIn}>
        {w.methods[method]}
        {username !== undefined && <span className="line muted small">{username}</span>}
      </td>
      <Forget name={url || secretName} reason={reason ?? (url === '' ? w.noAddress : undefined)} onForget={onForget} />
    </tr>
  )
}

function CertificateRow({
  certificate,
  reason,
  onForget,
}: {
  certificate: RepositoryCertificate
  reason: string | undefined
  onForget: () => void
}) {
  const w = useWords().credentials
  const { serverName, certType, certSubType, certInfo } = certificate
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <strong className="address">{serverName}</strong>
      </td>
      <td role="cell" className="soft" data-label={w.columns.kind}>
        {w.certificate.types[certType]} <span className="muted small">{certSubType}</span>
      </td>
      <td role="cell" className="soft">
        <code className="address">{certInfo}</code>
      </td>
      <Forget name={`${serverName} ${certSubType}`} reason={reason} onForget={onForget} />
    </tr>
  )
}
