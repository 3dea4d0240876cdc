import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, type NavigateOptions } from '@tanstack/react-router'
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react'
import type { AppSummary } from '@plimsoll/api'
import { calledOf } from '../facts/application-name.ts'
import type { Query } from '../client/http.ts'
import { signOut } from '../client/session.ts'
import { whyNot } from '../facts/allowed.ts'
import { healthLook, syncLook } from '../facts/tone.ts'
import { fleetPageQuery } from '../loaders/fleet.ts'
import { pullListQuery } from '../loaders/pulls.ts'
import { Icon } from '../parts/icon.tsx'
import type { IconName } from '../parts/icon-sprite.tsx'
import { Status } from '../parts/status.tsx'
import { switchTheme } from '../parts/theme.ts'
import { useWords } from '../words/index.tsx'
import { refreshApplication } from './dialogs/actions.ts'
import { ask } from './dialogs/ask.ts'

interface Choice {
  key: string
  icon: IconName
  text: string
  status?: ReactNode
  keyCap?: string
  group: 'applications' | 'pages' | 'actions'
  run: () => void
}

const mostApplications = 8
const mostPulls = 5

/** Search or jump: a word or two, then Enter. */
export function Palette({ onClose }: { onClose: () => void }) {
  const words = useWords()
  const w = words.palette
  const id = useId()
  const ref = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const { choices, isCurrent } = useChoices(typed)
  const chosen = choices[Math.min(at, choices.length - 1)]

  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    if (dialog && !dialog.open) dialog.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.key}`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen, id])

  // Enter means what is found for what is typed, not what was found for less of it.
  const [isWaiting, setWaiting] = useState(false)
  useEffect(() => {
    if (!isWaiting || !isCurrent) return
    setWaiting(false)
    run(chosen)
  })

  const run = (choice: Choice | undefined) => {
    if (!choice) return
    onClose()
    // Once this dialog has gone, so that the next can take the focus.
    setTimeout(choice.run)
  }
  return (
    <dialog
      ref={ref}
      className="dialog jump-dialog"
      aria-label={w.label}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
    >
      <div className="palette">
        <label className="palette-input">
          <Icon name="i-search" />
          <input
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={chosen && `${id}-${chosen.key}`}
            aria-label={w.label}
            placeholder={w.placeholder}
            autoFocus
            spellCheck={false}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value)
              setAt(0)
              setWaiting(false)
            }}
            onKeyDown={(event) => {
              const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
              if (step !== undefined && choices.length > 0) {
                event.preventDefault()
                setAt((Math.min(at, choices.length - 1) + step + choices.length) % choices.length)
              } else if (event.key === 'Enter') {
                event.preventDefault()
                if (isCurrent) run(chosen)
                else setWaiting(true)
              }
            }}
          />
          <kbd>esc</kbd>
        </label>
        {choices.length === 0 ? (
          <p className="palette-none muted">{w.none}</p>
        ) : (
          <ul role="listbox" id={`${id}-list`} aria-label={w.results}>
            {choices.map((choice, index) => (
              <PaletteRow
                key={choice.key}
                id={`${id}-${choice.key}`}
                choice={choice}
                title={choices[index - 1]?.group === choice.group ? undefined : w[choice.group]}
                typed={typed}
                isChosen={choice === chosen}
                onRun={() => run(choice)}
                onPoint={() => setAt(index)}
              />
            ))}
          </ul>
        )}
      </div>
    </dialog>
  )
}

function PaletteRow({
  id,
  choice,
  title,
  typed,
  isChosen,
  onRun,
  onPoint,
}: {
  id: string
  choice: Choice
  title: string | undefined
  typed: string
  isChosen: boolean
  onRun: () => void
  onPoint: () => void
}) {
  return (
    <>
      {title !== undefined && (
        <li className="menu-label" role="presentation">
          {title}
        </li>
      )}
      <li id={id} role="option" aria-selected={isChosen} onClick={onRun} onPointerMove={onPoint}>
        <Icon name={choice.icon} />
        <span className={choice.group === 'applications' ? 'clip mono' : 'clip'}>
          <Matched text={choice.text} typed={typed} />
        </span>
        {choice.status}
        {isChosen ? <kbd>↵</kbd> : choice.keyCap && <kbd>{choice.keyCap}</kbd>}
      </li>
    </>
  )
}

function Matched({ text, typed }: { text: string; typed: string }) {
  const word = typed.trim().split(/\s+/)[0]?.toLowerCase() ?? ''
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word)
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  )
}

/** `isCurrent`: of what is typed now, and not of what was typed before. */
function useChoices(typed: string): { choices: Choice[]; isCurrent: boolean } {
  const words = useWords()
  const w = words.palette
  const navigate = useNavigate()
  const client = useQueryClient()
  const { apps, isCurrent } = useFound(typed)
  const choices = useMemo(() => {
    const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean)
    const isFound = (text: string) => wanted.every((word) => text.toLowerCase().includes(word))
    const go = (to: NavigateOptions) => () => void navigate(to)
    const applications = apps.map((app): Choice => {
      const look = app.health !== 'Healthy' ? healthLook[app.health] : app.sync !== 'Synced' ? syncLook[app.sync] : undefined
      return {
        key: `app ${app.key}`,
        icon: 'i-applications',
        text: calledOf(app),
        ...(look && { status: <Status look={look} word={app.health !== 'Healthy' ? app.health : app.sync} /> }),
        group: 'applications',
        run: go({ to: '/applications/$namespace/$name', params: { namespace: app.namespace, name: app.name } }),
      }
    })
    const pages: Choice[] = [
      { key: 'page list', icon: 'i-applications', text: words.shell.applications, group: 'pages', run: go({ to: '/applications' }) },
      { key: 'page new', icon: 'i-plus', text: words.create.title, group: 'pages', run: go({ to: '/applications/new' }) },
      { key: 'page sets', icon: 'i-tiles', text: words.sets.title, group: 'pages', run: go({ to: '/applicationsets' }) },
      { key: 'page pulls', icon: 'i-pulls', text: words.pulls.title, group: 'pages', run: go({ to: '/pulls' }) },
      { key: 'page new pull', icon: 'i-plus', text: words.pulls.newPull, group: 'pages', run: go({ to: '/pulls/new' }) },
      { key: 'page repositories', icon: 'i-projects', text: words.repositories.title, group: 'pages', run: go({ to: '/repositories' }) },
      { key: 'page deliveries', icon: 'i-deliveries', text: words.shell.deliveries, group: 'pages', run: go({ to: '/deliveries' }) },
      { key: 'page runs', icon: 'i-runs', text: words.shell.runs, group: 'pages', run: go({ to: '/runs' }) },
      { key: 'page models', icon: 'i-models', text: words.shell.models, group: 'pages', run: go({ to: '/models' }) },
      { key: 'page accounts', icon: 'i-user', text: words.people.title, group: 'pages', run: go({ to: '/settings/accounts' }) },
      {
        key: 'page connections',
        icon: 'i-pulls',
        text: words.connections.title,
        group: 'pages',
        run: go({ to: '/settings/connections' }),
      },
      {
        key: 'page kept repositories',
        icon: 'i-folder',
        text: words.credentials.title,
        group: 'pages',
        run: go({ to: '/settings/repositories' }),
      },
      { key: 'page clusters', icon: 'i-clusters', text: words.clusters.title, group: 'pages', run: go({ to: '/settings/clusters' }) },
      { key: 'page projects', icon: 'i-projects', text: words.projects.title, group: 'pages', run: go({ to: '/settings/projects' }) },
      { key: 'page audit', icon: 'i-audit', text: words.shell.audit, group: 'pages', run: go({ to: '/audit' }) },
      { key: 'page settings', icon: 'i-settings', text: words.shell.settings, group: 'pages', run: go({ to: '/settings' }) },
    ]
    const pulls = (wanted.length > 0 ? (client.getQueryData(pullListQuery({ state: 'open' }).queryKey)?.pages ?? []) : [])
      .flatMap(({ items }) => items)
      .filter((one) => isFound(`#${one.number} ${one.title} ${one.repository}`))
      .slice(0, mostPulls)
      .map((one): Choice => ({
        key: `pull ${one.repository} ${one.number}`,
        icon: 'i-pulls',
        text: `${one.title} #${one.number}`,
        group: 'pages',
        run: go({ to: '/pulls/$repository/$number', params: { repository: one.repository, number: String(one.number) } }),
      }))
    const first = wanted.length > 0 ? apps.slice(0, 2) : []
    const actions: Choice[] = [
      ...first
        .filter((app) => whyNot('sync', app) === undefined)
        .map((app): Choice => ({
          key: `sync ${app.key}`,
          icon: 'i-sync',
          text: w.syncApp(calledOf(app)),
          keyCap: 'S',
          group: 'actions',
          run: () => ask({ name: 'sync', app }),
        })),
      ...first.map((app): Choice => ({
        key: `refresh ${app.key}`,
        icon: 'i-refresh',
        text: w.refreshApp(calledOf(app)),
        group: 'actions',
        run: () => void refreshApplication(app, 'normal', words),
      })),
      ...first
        .filter((app) => whyNot('rollback', app) === undefined)
        .map((app): Choice => ({
          key: `rollback ${app.key}`,
          icon: 'i-rollback',
          text: w.rollbackApp(calledOf(app)),
          group: 'actions',
          run: () => ask({ name: 'rollback', app }),
        })),
      { key: 'theme', icon: 'i-moon', text: w.theme, group: 'actions', run: switchTheme },
      { key: 'signout', icon: 'i-signout', text: w.signOut, group: 'actions', run: () => void signOut() },
    ]
    const named = new Set(first.map((app) => app.key))
    return [
      ...applications,
      ...pulls,
      ...pages.filter((one) => isFound(one.text)),
      ...actions.filter((one) => isFound(one.text) || [...named].some((key) => one.key.endsWith(key))),
    ]
  }, [typed, apps, words, w, navigate, client])
  return { choices, isCurrent }
}

/** Applications with what is typed in their names; those that begin with it first. */
function useFound(typed: string): { apps: readonly AppSummary[]; isCurrent: boolean } {
  const named = typed.trim().slice(0, 200)
  const query = (more: Query) => ({ ...fleetPageQuery({ named, limit: mostApplications, ...more }), placeholderData: keepPreviousData })
  const prefix = named.split(/\s+/)[0] ?? ''
  const beginning = useQuery(query({ prefix }))
  const any = useQuery(query({}))
  const apps = useMemo(() => {
    const found = [beginning.data, any.data].flatMap((page) => page?.items ?? []).map(({ summary }) => [summary.key, summary] as const)
    return [...new Map(found).values()].slice(0, mostApplications)
  }, [beginning.data, any.data])
  // Without an answer one may still go to pages.
  const isCurrent = [beginning, any].every((one) => one.isError || (one.data !== undefined && !one.isPlaceholderData))
  return { apps, isCurrent }
}
