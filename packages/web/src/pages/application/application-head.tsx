import { useQuery } from '@tanstack/react-query'
import type { Application } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import { whyNot, type Action } from '../../facts/allowed.ts'
import { toMs } from '../../facts/moment.ts'
import { owningSet } from '../../facts/set-look.ts'
import { commitPage, commitThen, followsVersions, sourcesThen, type SourceAt } from '../../facts/sources.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { healthLook, phaseLook, syncLook } from '../../facts/tone.ts'
import { short } from '../../facts/why.ts'
import { revisionQuery } from '../../loaders/queries.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button, Reason } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { OutsideLink } from '../../parts/outside-link.tsx'
import { Badge } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { Sentence } from '../../words/say.ts'
import type { Words } from '../../words/en.ts'
import { initials } from '../../facts/initials.ts'
import { refreshApplication, terminateOperation } from '../dialogs/actions.ts'
import { ask } from '../dialogs/ask.ts'

export function ApplicationHead({ application, summary }: { application: Application; summary: AppSummary }) {
  const words = useWords()
  const reasonFor = (action: Action) => {
    const key = whyNot(action, summary)
    return key && words.reasons[key]
  }
  const isOperating = summary.operation?.phase === 'Running' || summary.operation?.phase === 'Terminating'
  const blocked = whyNot('sync', summary) ?? whyNot('rollback', summary)
  return (
    <div className="page-head app-head">
      <div className="titles">
        <div className="title">
          <h1>
            <code>{calledOf(summary)}</code>
          </h1>
          <span className="title-badges" role="status">
            <Badge look={healthLook[summary.health]} word={summary.health} />
            <Badge look={syncLook[summary.sync]} word={summary.sync} />
            {isOperating && <Badge look={phaseLook.Running} word={words.state.syncing} />}
            {summary.hold && <Badge look={{ glyph: 'g-held', tone: 'hold' }} word={words.state.held} />}
            {summary.deletingSince !== undefined && (
              <Badge look={{ glyph: 'g-progress', tone: 'bad', turning: true }} word={words.state.deleting} />
            )}
          </span>
        </div>
        <RevisionLine application={application} summary={summary} />
      </div>
      <div className="actions">
        {blocked && <HeadReason>{words.reasons[blocked]}</HeadReason>}
        <span className="joined">
          <Button icon="i-refresh" keyCap="R" onClick={() => void refreshApplication(summary, 'normal', words)}>
            {words.app.refresh}
          </Button>
          <Menu
            label={words.app.refreshMore}
            trigger={
              <button type="button" className="button square" aria-label={words.app.refreshMore}>
                <Icon name="i-down" />
              </button>
            }
          >
            <MenuItem
              icon="i-refresh"
              keyCap="R"
              hint={words.app.refreshHint}
              onSelect={() => void refreshApplication(summary, 'normal', words)}
            >
              {words.app.refresh}
            </MenuItem>
            <MenuItem icon="i-download" hint={words.app.hardRefreshHint} onSelect={() => void refreshApplication(summary, 'hard', words)}>
              {words.app.hardRefresh}
            </MenuItem>
          </Menu>
        </span>
        <Button icon="i-rollback" reason={reasonFor('rollback')} onClick={() => ask({ name: 'rollback', app: summary })}>
          {words.app.rollback}
        </Button>
        {isOperating ? (
          <Button icon="i-stop" look="danger" reason={reasonFor('terminate')} onClick={() => void terminateOperation(summary, words)}>
            {words.app.terminate}
          </Button>
        ) : (
          <Button icon="i-sync" look="primary" keyCap="S" reason={reasonFor('sync')} onClick={() => ask({ name: 'sync', app: summary })}>
            {words.app.sync}
          </Button>
        )}
        <Menu
          label={words.common.more}
          trigger={
            <button type="button" className="button square" aria-label={words.common.more}>
              <Icon name="i-dots" />
            </button>
          }
        >
          {summary.hold && (
            <MenuItem icon="i-play" onSelect={() => ask({ name: 'resume', app: summary })}>
              {words.app.resume}
            </MenuItem>
          )}
          <MenuItem icon="i-stop" reason={reasonFor('terminate')} onSelect={() => void terminateOperation(summary, words)}>
            {words.app.terminate}
          </MenuItem>
          <MenuLine />
          <MenuItem icon="i-trash" danger reason={reasonFor('delete')} onSelect={() => ask({ name: 'delete', app: summary })}>
            {words.app.delete}
          </MenuItem>
        </Menu>
      </div>
    </div>
  )
}

/** Why an action of the head cannot be used, in words, below them: there is room for one line without moving anything. */
function HeadReason({ children }: { children: ReactNode }) {
  return (
    <div className="head-reason">
      <Reason>{children}</Reason>
    </div>
  )
}

/** Of more sources than this only the first is named. */
const mostNamed = 2

function RevisionLine({ application, summary }: { application: Application; summary: AppSummary }) {
  const words = useWords()
  const last = application.status?.history?.at(-1)
  // What cannot be compared with Git still runs: then it is what was deployed last.
  const sources = summary.revision === '' && last ? sourcesThen(last, summary.sources) : summary.sources
  const commit = commitThen(sources, summary.sources)
  const { data } = useQuery(revisionQuery(summary, commit))
  if (sources.every((one) => one.revision === '')) {
    return (
      <p className="lede dotted">
        <span className="muted">{words.app.noRevision}</span>
        <FromSet application={application} />
      </p>
    )
  }
  const author = data?.author?.replace(/\s*<[^>]*>\s*$/, '')
  const at = toMs(data?.date) ?? toMs(last?.deployedAt)
  const inOrder = sources.toSorted((a, b) => Number(a.isReference) - Number(b.isReference))
  const named = inOrder.length > mostNamed ? inOrder.slice(0, 1) : inOrder
  const rest = sources.length - named.length
  return (
    <p className="lede dotted">
      {named.map((one) => (
        <span key={one.index}>
          <Prose of={standsAt(one, words)} />
        </span>
      ))}
      {rest > 0 && (
        <span>
          <Link className="link" to="/applications/$namespace/$name" params={summary} search={{ view: 'source' }}>
            {words.source.more(rest)}
          </Link>
        </span>
      )}
      {data?.message && commit && (
        <span className="clip">
          <OutsideLink to={commitPage(commit.repoURL, commit.revision)}>{data.message.split('\n', 1)[0]}</OutsideLink>
        </span>
      )}
      {author && (
        <span>
          <span className="who">
            <span className="avatar" aria-hidden="true">
              {initials(author)}
            </span>
            {author}
          </span>
        </span>
      )}
      {at !== undefined && (
        <span className="muted">
          <Ago at={at} long />
        </span>
      )}
      <FromSet application={application} />
    </p>
  )
}

/** Whose it is: what somebody changes of it, the set changes back. */
function FromSet({ application }: { application: Application }) {
  const words = useWords()
  const name = owningSet(application)
  if (name === undefined) return null
  return (
    <span>
      <Link className="link" to="/applicationsets/$name" params={{ name }}>
        <Prose of={words.sets.madeBy(name)} />
      </Link>
    </span>
  )
}

function standsAt(source: SourceAt, words: Words): Sentence {
  const w = words.source
  if (source.chart === '') return words.app.onBranch(short(source.revision), source.targetRevision || 'HEAD')
  return followsVersions(source)
    ? w.newestOf(source.revision, source.chart, source.targetRevision || '*')
    : w.chartVersion(source.revision, source.chart)
}
