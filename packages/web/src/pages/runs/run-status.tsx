import type { WorkflowRun } from '@plimsoll/api'
import { runLooks, runWord, tookMs } from '../../facts/run-look.ts'
import { PathLink } from '../../parts/path-link.tsx'
import { useTicking } from '../../parts/now.ts'
import { Badge, Status } from '../../parts/status.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'

type Going = Parameters<typeof runWord>[0]

export function RunStatus({ of: one }: { of: Going }) {
  const words = useWords()
  const word = runWord(one)
  return <Status look={runLooks[word]} word={words.runs.words[word]} />
}

export function RunBadge({ of: one }: { of: Going }) {
  const words = useWords()
  const word = runWord(one)
  return <Badge look={runLooks[word]} word={words.runs.words[word]} />
}

/** How long it took, ticking while it goes on. */
export function Took({ of: one }: { of: { startedAt?: string; finishedAt?: string } }) {
  const { format } = useLanguage()
  const text = useTicking((now) => {
    const ms = tookMs(one, now)
    return ms === undefined ? '' : one.finishedAt === undefined ? format.duration(ms) : format.took(ms)
  })
  return <span className="num">{text}</span>
}

export function PullLink({ run }: { run: Pick<WorkflowRun, 'repository' | 'pullRequest'> }) {
  const words = useWords()
  if (run.pullRequest === undefined) return null
  return <PathLink to={`/pulls/${encodeURIComponent(run.repository)}/${run.pullRequest}`}>{words.runs.pull(run.pullRequest)}</PathLink>
}
