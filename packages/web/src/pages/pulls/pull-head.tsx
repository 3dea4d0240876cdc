import { useNavigate } from '@tanstack/react-router'
import type { PullRequest } from '@plimsoll/api'
import { useState } from 'react'
import type { StreamState } from '../../client/live-stream.ts'
import { pullsApi, type ChangedFiles } from '../../client/pulls.ts'
import { canWrite } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import { pullLooks, pullWord } from '../../facts/pull-look.ts'
import { useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button, IconButton } from '../../parts/button.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { OutsideLink } from '../../parts/outside-link.tsx'
import { useFailureWords } from '../../parts/problem.tsx'
import { Badge } from '../../parts/status.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { CommitLink } from '../repositories/commit-link.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { Who } from './who.tsx'

/** Title, state, who, from where into where, how much; and what may be done about it. */
export function PullHead({
  pull,
  files,
  commits,
  stream,
}: {
  pull: PullRequest
  files: ChangedFiles | undefined
  commits: number | undefined
  stream: StreamState
}) {
  const { words, format } = useLanguage()
  const w = words.pulls
  const [isEditing, setEditing] = useState(false)
  const word = pullWord(pull)
  const sum = (of: 'additions' | 'deletions') => format.number((files?.files ?? []).reduce((all, one) => all + one[of], 0))
  return (
    <div className="page-head">
      <div className="titles">
        <div className="title">
          <h1>
            {pull.title} <span className="number">#{pull.number}</span>
          </h1>
          <Badge look={pullLooks[word]} word={w.words[word]} />
          {pull.isOutside && (
            <span className="tag dashed" title={w.outsideText}>
              {w.outside}
            </span>
          )}
        </div>
        <p className="lede dotted">
          <span>
            <Who name={pull.author} />
          </span>
          <span>
            <code>{pull.head.branch ?? w.outsideBranch}</code> {w.into} <code>{pull.base.branch}</code>
          </span>
          <span>
            {w.head} <CommitLink repository={pull.repository} commit={pull.head.commit} />
          </span>
          {commits !== undefined && <span>{w.commits(commits)}</span>}
          {files && (
            <span>
              {w.files(files.files.length)} <span className="plus">+{sum('additions')}</span>{' '}
              <span className="less">−{sum('deletions')}</span>
            </span>
          )}
          <span className="muted">
            {w.updated} <Ago at={toMs(pull.updatedAt)} long />
          </span>
          {stream.name === 'broken' && (
            <span className="muted" role="status">
              {w.notLive}
            </span>
          )}
          {pull.url && <OutsideLink to={pull.url}>{w.onProvider(pull.provider)}</OutsideLink>}
        </p>
      </div>
      <Actions pull={pull} onEdit={() => setEditing(true)} />
      {isEditing && <EditDialog pull={pull} onClose={() => setEditing(false)} />}
    </div>
  )
}

function Actions({ pull, onEdit }: { pull: PullRequest; onEdit: () => void }) {
  const words = useWords()
  const w = words.pulls
  const session = useSession()
  const inWords = useFailureWords()
  const navigate = useNavigate()
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const identity = session.name === 'in' ? session.identity : undefined
  const may = identity !== undefined && (canWrite(identity) || identity.username === pull.author)
  const reason = pull.state === 'merged' ? w.isMerged : may ? undefined : w.mayNotChange
  const change = (what: { isDraft?: boolean; state?: 'open' | 'closed' }) => {
    pullsApi.update(pull.repository, pull.number, what).then(lookAgain, (cause: unknown) => {
      const { what: text, remedy } = inWords(cause)
      toast({
        look: { glyph: 'g-failed', tone: 'bad' },
        title: words.failure.title.act(w.theChange),
        text: remedy ? `${text} ${remedy}` : text,
      })
    })
  }
  return (
    <div className="actions">
      {pull.state === 'open' && (
        <Button
          icon="i-check"
          onClick={() =>
            void navigate({
              to: '/pulls/$repository/$number',
              params: { repository: pull.repository, number: String(pull.number) },
              search: { tab: 'conversation' },
              resetScroll: false,
            }).then(() => setTimeout(() => document.querySelector<HTMLElement>('.review textarea')?.focus()))
          }
        >
          {w.review}
        </Button>
      )}
      <Button icon="i-edit" reason={reason} onClick={onEdit}>
        {w.edit}
      </Button>
      {pull.state === 'open' && pull.isDraft && (
        <Button icon="i-check" reason={reason} onClick={() => change({ isDraft: false })}>
          {w.ready}
        </Button>
      )}
      <Menu label={words.common.more} trigger={<IconButton icon="i-dots" label={words.common.more} />}>
        {pull.state === 'open' && !pull.isDraft && (
          <MenuItem icon="g-draft" reason={reason} hint={w.toDraftHint} onSelect={() => change({ isDraft: true })}>
            {w.toDraft}
          </MenuItem>
        )}
        {pull.state === 'closed' ? (
          <MenuItem icon="i-pulls" reason={reason} onSelect={() => change({ state: 'open' })}>
            {w.reopen}
          </MenuItem>
        ) : (
          <MenuItem icon="g-failed" danger reason={reason} hint={w.closeHint} onSelect={() => change({ state: 'closed' })}>
            {w.close}
          </MenuItem>
        )}
        <MenuItem
          icon="i-terminal"
          hint={w.checkOutHint}
          onSelect={() => void navigator.clipboard.writeText(checkOut(pull)).catch(() => {})}
        >
          {w.checkOut}
        </MenuItem>
      </Menu>
    </div>
  )
}

/** A branch is fetched by its name; what was proposed from outside by the ref that the server keeps for it. */
function checkOut(pull: PullRequest): string {
  return pull.head.branch && /^[\w./-]+$/.test(pull.head.branch)
    ? `git fetch origin ${pull.head.branch} && git checkout ${pull.head.branch}`
    : `git fetch origin refs/pull/${pull.number}/head && git checkout ${pull.head.commit}`
}
