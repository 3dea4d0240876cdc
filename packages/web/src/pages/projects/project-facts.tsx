import type { AppProject, ProjectClusterKind, ProjectDestination } from '@plimsoll/api'
import type { ReactNode } from 'react'
import { useWords } from '../../words/index.tsx'

export function destinationText({ server, name, namespace }: ProjectDestination): string {
  return `${server || name || ''}, ${namespace ?? ''}`
}

function kindText({ group, kind, name }: ProjectClusterKind): string {
  return `${group === '' ? '' : `${group}/`}${kind}${name ? ` ${name}` : ''}`
}

/** What a project permits, list by list. */
export function ProjectFacts({ project: { spec } }: { project: AppProject }) {
  const w = useWords().projects
  const denied = (spec.clusterResourceBlacklist ?? []).map(kindText)
  const deniedInNamespaces = (spec.namespaceResourceBlacklist ?? []).map(kindText)
  return (
    <dl className="facts">
      <Fact label={w.rows.sourceRepos} texts={spec.sourceRepos ?? []} />
      <Fact label={w.rows.destinations} texts={(spec.destinations ?? []).map(destinationText)} />
      <Fact label={w.rows.clusterAllowed} texts={(spec.clusterResourceWhitelist ?? []).map(kindText)} />
      {denied.length > 0 && <Fact label={w.rows.clusterDenied} texts={denied} />}
      <Fact label={w.rows.namespaceAllowed} texts={spec.namespaceResourceWhitelist?.map(kindText)} />
      {deniedInNamespaces.length > 0 && <Fact label={w.rows.namespaceDenied} texts={deniedInNamespaces} />}
      {(spec.sourceNamespaces ?? []).length > 0 && <Fact label={w.rows.sourceNamespaces} texts={spec.sourceNamespaces ?? []} />}
      {spec.orphanedResources && <Row label={w.rows.orphaned}>{w.watched}</Row>}
    </dl>
  )
}

/** Without a list anything is permitted; with an empty one nothing. */
function Fact({ label, texts }: { label: string; texts: readonly string[] | undefined }) {
  const w = useWords().projects
  if (texts === undefined) return <Row label={label}>{w.everything}</Row>
  if (texts.length === 0) return <Row label={label}>{w.nothing}</Row>
  return (
    <Row label={label}>
      {texts.map((text) => (
        <code className="line" key={text}>
          {text}
        </code>
      ))}
    </Row>
  )
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd className="long">{children}</dd>
    </>
  )
}
