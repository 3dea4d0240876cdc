import type { ReactNode } from 'react'
import type { RunLogLine } from '@plimsoll/api'
import { readAnsi } from '../../facts/ansi.ts'
import { toDate } from '../../facts/moment.ts'
import type { LogRow } from '../../facts/run-log.ts'
import { Icon } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'

const looks: Partial<Record<NonNullable<RunLogLine['kind']>, string>> = {
  warning: 'annotated warn',
  error: 'annotated error',
  notice: 'annotated notice',
  command: 'of-command',
  debug: 'of-debug',
  group: 'of-group',
}

/** One row of a log, as high as any other. A row that is not here yet is empty. */
export function LogRowView({
  row,
  index,
  stepName,
  showsTimes,
  search,
  isChosen,
  isHit,
  isLast,
  onLine,
  onToggle,
}: {
  row: LogRow | undefined
  index: number
  stepName: string
  showsTimes: boolean
  search: string
  isChosen: boolean
  isHit: boolean
  isLast: boolean
  onLine: (n: number) => void
  onToggle: () => void
}) {
  const { words, format } = useLanguage()
  const w = words.runs.log
  if (row === undefined)
    return (
      <li data-row={index} className="not-here">
        <span className="ln">{index + 1}</span>
        <span className="code">
          <i className="bone" style={{ width: '18rem' }} />
        </span>
      </li>
    )
  if (row.kind === 'step')
    return (
      <li data-row={index} className="group step-row">
        <button type="button" aria-expanded={row.isOpen} onClick={onToggle}>
          <Icon name="i-right" className="twist" />
          {stepName}
        </button>
      </li>
    )
  const { line } = row
  const at = toDate(line.at)
  const look = [
    row.kind === 'group' ? 'group' : row.isInGroup ? 'in' : '',
    line.kind === undefined ? '' : (looks[line.kind] ?? ''),
    isHit ? 'hit' : '',
    isChosen ? 'chosen' : '',
    isLast ? 'last' : '',
  ].filter(Boolean)
  return (
    <li data-row={index} className={look.join(' ') || undefined}>
      <button type="button" className="ln" aria-label={w.line(line.n)} aria-pressed={isChosen} tabIndex={-1} onClick={() => onLine(line.n)}>
        {line.n}
      </button>
      {showsTimes && <time>{at ? format.timeOfDay(at) : ''}</time>}
      {row.kind === 'group' ? (
        <>
          <button type="button" aria-expanded={row.isOpen} onClick={onToggle}>
            <Icon name="i-right" className="twist" />
            <Text text={line.text} search={search} />
          </button>
          {!row.isOpen && <span className="folded">{w.folded(row.count)}</span>}
        </>
      ) : (
        <span className="code">
          <Text text={line.text} search={search} />
        </span>
      )}
    </li>
  )
}

function Text({ text, search }: { text: string; search: string }) {
  const { words } = useLanguage()
  return readAnsi(text).map((span, at) => (
    <span key={at} className={[span.color && `a-${span.color}`, span.bold && 'a-bold'].filter(Boolean).join(' ') || undefined}>
      {span.text.split('***').map((part, index) => (
        <span key={index}>
          {index > 0 && (
            <span className="masked" title={words.runs.log.secret}>
              ***
            </span>
          )}
          {found(part, search)}
        </span>
      ))}
    </span>
  ))
}

/** The text with what is searched for marked. */
function found(text: string, search: string): ReactNode {
  if (search === '') return text
  const parts: ReactNode[] = []
  const lower = text.toLowerCase()
  const wanted = search.toLowerCase()
  let from = 0
  for (let at = lower.indexOf(wanted); at !== -1 && parts.length < 100; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>)
    from = at + wanted.length
  }
  return parts.length === 0 ? text : [...parts, text.slice(from)]
}
