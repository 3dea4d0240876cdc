import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AppProject } from '@plimsoll/api'
import { useState } from 'react'
import { canAdminister } from '../../facts/may.ts'
import { choicesQuery } from '../../loaders/fleet.ts'
import { projectsQuery } from '../../loaders/projects.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { destinationText } from './project-facts.tsx'
import { ProjectDialog } from './project-dialog.tsx'

/** All projects that one may see. */
export function Projects() {
  const words = useWords()
  const w = words.projects
  usePageTitle(w.title)
  const session = useSession()
  const mayChange = session.name === 'in' && canAdminister(session.identity)
  const { data, error, isPending, refetch } = useQuery(projectsQuery)
  const { data: choices } = useQuery({ ...choicesQuery, refetchInterval: 5_000 })
  const [isNew, setNew] = useState(false)
  const countOf = (name: string): number => choices?.projects.find(({ value }) => value === name)?.count ?? 0
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        <Button look="primary" icon="i-plus" reason={mayChange ? undefined : w.notAdmin} onClick={() => setNew(true)}>
          {w.create}
        </Button>
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theProjects)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={4} />
      ) : (
        <div className="panel fleet">
          <table className="table block-table projects-table" role="table" aria-label={w.title}>
            <thead role="rowgroup">
              <tr role="row">
                {(['name', 'sources', 'destinations', 'roles', 'applications'] as const).map((one) => (
                  <th key={one} role="columnheader" scope="col">
                    {w.columns[one]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {(data?.items ?? []).map((one) => (
                <Row key={one.metadata.name} project={one} count={countOf(one.metadata.name)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isNew && <ProjectDialog onClose={() => setNew(false)} />}
    </>
  )
}

function Row({ project: { metadata, spec }, count }: { project: AppProject; count: number }) {
  const w = useWords().projects
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <Link className="row-title mono" to="/settings/projects/$name" params={{ name: metadata.name }}>
          {metadata.name}
        </Link>
        {spec.description && <span className="line muted small">{spec.description}</span>}
      </td>
      <td role="cell" className="soft" data-label={w.columns.sources}>
        <Few texts={spec.sourceRepos ?? []} />
      </td>
      <td role="cell" className="soft" data-label={w.columns.destinations}>
        <Few texts={(spec.destinations ?? []).map(destinationText)} />
      </td>
      <td role="cell" className="nowrap" data-label={w.columns.roles}>
        {(spec.roles ?? []).length}
      </td>
      <td role="cell" className="nowrap" data-label={w.columns.applications}>
        {count}
      </td>
    </tr>
  )
}

const mostShown = 2

function Few({ texts }: { texts: readonly string[] }) {
  const w = useWords().projects
  if (texts.length === 0) return <span className="muted">{w.nothing}</span>
  return (
    <>
      {texts.slice(0, mostShown).map((text) => (
        <code className="line" key={text}>
          {text}
        </code>
      ))}
      {texts.length > mostShown && <span className="line muted small">+ {texts.length - mostShown}</span>}
    </>
  )
}
