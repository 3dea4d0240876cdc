import type { CommitSummary } from '@plimsoll/api'
import { toMs } from '../../facts/moment.ts'
import { Ago } from '../../parts/ago.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { useWords } from '../../words/index.tsx'
import { Who } from '../pulls/who.tsx'
import { CommitLink } from './commit-link.tsx'

/** Commits with their first lines; the rest of a message opens by a press. */
export function CommitList({ repository, commits, label }: { repository: string; commits: readonly CommitSummary[]; label: string }) {
  const words = useWords()
  return (
    <ul className="panel commit-list" aria-label={label}>
      {commits.map((one) => {
        const [title = '', ...rest] = one.message.split('\n')
        const body = rest.join('\n').trim()
        return (
          <li key={one.commit}>
            <div className="commit-main">
              {body === '' ? (
                <strong>{title}</strong>
              ) : (
                <details>
                  <summary>
                    <strong>{title}</strong> <span className="tag">…</span>
                  </summary>
                  <p className="plain-text soft">{body}</p>
                </details>
              )}
              <p className="muted small">
                <Who name={one.author} /> <Ago at={toMs(one.date)} long />
                {one.parents.length > 1 && <span className="tag">{words.repositories.mergeCommit}</span>}
              </p>
            </div>
            <span className="commit-hash">
              <CommitLink repository={repository} commit={one.commit} />
              <CopyButton text={one.commit} label={words.repositories.copyCommit} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}
