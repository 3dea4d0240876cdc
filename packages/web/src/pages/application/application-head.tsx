import { useQuery } from '@tanstack/react-query'
import type { Application } from '@plimsoll/api'
import { whyNot, type Action } from '../../facts/allowed.ts'
import { toMs } from '../../facts/moment.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { healthLook, phaseLook, syncLook } from '../../facts/tone.ts'
import { short } from '../../facts/why.ts'
import { revisionQuery } from '../../loaders/queries.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { Badge } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { initials } from '../frame.tsx'
import { refreshApplication, terminateOperation } from '../dialogs/actions.ts'
import { ask } from '../dialogs/ask.ts'

export function ApplicationHead({ application, summary }: { application: Application; summary: AppSummary }) {
  const words = useWords()
  const reasonFor = (action: Action) => {
    const key = whyNot(action, summary)
    return key && words.reasons[key]
  }
  const isOperating = summary.operation?.phase === 'Running' || summary.operation?.phase === 'Terminating'
  const toSync = summary.outOfSync
  return (
    <div className="page-head app-head">
      <div className="titles">
        <div className="title">
          <h1>
            <code>{summary.name}</code>
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
            {toSync > 0 ? words.sync.submit(toSync) : words.app.sync}
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

function RevisionLine({ application, summary }: { application: Application; summary: AppSummary }) {
  const words = useWords()
  const { data } = useQuery(revisionQuery(summary, summary.repoURL, summary.revision))
  if (!summary.revision) {
    return (
      <p className="lede dotted">
        <span className="muted">{words.app.noRevision}</span>
      </p>
    )
  }
  const author = data?.author?.replace(/\s*<[^>]*>\s*$/, '')
  const at = toMs(data?.date) ?? toMs(application.status?.history?.at(-1)?.deployedAt)
  return (
    <p className="lede dotted">
      <span>
        <Prose of={words.app.onBranch(short(summary.revision), summary.targetRevision || 'HEAD')} />
      </span>
      {data?.message && <span className="clip">{data.message.split('\n', 1)[0]}</span>}
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
    </p>
  )
}
