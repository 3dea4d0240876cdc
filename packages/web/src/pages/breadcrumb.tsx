import { Link, useMatches } from '@tanstack/react-router'
import { calledOf } from '../facts/application-name.ts'
import { isHosted, repositoryLabel } from '../facts/hosted.ts'
import type { Words } from '../words/en.ts'
import { useWords } from '../words/index.tsx'

interface Crumb {
  text: string
  /** Where it leads; the page itself leads nowhere. */
  to?: string
  /** It is a name, not a word. */
  isName?: boolean
}

type Params = Record<string, string | undefined>

/** Where each page stands, from the outside in. */
const crumbs: Record<string, (words: Words, params: Params) => Crumb[]> = {
  '/applications': (w) => [{ text: w.shell.applications }],
  '/applications/new': (w) => [{ text: w.shell.applications, to: '/applications' }, { text: w.create.title }],
  '/applications/$namespace/$name': (w, { namespace = '', name = '' }) => [
    { text: w.shell.applications, to: '/applications' },
    { text: calledOf({ namespace, name }), isName: true },
  ],
  '/applicationsets': (w) => [{ text: w.sets.title }],
  '/applicationsets/$name': (w, { name }) => [
    { text: w.sets.title, to: '/applicationsets' },
    { text: name ?? '', isName: true },
  ],
  '/pulls': (w) => [{ text: w.pulls.title }],
  '/pulls/new': (w) => [{ text: w.pulls.title, to: '/pulls' }, { text: w.pulls.newPull }],
  '/pulls/$repository/$number': (w, { repository = '', number = '' }) => [
    { text: w.pulls.title, to: '/pulls' },
    isHosted(repository)
      ? { text: repository, to: `/repositories/${encodeURIComponent(repository)}`, isName: true }
      : { text: repositoryLabel(repository), to: '/settings/connections', isName: true },
    { text: `#${number}` },
  ],
  '/gates/$id': (w) => [{ text: w.shell.models, to: '/models' }, { text: w.gates.report }],
  '/repositories': (w) => [{ text: w.repositories.title }],
  '/repositories/$name': (w, { name }) => [
    { text: w.repositories.title, to: '/repositories' },
    { text: name ?? '', isName: true },
  ],
  '/runs': (w) => [{ text: w.shell.runs }],
  '/runs/$id': (w) => [{ text: w.shell.runs, to: '/runs' }, { text: w.runs.theRun }],
  '/deliveries': (w) => [{ text: w.shell.deliveries }],
  '/deliveries/$name': (w, { name }) => [
    { text: w.shell.deliveries, to: '/deliveries' },
    { text: name ?? '', isName: true },
  ],
  '/models': (w) => [{ text: w.shell.models }],
  '/start': (w) => [{ text: w.shell.start }],
  '/settings/accounts': (w) => [{ text: w.shell.settings, to: '/settings' }, { text: w.people.title }],
  '/settings/connections': (w) => [{ text: w.shell.settings, to: '/settings' }, { text: w.connections.title }],
  '/settings/repositories': (w) => [{ text: w.shell.settings, to: '/settings' }, { text: w.credentials.title }],
  '/settings/clusters': (w) => [{ text: w.shell.settings, to: '/settings' }, { text: w.clusters.title }],
  '/settings/projects': (w) => [{ text: w.shell.settings, to: '/settings' }, { text: w.projects.title }],
  '/settings/projects/$name': (w, { name }) => [
    { text: w.shell.settings, to: '/settings' },
    { text: w.projects.title, to: '/settings/projects' },
    { text: name ?? '', isName: true },
  ],
  '/audit': (w) => [{ text: w.shell.audit }],
  '/settings': (w) => [{ text: w.shell.settings }],
}

export function Breadcrumb() {
  const words = useWords()
  const match = useMatches({ select: (matches) => matches.at(-1) })
  const of = crumbs[match?.routeId ?? '']
  const trail = of?.(words, (match?.params ?? {}) as Params) ?? [{ text: words.brand }]
  return (
    <nav aria-label={words.shell.breadcrumb}>
      <ol className="crumbs">
        {trail.map(({ text, to, isName }) => (
          <li key={text}>
            {to === undefined ? (
              <span aria-current="page" className={isName ? 'name' : undefined}>
                {text}
              </span>
            ) : (
              <Link to={to} className={isName ? 'name' : undefined}>
                {text}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}
