import type { ReactNode } from 'react'
import { ApiError } from '../client/http.ts'
import type { Tone } from '../facts/tone.ts'
import { useWords } from '../words/index.tsx'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import type { IconName } from './icon-sprite.tsx'

/** What happened, to which object, what to do. */
export function Problem({
  title,
  children,
  tone = 'bad',
  icon = 'g-degraded',
  role = 'alert',
}: {
  title: ReactNode
  children?: ReactNode
  tone?: Tone
  icon?: IconName
  role?: 'alert' | 'status'
}) {
  return (
    <div className={`panel problem tone-${tone}`} role={role}>
      <Icon name={icon} />
      <div>
        <h3>{title}</h3>
        {children}
      </div>
    </div>
  )
}

/** The words of a failure: what happened, then what to do. */
export function useFailureWords(): (error: unknown) => { what: string; remedy: string | undefined; where: string | undefined } {
  const words = useWords()
  return (error) => {
    if (!(error instanceof ApiError))
      return { what: error instanceof Error ? error.message : String(error), remedy: undefined, where: undefined }
    const { failure } = words
    const what = error.reason === 'no-answer' ? failure.noAnswer : error.reason === 'unreadable' ? failure.unreadable : error.message
    const own = failure.remedies[error.reason]
    const remedy = failure.prefersServer ? error.remedy || own : (own ?? error.remedy)
    const where = error.at && [error.at.file, error.at.line, error.at.column].filter((one) => one !== undefined).join(':')
    // A message may begin with the place, or name its file further on: it is said once.
    if (where !== undefined && what.startsWith(`${where}: `))
      return { what: what.slice(where.length + 2), remedy: remedy || undefined, where }
    const isSaid = error.at !== undefined && what.includes(error.at.file)
    return { what, remedy: remedy || undefined, where: isSaid ? undefined : where }
  }
}

/** A failure of the API as a panel. Never more than it says. */
export function Failure({ title, error, onRetry }: { title: ReactNode; error: unknown; onRetry?: () => void }) {
  const words = useWords()
  const inWords = useFailureWords()(error)
  const requestId = error instanceof ApiError ? error.requestId : undefined
  const isForbidden = error instanceof ApiError && error.status === 403
  return (
    <Problem title={title} {...(isForbidden && { tone: 'hold' as const, icon: 'g-held' as const })}>
      <p>
        {inWords.where && (
          <>
            <code>{inWords.where}</code>{' '}
          </>
        )}
        {inWords.what}
      </p>
      {inWords.remedy && (
        <p>
          <strong>{words.common.doThis}</strong> {inWords.remedy}
        </p>
      )}
      {(onRetry || requestId) && (
        <div className="buttons">
          {onRetry && (
            <Button small icon="i-refresh" onClick={onRetry}>
              {words.common.tryAgain}
            </Button>
          )}
          {requestId && <span className="muted small">{words.common.requestId(requestId)}</span>}
        </div>
      )}
    </Problem>
  )
}
