import { useQuery } from '@tanstack/react-query'
import type { ChangedFile, PullRequest } from '@plimsoll/api'
import { useMemo, useState, type KeyboardEvent } from 'react'
import type { CheckNote } from '../../../facts/check-notes.ts'
import type { Thread } from '../../../facts/conversation.ts'
import { sideBySide } from '../../../facts/diff-lines.ts'
import { lineCount, openedAtOnce, openGap, toParts, type Gap, type Opened, type PatchLine } from '../../../facts/patch.ts'
import { fileQuery } from '../../../loaders/pulls.ts'
import { Button, IconButton } from '../../../parts/button.tsx'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { Markdown } from '../../../parts/markdown.tsx'
import { useFailureWords } from '../../../parts/problem.tsx'
import { useLanguage, useWords } from '../../../words/index.tsx'
import { CommentEditor } from '../comment-editor.tsx'
import { removePending, usePending, type PendingComment } from '../pending-review.ts'
import { ThreadView } from '../thread-view.tsx'
import { placeKey, SplitRows, threadPlace, UnifiedRows, type Place, type RowContext } from './diff-rows.tsx'
import { Near } from './near.tsx'

/** As in the style sheet: 1.1875rem. */
const lineHeight = 19
/** A file with more lines is folded until somebody wants it. */
const largeFrom = 800
/** So many lines are drawn and taken away together. */
const chunk = 150

/** One changed file: its head, then its lines, with what was said about them. */
export function FileDiff({
  file,
  pull,
  to,
  index,
  isSplit,
  isViewed,
  isWanted,
  threads,
  notes,
  onViewed,
}: {
  file: ChangedFile
  pull: PullRequest
  /** The commit of the new side. */
  to: string
  index: number
  isSplit: boolean
  isViewed: boolean
  /** The reader has asked for this file: it is open, however large. */
  isWanted: boolean
  threads: readonly Thread[]
  notes: readonly CheckNote[]
  onViewed: (on: boolean) => void
}) {
  const { words, format } = useLanguage()
  const w = words.pulls
  const lines = lineCount(file)
  const isLarge = lines > largeFrom
  const [chosen, setOpen] = useState<boolean>()
  const isOpen = chosen ?? (!isViewed && (!isLarge || isWanted))
  const outside = threads.filter((one) => threadPlace(one) === undefined)
  return (
    <section className="file-diff" id={`file-${index}`} data-file={index} aria-label={file.path}>
      <div className="file-head">
        <button
          type="button"
          className="button ghost square small"
          aria-expanded={isOpen}
          aria-label={w.toggleFile(file.path)}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'i-down' : 'i-right'} />
        </button>
        <span className="file-name">
          {file.previousPath !== undefined && file.previousPath !== file.path && (
            <>
              <code>{file.previousPath}</code> <span className="muted">→</span>{' '}
            </>
          )}
          <code>{file.path}</code>
        </span>
        <CopyButton text={file.path} label={w.copyPath} />
        {file.status !== 'modified' && <span className="tag">{w.fileStatus[file.status]}</span>}
        <span className="end">
          {isOpen && lines > 0 && (
            <IconButton
              icon="i-comment"
              small
              look="ghost"
              label={threads.length > 0 ? w.threadsAndComment(threads.length) : w.commentLines}
              onClick={(event) => event.currentTarget.closest('.file-diff')?.querySelector<HTMLElement>('.line-add')?.focus()}
            />
          )}
          <span className="small num">
            <span className="plus">+{format.number(file.additions)}</span> <span className="less">−{format.number(file.deletions)}</span>
          </span>
          <label className="choice viewed">
            <input
              type="checkbox"
              checked={isViewed}
              onChange={(event) => {
                onViewed(event.target.checked)
                setOpen(!event.target.checked)
              }}
            />
            <span>{w.viewed}</span>
          </label>
        </span>
      </div>
      {!isOpen ? (
        isLarge &&
        !isViewed && (
          <div className="file-note">
            <span className="muted">{w.largeFile(format.number(lines))}</span>
            <Button small onClick={() => setOpen(true)}>
              {w.showFile}
            </Button>
          </div>
        )
      ) : file.isBinary ? (
        <p className="file-note muted">{w.binary}</p>
      ) : file.isTooLarge || !file.hunks ? (
        <p className="file-note muted">{w.tooLarge}</p>
      ) : lines === 0 ? (
        <p className="file-note muted">{file.status === 'renamed' ? w.onlyRenamed : w.noLines}</p>
      ) : (
        <Body file={file} pull={pull} to={to} isSplit={isSplit} threads={threads} notes={notes} />
      )}
      {isOpen && outside.length > 0 && (
        <div className="outside-threads">
          <p className="muted small">{w.outdatedThreads(outside.length)}</p>
          {outside.map((one) => (
            <div key={one.root.id} className="below-frame">
              <p className="muted small">
                {w.line(one.root.line ?? 0)} <span className="tag dashed">{w.outdated}</span>
              </p>
              <ThreadView thread={one} pull={pull} />
            </div>
          ))}
        </div>
      )}
    </section>
  )
}

function Body({
  file,
  pull,
  to,
  isSplit,
  threads,
  notes,
}: {
  file: ChangedFile
  pull: PullRequest
  to: string
  isSplit: boolean
  threads: readonly Thread[]
  notes: readonly CheckNote[]
}) {
  const parts = useMemo(() => toParts(file), [file])
  const pending = usePending(pull.repository, pull.number)
  const [opened, setOpened] = useState<ReadonlyMap<number, Opened>>(new Map())
  const [forms, setForms] = useState<ReadonlyMap<string, Place>>(new Map())
  const isRead = opened.size > 0
  // What is gone from the new side is never opened: a removed file is whole as it is.
  const content = useQuery({ ...fileQuery(pull.repository, to, file.path), enabled: isRead })
  const byPlace = useMemo(() => {
    const found = new Map<string, Thread[]>()
    for (const one of threads) {
      const place = threadPlace(one)
      if (!place) continue
      const key = placeKey(place)
      found.set(key, [...(found.get(key) ?? []), one])
    }
    return found
  }, [threads])
  const close = (place: Place) =>
    setForms((before) => {
      const next = new Map(before)
      next.delete(placeKey(place))
      return next
    })
  const context: RowContext = {
    onComment: (place) => setForms((before) => new Map(before).set(placeKey(place), place)),
    below: (place) => {
      const key = placeKey(place)
      const here = byPlace.get(key)
      const form = forms.get(key)
      const said = place.side === 'new' ? notes.filter(({ line }) => line === place.line) : []
      const waiting = pending.filter((one) => one.path === file.path && one.line === place.line && one.side === place.side)
      if (!here && !form && said.length === 0 && waiting.length === 0) return undefined
      return (
        <div className="below-frame">
          {said.map((one, index) => (
            <Note key={index} note={one} />
          ))}
          {here?.map((one) => (
            <ThreadView key={one.root.id} thread={one} pull={pull} />
          ))}
          {waiting.map((one, index) => (
            <Waiting key={index} comment={one} pull={pull} />
          ))}
          {form && (
            <CommentEditor
              pull={pull}
              place={{ path: file.path, line: form.line, side: form.side }}
              onDone={() => close(place)}
              onCancel={() => close(place)}
            />
          )}
        </div>
      )
    },
  }
  const open = (index: number, change: (before: Opened) => Opened) =>
    setOpened((before) => new Map(before).set(index, change(before.get(index) ?? { top: 0, bottom: 0 })))
  const text = content.data?.text

  // Gaps that are open join the hunks around them.
  const pieces: ({ kind: 'lines'; lines: PatchLine[]; key: string } | { kind: 'gap'; gap: Gap; index: number; heading: string })[] = []
  const push = (lines: readonly PatchLine[], key: string) => {
    if (lines.length > 0) pieces.push({ kind: 'lines', lines: [...lines], key })
  }
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'lines') {
      push(part.lines, `hunk ${index}`)
      continue
    }
    const next = parts[index + 1]
    const heading = next?.kind === 'lines' ? next.heading : ''
    const state = opened.get(index)
    if (!state || text === undefined) {
      pieces.push({ kind: 'gap', gap: part.gap, index, heading })
      continue
    }
    const { top, hidden, bottom } = openGap(part.gap, text, state)
    push(top, `top ${index}`)
    if (hidden) pieces.push({ kind: 'gap', gap: hidden, index, heading })
    push(bottom, `bottom ${index}`)
  }
  return (
    <div className="file-body" onKeyDown={walkLines}>
      {pieces.map((piece) =>
        piece.kind === 'gap' ? (
          <GapRow
            key={`gap ${piece.index}`}
            gap={piece.gap}
            heading={piece.heading}
            isFirst={piece.index === 0}
            isBusy={opened.has(piece.index) && content.isFetching}
            error={opened.has(piece.index) ? content.error : null}
            onOpen={(where) =>
              open(piece.index, (before) =>
                where === 'all'
                  ? { top: Infinity, bottom: 0 }
                  : where === 'down'
                    ? { ...before, top: before.top + openedAtOnce }
                    : { ...before, bottom: before.bottom + openedAtOnce },
              )
            }
          />
        ) : (
          inChunks(piece.lines).map((lines, at) => (
            <Near key={`${piece.key} ${at}`} estimate={lines.length * lineHeight} isPinned={lines.some((line) => holdsForm(line, forms))}>
              {() => (
                <table className={isSplit ? 'diff review-diff split' : 'diff review-diff'} role="presentation">
                  <colgroup>
                    {isSplit ? (
                      <>
                        <col className="col-ln" />
                        <col />
                        <col className="col-ln" />
                        <col />
                      </>
                    ) : (
                      <>
                        <col className="col-ln" />
                        <col className="col-ln" />
                        <col className="col-sign" />
                        <col />
                      </>
                    )}
                  </colgroup>
                  <tbody>
                    {isSplit ? <SplitRows rows={sideBySide(lines)} context={context} /> : <UnifiedRows lines={lines} context={context} />}
                  </tbody>
                </table>
              )}
            </Near>
          ))
        ),
      )}
    </div>
  )
}

/** Not sent yet: it goes with the review. */
function Waiting({ comment, pull }: { comment: PendingComment; pull: PullRequest }) {
  const words = useWords()
  const w = words.pulls
  return (
    <div className="thread-comment pending">
      <p className="say-head">
        <span className="tag dashed">{w.pending}</span>
        {comment.head !== pull.head.commit && <span className="muted small">{w.writtenFor(comment.head.slice(0, 7))}</span>}
        <span className="end">
          <IconButton
            icon="i-trash"
            small
            look="ghost"
            label={words.common.remove(w.commentOnLine(comment.line))}
            onClick={() => removePending(pull.repository, pull.number, comment)}
          />
        </span>
      </p>
      <Markdown text={comment.body} />
    </div>
  )
}

function Note({ note }: { note: CheckNote }) {
  const words = useWords()
  const w = words.pulls
  const tone = { notice: 'none', warning: 'warn', failure: 'bad' }[note.level]
  return (
    <p className={`check-note tone-${tone}`}>
      <Icon name={note.level === 'failure' ? 'g-failed' : note.level === 'warning' ? 'g-warning' : 'g-dot'} className="glyph" />
      <span>
        <span className="visually-hidden">{w.levels[note.level]}: </span>
        <strong>{w.annotated(note.check)}</strong> {note.title && <strong>{note.title}: </strong>}
        {note.message}
      </span>
    </p>
  )
}

function holdsForm(line: PatchLine, forms: ReadonlyMap<string, Place>): boolean {
  if (forms.size === 0) return false
  return (
    (line.left !== undefined && forms.has(placeKey({ line: line.left, side: 'old' }))) ||
    (line.right !== undefined && forms.has(placeKey({ line: line.right, side: 'new' })))
  )
}

/** Cut where nothing changes, so that lines which stand for each other stay together. */
function inChunks(lines: readonly PatchLine[]): PatchLine[][] {
  const chunks: PatchLine[][] = []
  let from = 0
  while (from < lines.length) {
    let to = Math.min(lines.length, from + chunk)
    while (to < lines.length && to < from + 2 * chunk && lines[to]?.kind !== 'same') to += 1
    chunks.push(lines.slice(from, to))
    from = to
  }
  return chunks
}

/** Arrows go from one line's button to the next. */
function walkLines(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const target = event.target
  if (step === undefined || !(target instanceof HTMLElement) || !target.classList.contains('line-add')) return
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.line-add')]
  const next = all[all.indexOf(target) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

function GapRow({
  gap,
  heading,
  isFirst,
  isBusy,
  error,
  onOpen,
}: {
  gap: Gap
  heading: string
  isFirst: boolean
  isBusy: boolean
  error: unknown
  onOpen: (where: 'up' | 'down' | 'all') => void
}) {
  const words = useWords()
  const w = words.pulls
  const inWords = useFailureWords()
  const isLast = gap.count === undefined
  const isSmall = gap.count !== undefined && gap.count <= openedAtOnce
  return (
    <div className="gap-row">
      <span className="gap-buttons">
        {isSmall || isLast ? (
          <button type="button" aria-busy={isBusy} onClick={() => onOpen(isLast ? 'down' : 'all')}>
            <Icon name="i-down" />
            {isLast ? w.moreBelow : w.showLines(gap.count ?? 0)}
          </button>
        ) : (
          <>
            {!isFirst && (
              <button type="button" aria-busy={isBusy} onClick={() => onOpen('down')}>
                <Icon name="i-down" />
                {w.below(openedAtOnce)}
              </button>
            )}
            <button type="button" aria-busy={isBusy} onClick={() => onOpen('up')}>
              <Icon name="i-down" className="up" />
              {w.above(openedAtOnce)}
            </button>
            <button type="button" aria-busy={isBusy} onClick={() => onOpen('all')}>
              {w.showLines(gap.count ?? 0)}
            </button>
          </>
        )}
      </span>
      {error ? <span className="less small">{inWords(error).what}</span> : heading !== '' && <code className="clip muted">{heading}</code>}
    </div>
  )
}
