import { memo, type ReactNode } from 'react'
import type { Thread } from '../../../facts/conversation.ts'
import { hasHiddenSigns, showHiddenSigns } from '../../../facts/hidden-signs.ts'
import type { PatchLine } from '../../../facts/patch.ts'
import { Icon } from '../../../parts/icon.tsx'
import { MarkedText } from '../../../parts/marked-text.tsx'
import { useWords } from '../../../words/index.tsx'

export interface Place {
  line: number
  side: 'old' | 'new'
}

/** What rows need to know of the file around them. */
export interface RowContext {
  /** Threads and forms below a line; undefined where there is nothing. */
  below: (place: Place) => ReactNode
  onComment: ((place: Place) => void) | undefined
}

export const placeKey = ({ line, side }: Place) => `${side} ${line}`

export function threadPlace({ root }: Thread): Place | undefined {
  if (root.isOutdated === true || root.currentLine === undefined) return undefined
  return { line: root.currentLine, side: root.side ?? 'new' }
}

/** One below the other. A line that is on both sides is commented on the new one. */
export function UnifiedRows({ lines, context }: { lines: readonly PatchLine[]; context: RowContext }) {
  return lines.map((line) => {
    const place: Place = line.right === undefined ? { line: line.left ?? 0, side: 'old' } : { line: line.right, side: 'new' }
    const below = [
      line.kind === 'same' && line.left !== undefined ? context.below({ line: line.left, side: 'old' }) : undefined,
      context.below(place),
    ].filter((one) => one !== undefined)
    return (
      <Lines key={`${line.kind}${line.left ?? ''}.${line.right ?? ''}`} below={below} columns={4}>
        <tr className={line.kind === 'same' ? undefined : line.kind}>
          <td className="ln">{line.left}</td>
          <td className="ln with-add">
            {line.right}
            <AddButton place={place} onComment={context.onComment} />
          </td>
          <td className="sign">{line.kind === 'del' ? '\u2212' : line.kind === 'add' ? '+' : ''}</td>
          <Code line={line} />
        </tr>
      </Lines>
    )
  })
}

export function SplitRows({
  rows,
  context,
}: {
  rows: readonly { left: PatchLine | undefined; right: PatchLine | undefined }[]
  context: RowContext
}) {
  return rows.map(({ left, right }, index) => {
    const old: Place | undefined = left?.left === undefined ? undefined : { line: left.left, side: 'old' }
    const now: Place | undefined = right?.right === undefined ? undefined : { line: right.right, side: 'new' }
    const below = [old && context.below(old), now && context.below(now)].filter((one) => one !== undefined)
    return (
      <Lines key={`${left?.left ?? ''}.${right?.right ?? ''}.${index}`} below={below} columns={4}>
        <tr>
          <td className={`ln with-add ${lookOf(left, 'del')}`}>
            {left?.left}
            {old && left?.kind === 'del' && <AddButton place={old} onComment={context.onComment} />}
          </td>
          <Code line={left} look={lookOf(left, 'del')} />
          <td className={`ln with-add ${lookOf(right, 'add')}`}>
            {right?.right}
            {now && <AddButton place={now} onComment={context.onComment} />}
          </td>
          <Code line={right} look={lookOf(right, 'add')} />
        </tr>
      </Lines>
    )
  })
}

function lookOf(line: PatchLine | undefined, kind: 'del' | 'add'): string {
  return line === undefined ? 'void' : line.kind === 'same' ? '' : kind
}

function Lines({ below, columns, children }: { below: readonly ReactNode[]; columns: number; children: ReactNode }) {
  return (
    <>
      {children}
      {below.map((one, index) => (
        <tr key={index} className="below">
          <td colSpan={columns}>{one}</td>
        </tr>
      ))}
    </>
  )
}

const Code = memo(function Code({ line, look = '' }: { line: PatchLine | undefined; look?: string }) {
  const words = useWords()
  return (
    <td className={`code ${look}`}>
      {line &&
        (hasHiddenSigns(line.text) ? (
          <span className="hidden-signs" title={words.pulls.hiddenSigns}>
            {showHiddenSigns(line.text)}
          </span>
        ) : (
          <MarkedText text={line.text} marks={line.marks} />
        ))}
      {line?.isUnended && (
        <span className="unended" title={words.pulls.noNewline}>
          {' '}
          ⊘
        </span>
      )}
    </td>
  )
})

/** Not a stop of the tab key: the head of the file leads to the first, arrows go from line to line. */
function AddButton({ place, onComment }: { place: Place; onComment: RowContext['onComment'] }) {
  const words = useWords()
  if (!onComment) return null
  return (
    <button
      type="button"
      className="line-add"
      tabIndex={-1}
      aria-label={words.pulls.commentOn(place.line, place.side)}
      title={words.pulls.commentOn(place.line, place.side)}
      onClick={() => onComment(place)}
    >
      <Icon name="i-plus" />
    </button>
  )
}
