import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { AppProject } from '@plimsoll/api'
import { Fragment, type ReactNode, useState } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import { projectsApi } from '../../client/projects.ts'
import { canAdminister } from '../../facts/may.ts'
import { fleetPageQuery } from '../../loaders/fleet.ts'
import { projectQuery, projectsQuery } from '../../loaders/projects.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { ProjectDialog } from './project-dialog.tsx'
import { ProjectFacts } from './project-facts.tsx'

const route = getRouteApi('/settings/projects/$name')

/** One project: what it permits, its roles, its windows, its applications. */
export function ProjectPage() {
  const words = useWords()
  const w = words.projects
  const { name } = route.useParams()
  usePageTitle(name)
  const { data: project, error, refetch } = useQuery(projectQuery(name))
  const session = useSession()
  const mayChange = session.name === 'in' && canAdminister(session.identity)
  const [question, setQuestion] = useState<'edit' | 'remove'>()
  // One that ends late closes itself, and not what was opened since.
  const close = (which: typeof question) => () => setQuestion((now) => (now === which ? undefined : now))
  const reason = mayChange ? undefined : w.notAdmin
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              <code>{name}</code>
            </h1>
          </div>
          {project?.spec.description && <p className="lede">{project.spec.description}</p>}
        </div>
        {project && (
          <div className="actions">
            <Button icon="i-edit" reason={reason} onClick={() => setQuestion('edit')}>
              {w.edit}
            </Button>
            <Button
              icon="i-trash"
              look="danger"
              reason={reason ?? (name === 'default' ? w.defaultStays : undefined)}
              onClick={() => setQuestion('remove')}
            >
              {w.remove}
            </Button>
          </div>
        )}
      </div>
      {project ? (
        <>
          <Part id="project-permits" title={w.permits}>
            <ProjectFacts project={project} />
          </Part>
          <Roles project={project} />
          <Windows project={project} />
          <Applications name={name} />
        </>
      ) : error ? (
        <Failure title={words.failure.title.load(w.theProject)} error={error} onRetry={() => void refetch()} />
      ) : (
        <Bones lines={8} />
      )}
      {question === 'edit' && project && <ProjectDialog project={project} onClose={close('edit')} />}
      {question === 'remove' && <RemoveDialog name={name} onClose={close('remove')} />}
    </>
  )
}

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className="section project-part" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
      </div>
      <div className="panel">
        <div className="panel-body">{children}</div>
      </div>
    </section>
  )
}

function Roles({ project: { spec, status } }: { project: AppProject }) {
  const w = useWords().projects
  const roles = spec.roles ?? []
  const byRole = status?.jwtTokensByRole ?? {}
  const tokensOf = (name: string): number => (Object.hasOwn(byRole, name) ? (byRole[name]?.items?.length ?? 0) : 0)
  return (
    <Part id="project-roles" title={w.roles}>
      {roles.length === 0 ? (
        <p className="muted">{w.noRoles}</p>
      ) : (
        <dl className="facts">
          {roles.map((role) => (
            <Fragment key={role.name}>
              <dt>
                <code>{role.name}</code>
              </dt>
              <dd className="long">
                {role.description && <span className="line soft">{role.description}</span>}
                {(role.policies ?? []).map((policy) => (
                  <code className="line" key={policy}>
                    {policy}
                  </code>
                ))}
                <span className="line muted small dotted">
                  <span>{w.tokens(tokensOf(role.name))}</span>
                  {(role.groups ?? []).length > 0 && (
                    <span>
                      {w.groups}: {(role.groups ?? []).join(', ')}
                    </span>
                  )}
                </span>
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </Part>
  )
}

function Windows({ project: { spec } }: { project: AppProject }) {
  const w = useWords().projects
  const windows = spec.syncWindows ?? []
  return (
    <Part id="project-windows" title={w.windows}>
      {windows.length === 0 ? (
        <p className="muted">{w.noWindows}</p>
      ) : (
        windows.map(({ kind = '', schedule = '', duration = '', timeZone, description }, index) => (
          <span className="line" key={`${index} ${schedule}`}>
            {Object.hasOwn(w.windowKinds, kind) ? w.windowKinds[kind] : kind}{' '}
            <code>
              {schedule}, {duration}
              {timeZone ? `, ${timeZone}` : ''}
            </code>
            {description && <span className="muted"> {description}</span>}
          </span>
        ))
      )}
    </Part>
  )
}

function Applications({ name }: { name: string }) {
  const w = useWords().projects
  const { data } = useQuery({ ...fleetPageQuery({ projects: [name], limit: 500 }), refetchInterval: 5_000 })
  const own = (data?.items ?? []).map(({ summary }) => summary)
  return (
    <Part id="project-applications" title={w.applications}>
      {own.length === 0 ? (
        <p className="muted">{w.noApplications}</p>
      ) : (
        own.map(({ key, namespace, name: application }) => (
          <Link className="line mono" key={key} to="/applications/$namespace/$name" params={{ namespace, name: application }}>
            {calledOf({ namespace, name: application })}
          </Link>
        ))
      )}
    </Part>
  )
}

function RemoveDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const words = useWords()
  const w = words.projects
  const navigate = useNavigate()
  const { isBusy, error, submit } = useSubmit(async () => {
    await projectsApi.remove(name)
    // The list must not show it once more before it is read again.
    queryClient.setQueryData(
      projectsQuery.queryKey,
      (list) => list && { items: list.items.filter(({ metadata }) => metadata.name !== name) },
    )
    void queryClient.invalidateQueries({ queryKey: projectsQuery.queryKey, exact: true })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: w.removed(name) })
    void navigate({ to: '/settings/projects' })
  }, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.removeTitle(name)} />}
      submitLabel={w.remove}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.failed.remove}
      onClose={onClose}
    >
      <p>{w.removeText}</p>
    </SubmitDialog>
  )
}
