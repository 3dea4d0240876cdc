import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, Outlet, useMatches, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { fleet } from '../client/fleet.ts'
import { healthOfSet } from '../facts/set-look.ts'
import { useFleet } from '../loaders/fleet.ts'
import { pullListQuery } from '../loaders/pulls.ts'
import { setsQuery } from '../loaders/sets.ts'
import { clustersQuery } from '../loaders/queries.ts'
import { Breadcrumb } from './breadcrumb.tsx'
import { Dialogs, preloadDialogs } from './dialogs/dialogs.tsx'
import { Palette } from './palette.tsx'
import { AccountMenu, ActingAs } from './people/account-menu.tsx'
import { GuideBanner, GuideLink } from './start/guide.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import type { IconName } from '../parts/icon-sprite.tsx'
import { commandK } from '../parts/command-key.ts'
import { useKeys } from '../parts/keys.ts'
import { useTicking } from '../parts/now.ts'
import { Problem, useFailureWords } from '../parts/problem.tsx'
import { switchTheme, useTheme } from '../parts/theme.ts'
import { Toasts } from '../parts/toasts.tsx'
import { useLanguage, useWords } from '../words/index.tsx'

const minute = 60_000
const KeyHelp = lazy(() => import('./key-help.tsx').then((one) => ({ default: one.KeyHelp })))

export function Frame() {
  const words = useWords()
  const [open, setOpen] = useState<'palette' | 'keys'>()
  const isWide = useMatches({ select: (matches) => matches.some((one) => one.routeId === '/applications/$namespace/$name') })
  const path = useRouterState({ select: (state) => state.location.pathname })
  const sidebar = useRef<HTMLElement>(null)

  useEffect(() => {
    if (sidebar.current?.matches(':popover-open')) sidebar.current.hidePopover()
  }, [path])

  useEffect(() => {
    const timer = setTimeout(() => void preloadDialogs().catch(() => {}), 1_000)
    return () => clearTimeout(timer)
  }, [])

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (
        (event.metaKey || event.ctrlKey) &&
        event.key.toLowerCase() === 'k' &&
        !document.querySelector('dialog[open]:not(.jump-dialog)')
      ) {
        event.preventDefault()
        setOpen((one) => (one === 'palette' ? undefined : 'palette'))
      }
    }
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
  useKeys({
    '?': () => setOpen('keys'),
    '/': () => document.querySelector<HTMLInputElement>('[data-key="/"]')?.focus(),
  })

  return (
    <>
      <a className="skip" href="#main">
        {words.shell.skip}
      </a>
      <div className="shell">
        <Topbar />
        <aside className="sidebar" id="sidebar" popover="auto" ref={sidebar} aria-label={words.shell.sidebar}>
          <Link className="brand" to="/applications">
            <Icon name="i-mark" className="mark" />
            <span>{words.brand}</span>
          </Link>
          <button
            type="button"
            className="jump"
            aria-keyshortcuts="Meta+K Control+K"
            title={words.shell.jump}
            onClick={() => setOpen('palette')}
          >
            <Icon name="i-search" />
            <span>{words.shell.jump}</span>
            <kbd>{commandK}</kbd>
          </button>
          <Navigation />
          <SidebarEnd />
        </aside>
        <main id="main" className={isWide ? 'main wide' : 'main'} tabIndex={-1}>
          {path === '/applications' && <GuideBanner />}
          <Outlet />
        </main>
      </div>
      <NotLive />
      <Toasts />
      <Dialogs />
      {/* Not lazy: what is typed right after the key must not be lost while it loads. */}
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
      <Suspense>{open === 'keys' && <KeyHelp onClose={() => setOpen(undefined)} />}</Suspense>
    </>
  )
}

function Topbar() {
  const words = useWords()
  const { isDark } = useTheme()
  return (
    <header className="topbar">
      <button type="button" className="button ghost square menu-button" aria-label={words.shell.menu} popoverTarget="sidebar">
        <Icon name="i-menu" />
      </button>
      <Link className="brand" to="/applications" aria-label={words.shell.home}>
        <Icon name="i-mark" className="mark" />
      </Link>
      <Breadcrumb />
      <div className="topbar-end">
        <ActingAs />
        <Live />
        <IconButton
          icon={isDark ? 'i-sun' : 'i-moon'}
          label={isDark ? words.shell.switchToLight : words.shell.switchToDark}
          look="ghost"
          onClick={switchTheme}
        />
      </div>
    </header>
  )
}

function Live() {
  const { words, format } = useLanguage()
  const { stream } = useFleet()
  if (stream.name === 'live') {
    return (
      <span className="live" role="status" title={words.shell.liveTitle}>
        <Icon name="g-dot" className="glyph" />
        {words.shell.live}
      </span>
    )
  }
  const isBroken = stream.name === 'broken'
  return (
    <span className={isBroken ? 'live broken' : 'live pending'} role="status">
      <Icon name="g-dot" className="glyph" />
      {isBroken
        ? words.shell.notLive(format.timeOfDay(new Date(stream.since)))
        : stream.name === 'refused'
          ? words.shell.refused
          : words.shell.connecting}
    </span>
  )
}

/** On every page while what it shows may be old. It floats, so that nothing moves; a short break is not worth a word. */
function NotLive() {
  const { words, format } = useLanguage()
  const { stream, counts } = useFleet()
  const age = useTicking((now) => (stream.name === 'broken' ? Math.max(0, Math.floor((now - stream.since) / 1_000)) : 0))
  const next = useTicking((now) => (stream.name === 'broken' ? Math.max(0, Math.ceil((stream.nextTryAt - now) / 1_000)) : 0))
  const inWords = useFailureWords()
  if (stream.name !== 'broken' || age < 2) return null
  const { what, remedy } = inWords(stream.error)
  const inNext = format.duration(next * 1_000)
  return (
    <div className="not-live">
      <Problem title={words.shell.notLive(format.timeOfDay(new Date(stream.since)))} tone="warn" icon="g-warning" role="status">
        <p>
          {/[.!?。]$/.test(what) ? what : `${what}.`}{' '}
          {counts ? words.shell.notLiveText(format.duration(age * 1_000), inNext) : words.shell.neverLiveText(inNext)}
        </p>
        {remedy && (
          <p>
            <strong>{words.common.doThis}</strong> {remedy}
          </p>
        )}
        <div className="buttons">
          <Button small icon="i-refresh" onClick={fleet.tryNow}>
            {words.shell.tryNow}
          </Button>
        </div>
      </Problem>
    </div>
  )
}

function Navigation() {
  const words = useWords()
  const { counts } = useFleet()
  const { all, degraded } = counts ?? { all: 0, degraded: 0 }
  return (
    <nav aria-label={words.shell.main}>
      <GuideLink />
      <div className="nav-group">
        <ul>
          <li>
            <NavLink to="/applications" icon="i-applications" label={words.shell.applications}>
              {degraded > 0 ? (
                <span className="count attention" title={words.shell.degraded(degraded)}>
                  <Icon name="g-degraded" className="glyph" />
                  {degraded}
                </span>
              ) : (
                all > 0 && <span className="count">{all}</span>
              )}
            </NavLink>
          </li>
          <li>
            <NavLink to="/applicationsets" icon="i-tiles" label={words.sets.title}>
              <SetsThatNeedAttention />
            </NavLink>
          </li>
          <li>
            <NavLink to="/deliveries" icon="i-deliveries" label={words.shell.deliveries} />
          </li>
        </ul>
      </div>
      <div className="nav-group">
        <h2>{words.shell.change}</h2>
        <ul>
          <li>
            <NavLink to="/pulls" icon="i-pulls" label={words.pulls.title}>
              <OpenPulls />
            </NavLink>
          </li>
          <li>
            <NavLink to="/runs" icon="i-runs" label={words.shell.runs} />
          </li>
          <li>
            <NavLink to="/models" icon="i-models" label={words.shell.models} />
          </li>
        </ul>
      </div>
      <div className="nav-group">
        <h2>{words.shell.watch}</h2>
        <ul>
          <li>
            <NavLink to="/audit" icon="i-audit" label={words.shell.audit} />
          </li>
        </ul>
      </div>
      <div className="nav-group">
        <h2>{words.shell.setUp}</h2>
        <ul>
          <li>
            <NavLink to="/repositories" icon="i-projects" label={words.repositories.title} />
          </li>
          <li>
            <NavLink to="/settings" icon="i-settings" label={words.shell.settings} />
          </li>
        </ul>
      </div>
    </nav>
  )
}

function SetsThatNeedAttention() {
  const words = useWords()
  const { data } = useQuery({ ...setsQuery, retry: false, refetchInterval: minute })
  const waiting = (data?.items ?? []).filter((one) => ['Degraded', 'Suspended'].includes(healthOfSet(one))).length
  if (waiting === 0) return null
  return (
    <span className="count attention" title={words.shell.needAttention(waiting)}>
      <Icon name="g-warning" className="glyph" />
      {waiting}
    </span>
  )
}

function OpenPulls() {
  const { data } = useInfiniteQuery({ ...pullListQuery({ state: 'open' }), retry: false, refetchInterval: minute })
  const count = data?.pages[0]?.items.length ?? 0
  return count > 0 ? <span className="count">{data?.pages[0]?.next === undefined ? count : `${count}+`}</span> : null
}

function NavLink({
  to,
  icon,
  label,
  children,
}: {
  to: '/applications' | '/applicationsets' | '/deliveries' | '/models' | '/pulls' | '/runs' | '/repositories' | '/audit' | '/settings'
  icon: IconName
  label: string
  children?: React.ReactNode
}) {
  return (
    <Link to={to} title={label} activeOptions={{ exact: false, includeSearch: false }}>
      <Icon name={icon} />
      <span>{label}</span>
      {children}
    </Link>
  )
}

function SidebarEnd() {
  const words = useWords()
  const { data } = useQuery(clustersQuery)
  const clusters = data?.items ?? []
  const silent = clusters.filter((one) => one.connectionState.status === 'Failed').length
  return (
    <div className="sidebar-end">
      {clusters.length > 0 && (
        <Link
          className="fleet"
          to="/settings/clusters"
          title={silent > 0 ? words.shell.clustersSilent(silent, clusters.length) : words.shell.clustersAnswer(clusters.length)}
        >
          <Icon name={silent > 0 ? 'g-degraded' : 'g-ok'} className={`glyph ${silent > 0 ? 'tone-bad' : 'tone-ok'}`} />
          <span>{silent > 0 ? words.shell.clustersSilent(silent, clusters.length) : words.shell.clustersAnswer(clusters.length)}</span>
        </Link>
      )}
      <AccountMenu />
    </div>
  )
}
