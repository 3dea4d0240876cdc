import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ApplicationSet } from '@plimsoll/api'
import { useState } from 'react'
import { setsApi } from '../../client/sets.ts'
import { pickText } from '../../facts/manifest.ts'
import { canWrite } from '../../facts/may.ts'
import { goingOf, healthOfSet, isRollingSync, pendingOf, policyOf, troublesOf, type PendingFacts } from '../../facts/set-look.ts'
import { healthLook } from '../../facts/tone.ts'
import { putSet, setQuery, useSetStream } from '../../loaders/sets.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { Badge } from '../../parts/status.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { failed } from '../dialogs/actions.ts'
import { RollingSteps } from './rolling-steps.tsx'
import { SetApplications } from './set-applications.tsx'
import { SetConditions, SetSpec } from './set-conditions.tsx'
import { ConfirmDeletionDialog, DeleteSetDialog } from './set-dialogs.tsx'
import { Generators } from './set-facts.tsx'
import { toDate } from '../../facts/moment.ts'

const route = getRouteApi('/applicationsets/$name')

/** One set: what waits for somebody, what is wrong, what it has made. */
export function ApplicationSetPage() {
  const words = useWords()
  const { name } = route.useParams()
  usePageTitle(name)
  useSetStream(name)
  const { data: set, error, refetch } = useQuery(setQuery(name))
  const session = useSession()
  const mayChange = session.name === 'in' && canWrite(session.identity)
  const [question, setQuestion] = useState<'confirm' | 'delete'>()
  if (!set)
    return (
      <>
        <div className="page-head">
          <h1>
            <code>{name}</code>
          </h1>
        </div>
        {error ? (
          <Failure title={words.failure.title.load(words.sets.theSet)} error={error} onRetry={() => void refetch()} />
        ) : (
          <Bones lines={10} />
        )}
      </>
    )
  const pending = pendingOf(set)
  const close = () => setQuestion(undefined)
  return (
    <>
      <Head set={set} mayChange={mayChange} onDelete={() => setQuestion('delete')} />
      {pending && <Pending pending={pending} mayChange={mayChange} onConfirm={() => setQuestion('confirm')} />}
      <Going names={goingOf(set)} />
      <Troubles set={set} />
      {isRollingSync(set) && <RollingSteps set={set} />}
      <SetApplications set={set} />
      <SetConditions set={set} />
      <SetSpec set={set} />
      {question === 'confirm' && pending && <ConfirmDeletionDialog name={name} pending={pending} onClose={close} />}
      {question === 'delete' && <DeleteSetDialog set={set} onClose={close} />}
    </>
  )
}

function Head({ set, mayChange, onDelete }: { set: ApplicationSet; mayChange: boolean; onDelete: () => void }) {
  const words = useWords()
  const w = words.sets
  const { name } = set.metadata
  const health = healthOfSet(set)
  const reason = mayChange ? undefined : w.notAllowed
  const refresh = async () => {
    try {
      putSet(queryClient, 'MODIFIED', await setsApi.refresh(name))
      toast({ look: { glyph: 'i-refresh', tone: 'none' }, title: w.refreshed })
    } catch (cause) {
      failed(w.theRefresh, cause, words)
    }
  }
  return (
    <div className="page-head">
      <div className="titles">
        <div className="title">
          <h1>
            <code>{name}</code>
          </h1>
          <span className="title-badges" role="status">
            <Badge look={healthLook[health]} word={health} />
          </span>
        </div>
        <div className="lede dotted">
          <span>{w.applications(set.status?.resourcesCount ?? 0)}</span>
          <span>
            <Generators of={set} />
          </span>
          <span title={w.policyTitle}>
            <code>{policyOf(set)}</code>
          </span>
          <span>
            <Prose of={w.project(pickText(set, 'spec', 'template', 'spec', 'project') || 'default')} />
          </span>
        </div>
      </div>
      <div className="actions">
        <Button icon="i-refresh" title={w.refreshTitle} reason={reason} onClick={() => void refresh()}>
          {w.refresh}
        </Button>
        <Button icon="i-trash" look="danger" reason={reason} onClick={onDelete}>
          {w.delete}
        </Button>
      </div>
    </div>
  )
}

/** So many names are read; whoever wants all of them finds them in the dialog. */
const mostNamed = 12

function Pending({ pending, mayChange, onConfirm }: { pending: PendingFacts; mayChange: boolean; onConfirm: () => void }) {
  const { words, format } = useLanguage()
  const w = words.sets.pending
  const { names, of, reason, since } = pending
  const at = toDate(since)
  return (
    <Problem title={w.title(names.length, of)} tone="hold" icon="g-held" role="status">
      <p className="said">
        {w.because(reason)} <Prose of={w.waits(at ? format.inSentence(at) : since)} />
      </p>
      <ul className="set-names">
        {names.slice(0, mostNamed).map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
        {names.length > mostNamed && <li className="muted">{w.more(names.length - mostNamed)}</li>}
      </ul>
      <p className="said">{w.otherwise}</p>
      <div className="buttons">
        <Button small icon="i-trash" look="danger" reason={mayChange ? undefined : words.sets.notAllowed} onClick={onConfirm}>
          {w.confirm(names.length)}
        </Button>
      </div>
    </Problem>
  )
}

function Going({ names }: { names: readonly string[] }) {
  const w = useWords().sets.pending
  if (names.length === 0) return null
  return (
    <p className="why tone-run" role="status">
      <Icon name="g-progress" className="glyph turning" />
      <span>{w.going(names.length)}</span>
    </p>
  )
}

function Troubles({ set }: { set: ApplicationSet }) {
  const { words } = useLanguage()
  return troublesOf(set).map(({ tone, condition, what, remedy }) => (
    <Problem
      key={condition.type}
      title={condition.reason}
      tone={tone}
      icon={tone === 'bad' ? 'g-degraded' : 'g-warning'}
      role={tone === 'bad' ? 'alert' : 'status'}
    >
      <p className="said">{what}</p>
      {remedy && (
        <p className="said">
          <strong>{words.common.doThis}</strong> {remedy}
        </p>
      )}
    </Problem>
  ))
}
