import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { signOut } from '../client/session.ts'
import { settingsQuery, versionQuery } from '../loaders/queries.ts'
import { useSession } from '../loaders/session.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Bones } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { OutsideLink } from '../parts/outside-link.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { usePageTitle } from '../parts/page-title.ts'
import { Failure } from '../parts/problem.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { setTheme, useTheme } from '../parts/theme.ts'
import { useLanguage, useWords } from '../words/index.tsx'
import { Prose } from '../words/prose.tsx'
import type { Sentence } from '../words/say.ts'

export function Settings() {
  const { words, choose, choice } = useLanguage()
  const w = words.settings
  usePageTitle(w.title)
  const { theme } = useTheme()
  const session = useSession()
  return (
    <>
      <PageHead title={w.title} />
      <div className="settings">
        <section className="panel" aria-labelledby="appearance">
          <div className="panel-head">
            <h2 id="appearance">{w.appearance}</h2>
          </div>
          <div className="panel-body setting-rows">
            <div className="setting">
              <span>{w.theme}</span>
              <Segmented
                label={w.theme}
                value={theme}
                choices={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: w.themes[value] }))}
                onChange={setTheme}
              />
            </div>
            <div className="setting">
              <span>{w.language}</span>
              <Segmented
                label={w.language}
                value={choice ?? 'system'}
                choices={(['system', 'en', 'ko'] as const).map((value) => ({ value, label: w.languages[value] }))}
                onChange={(next) => choose(next === 'system' ? undefined : next)}
              />
            </div>
          </div>
        </section>
        {session.name === 'in' && (
          <section className="panel" aria-labelledby="set-up">
            <div className="panel-head">
              <h2 id="set-up">{words.shell.setUp}</h2>
            </div>
            <div className="panel-body buttons">
              <Link className="button small" to="/settings/repositories">
                <Icon name="i-folder" />
                {words.credentials.title}
              </Link>
              <Link className="button small" to="/settings/clusters">
                <Icon name="i-clusters" />
                {words.clusters.title}
              </Link>
              <Link className="button small" to="/settings/projects">
                <Icon name="i-projects" />
                {words.projects.title}
              </Link>
              <Link className="button small" to="/settings/connections">
                <Icon name="i-pulls" />
                {words.connections.title}
              </Link>
              <Link className="button small" to="/settings/accounts">
                <Icon name="i-user" />
                {words.people.title}
              </Link>
            </div>
          </section>
        )}
        {session.name === 'in' && (
          <section className="panel" aria-labelledby="session">
            <div className="panel-head">
              <h2 id="session">{w.session}</h2>
              <span className="end">
                <Button small icon="i-signout" onClick={() => void signOut()}>
                  {w.signOut}
                </Button>
              </span>
            </div>
            <div className="panel-body">
              <dl className="facts">
                <Row label={w.signedInAs}>{session.identity.username}</Row>
                {session.identity.role !== undefined && Object.hasOwn(words.people.roles, session.identity.role) && (
                  <Row label={words.people.columns.role}>
                    {words.people.roles[session.identity.role as keyof typeof words.people.roles]}
                  </Row>
                )}
                {(session.identity.groups ?? []).length > 0 && <Row label={w.groups}>{words.list(session.identity.groups ?? [])}</Row>}
              </dl>
            </div>
          </section>
        )}
        <About />
      </div>
    </>
  )
}

function About() {
  const words = useWords()
  const w = words.settings
  const version = useQuery(versionQuery)
  const settings = useQuery(settingsQuery)
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const kubeconfig = text(settings.data?.kubeconfig) ?? text(settings.data?.kubeconfigPath)
  const gitUrl = text(settings.data?.gitUrl)
  return (
    <section className="panel" aria-labelledby="about">
      <div className="panel-head">
        <h2 id="about">{w.about}</h2>
      </div>
      <div className="panel-body">
        {settings.isPending ? (
          <Bones lines={4} />
        ) : (
          <dl className="facts">
            {version.data && (
              <Row label={w.version}>
                {version.data.Version} {version.data.Platform && <span className="muted">{version.data.Platform}</span>}
              </Row>
            )}
            <Place label={w.console} value={text(settings.data?.url) ?? location.origin} isLink />
            {settings.data?.cluster && (
              <Row label={w.cluster}>
                {settings.data.cluster.kind === 'embedded' ? w.embedded : (settings.data.cluster.description ?? settings.data.cluster.kind)}
              </Row>
            )}
            <Place label={w.git} value={gitUrl} hint={w.gitHint} />
            <Place label={w.kubeconfig} value={kubeconfig} hint={w.kubeconfigHint} />
            <Place label={w.gateway} value={text(settings.data?.gatewayUrl)} />
            <Place label={w.dataDir} value={text(settings.data?.dataDir)} />
          </dl>
        )}
        {settings.error && !settings.data && (
          <Failure title={words.failure.title.load(w.theSettings)} error={settings.error} onRetry={() => void settings.refetch()} />
        )}
        {(kubeconfig ?? gitUrl) && (
          <>
            <h3 className="settings-sub">{w.commands}</h3>
            <ul className="commands">
              {kubeconfig && <Command text={`KUBECONFIG=${kubeconfig} kubectl get pods -A`} />}
              {gitUrl && <Command text={`git clone ${gitUrl.replace(/NAME\.git$/, '').replace(/\/$/, '')}/demo.git`} />}
              <Command text="npx plimsoll app list" />
            </ul>
          </>
        )}
      </div>
    </section>
  )
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Place({ label, value, hint, isLink = false }: { label: string; value: string | undefined; hint?: Sentence; isLink?: boolean }) {
  if (value === undefined) return null
  return (
    <Row label={label}>
      <span className="copied">
        <code>{isLink ? <OutsideLink to={value}>{value}</OutsideLink> : value}</code>
        <CopyButton text={value} />
      </span>
      {hint && (
        <span className="line muted small">
          <Prose of={hint} />
        </span>
      )}
    </Row>
  )
}

function Command({ text }: { text: string }) {
  return (
    <li>
      <code>{text}</code>
      <CopyButton text={text} />
    </li>
  )
}
