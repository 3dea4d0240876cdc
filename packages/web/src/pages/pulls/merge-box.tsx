import { useQuery } from '@tanstack/react-query'
import type { MergeMethod, PullRequest } from '@plimsoll/api'
import { useId, useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { ApiError } from '../../client/http.ts'
import { rulesOf } from '../../facts/branch-rules.ts'
import { canWrite } from '../../facts/may.ts'
import { toDate } from '../../facts/moment.ts'
import { requirementLook } from '../../facts/pull-look.ts'
import { repositoryQuery, useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Button, IconButton, Reason } from '../../parts/button.tsx'
import { Glyph, Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { Failure, Problem } from '../../parts/problem.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { useWork } from './use-work.ts'

const methods: readonly MergeMethod[] = ['merge', 'squash', 'rebase']

/** What the target demands, met or not; and the one button that names what it does. */
export function MergeBox({ pull }: { pull: PullRequest }) {
  const { words, format } = useLanguage()
  const w = words.pulls
  const mergedAt = toDate(pull.merged?.at)
  const closedAt = toDate(pull.closed?.at)
  return (
    <section className="panel merge-box" aria-labelledby="merge-title">
      <div className="panel-head">
        <h2 id="merge-title">{w.merge}</h2>
        <span className="end muted">
          {w.into} <code>{pull.base.branch}</code>
        </span>
      </div>
      <div className="panel-body">
        {pull.merged ? (
          <p className="merged-line">
            <Glyph look={{ glyph: 'g-merged', tone: 'hold' }} />
            <span>
              {w.mergedBy(pull.merged.by, w.methods[pull.merged.method], mergedAt ? format.inSentence(mergedAt) : '')}{' '}
              <code className="hash">{pull.merged.commit.slice(0, 7)}</code>
            </span>
          </p>
        ) : pull.state === 'closed' ? (
          <p className="merged-line">
            <Glyph look={{ glyph: 'g-failed', tone: 'bad' }} />
            <span>{w.closedBy(pull.closed?.by ?? '', closedAt ? format.inSentence(closedAt) : '')}</span>
          </p>
        ) : (
          <OpenMerge pull={pull} />
        )}
      </div>
    </section>
  )
}

const mostConflicts = 8

/** Files that conflict and that the sentence has left out. */
function Conflicts({ paths }: { paths: readonly string[] }) {
  const words = useWords()
  if (paths.length === 0) return null
  return (
    <span className="hint">
      {paths.slice(0, mostConflicts).map((path) => (
        <code key={path}>{path}</code>
      ))}
      {paths.length > mostConflicts && words.pulls.andMore(paths.length - mostConflicts)}
    </span>
  )
}

function OpenMerge({ pull }: { pull: PullRequest }) {
  const { words } = useLanguage()
  const w = words.pulls
  const id = useId()
  const session = useSession()
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const { data: repository } = useQuery(repositoryQuery(pull.repository))
  const isLinear = rulesOf(repository?.protections ?? [], pull.base.branch).some(({ linearHistory }) => linearHistory)
  const [wanted, setWanted] = useState<MergeMethod>()
  const method = wanted ?? (isLinear ? 'squash' : 'merge')
  const unmet = pull.requirements.filter(({ isMet }) => !isMet)
  const { isBusy, error, start, forget } = useWork(async () => {
    await pullsApi.merge(pull.repository, pull.number, { head: pull.head.commit, base: pull.base.commit, method })
    await lookAgain()
  })
  const reason =
    session.name === 'in' && !canWrite(session.identity)
      ? w.mayNotMerge
      : unmet.length > 0
        ? unmet.length === 1
          ? (unmet[0]?.text ?? '')
          : w.unmet(unmet.length)
        : undefined
  const hasMoved = error instanceof ApiError && error.reason === 'conflict'
  return (
    <>
      <ul className="needs">
        {pull.mergeability.state === 'unknown' && (
          <li>
            <Glyph look={{ glyph: 'g-unknown', tone: 'none' }} />
            <span>{w.mergeabilityUnknown}</span>
          </li>
        )}
        {pull.requirements.map((one) => (
          <li key={`${one.kind} ${one.text}`}>
            <Glyph look={requirementLook(one)} />
            <span>
              <span className="visually-hidden">{one.isMet ? w.met : w.notMet} </span>
              {one.text}
              {one.kind === 'conflicts' && (
                <Conflicts paths={(pull.mergeability.conflicts ?? []).filter((path) => !one.text.includes(path))} />
              )}
            </span>
          </li>
        ))}
        {pull.mergeability.isBehind && !pull.requirements.some(({ kind }) => kind === 'upToDate') && (
          <li>
            <Icon name="g-notjudged" className="glyph tone-none" />
            <span className="soft">{w.behind(pull.base.branch)}</span>
          </li>
        )}
      </ul>
      <span className="joined wide">
        <Button icon="i-merge" look="primary" busy={isBusy} reason={reason} aria-describedby={id} onClick={start}>
          {w.methodActions[method]}
        </Button>
        <Menu label={w.method} trigger={<IconButton icon="i-down" label={w.method} />}>
          {methods.map((one) => (
            <MenuItem
              key={one}
              icon={one === method ? 'i-check' : 'i-merge'}
              hint={w.methodHints[one]}
              reason={one === 'merge' && isLinear ? w.linear : undefined}
              onSelect={() => setWanted(one)}
            >
              {w.methodActions[one]}
            </MenuItem>
          ))}
        </Menu>
      </span>
      <div id={id}>{reason !== undefined && <Reason>{reason}</Reason>}</div>
      {hasMoved ? (
        <Problem title={w.movedTitle} tone="warn" icon="g-warning">
          <p>{w.movedText}</p>
          <div className="buttons">
            <Button
              small
              icon="i-refresh"
              onClick={() => {
                forget()
                void lookAgain()
              }}
            >
              {w.reload}
            </Button>
          </div>
        </Problem>
      ) : (
        error !== undefined && <Failure title={words.failure.title.act(w.theMerge)} error={error} />
      )}
    </>
  )
}
