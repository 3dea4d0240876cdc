import type { UseQueryResult } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Check, Comment, PullRequest } from '@plimsoll/api'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ChangedFiles } from '../../../client/pulls.ts'
import { threadsOf, type Thread } from '../../../facts/conversation.ts'
import { notesByPath, type CheckNote } from '../../../facts/check-notes.ts'
import { fileRows } from '../../../facts/file-tree.ts'
import { lineCount } from '../../../facts/patch.ts'
import { without } from '../../../facts/without.ts'
import { Bones, Empty } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { useKeys } from '../../../parts/keys.ts'
import { Failure, Problem } from '../../../parts/problem.tsx'
import { Segmented } from '../../../parts/segmented.tsx'
import { useLanguage } from '../../../words/index.tsx'
import { FileDiff } from './file-diff.tsx'
import { Near } from './near.tsx'
import { useViewed } from './viewed.ts'

const lineHeight = 19
const headHeight = 40
const settlingMs = [0, 60, 160]

/** Every changed file with its lines. Only those near what is in sight are drawn. */
export function FilesTab({
  pull,
  changed,
  comments,
  checks,
}: {
  pull: PullRequest
  changed: UseQueryResult<ChangedFiles>
  comments: readonly Comment[]
  checks: readonly Check[]
}) {
  const { words } = useLanguage()
  const w = words.pulls
  const search = useSearch({ from: '/pulls/$repository/$number' })
  const navigate = useNavigate()
  const [filter, setFilter] = useState('')
  const [current, setCurrent] = useState(0)
  const jumped = useRef<string | undefined>(undefined)
  const { isViewed, mark } = useViewed(pull.repository, pull.number)
  const files = useMemo(() => changed.data?.files ?? [], [changed.data])
  const isSplit = search.diff === 'split'

  const threads = useMemo(() => {
    const found = new Map<string, Thread[]>()
    for (const one of threadsOf(comments)) {
      const path = one.root.currentPath ?? one.root.path
      if (path !== undefined) found.set(path, [...(found.get(path) ?? []), one])
    }
    return found
  }, [comments])

  const notes = useMemo(() => notesByPath(checks), [checks])

  const jump = (index: number) => {
    setCurrent(index)
    // Files on the way get their real height as they come: the place is found again once they have.
    for (const afterMs of settlingMs) {
      setTimeout(() => document.getElementById(`file-frame-${index}`)?.scrollIntoView({ block: 'start' }), afterMs)
    }
  }
  // Once it is here: a later look must not pull the page away from where the reader is.
  useEffect(() => {
    if (search.file === undefined || files.length === 0 || jumped.current === search.file) return
    jumped.current = search.file
    const index = files.findIndex(({ path }) => path === search.file)
    if (index >= 0) jump(index)
  }, [search.file, files])

  const currentInSight = () => {
    const frames = [...document.querySelectorAll<HTMLElement>('[data-frame]')]
    const below = frames.findIndex((one) => one.getBoundingClientRect().bottom > 120)
    return below < 0 ? current : below
  }
  useKeys({
    j: () => jump(Math.min(files.length - 1, currentInSight() + 1)),
    k: () => jump(Math.max(0, currentInSight() - 1)),
    v: () => {
      const file = files[currentInSight()]
      if (file) mark(file, !isViewed(file))
    },
  })

  if (changed.isPending) return <Bones lines={14} />
  if (changed.error && !changed.data)
    return <Failure title={words.failure.title.load(w.theFiles)} error={changed.error} onRetry={() => void changed.refetch()} />
  if (files.length === 0) return <Empty icon="i-file" title={w.noFiles} />
  const wanted = filter.toLowerCase()
  const rows = fileRows(files.map((file, index) => ({ file, index })).filter(({ file }) => file.path.toLowerCase().includes(wanted)))
  const seen = files.filter(isViewed).length
  return (
    <div className="files-tab">
      <nav className="file-list" aria-label={w.changedFiles}>
        <label className="input small">
          <span className="visually-hidden">{w.findFile}</span>
          <Icon name="i-search" />
          <input type="search" placeholder={w.findFile} data-key="/" value={filter} onChange={(event) => setFilter(event.target.value)} />
          <kbd>/</kbd>
        </label>
        <ul>
          {rows.map((row) =>
            row.kind === 'folder' ? (
              <li key={`${row.path}/`} className="file-folder muted small" title={row.path}>
                <span className="clip">{row.path}</span>
              </li>
            ) : (
              <li key={row.file.path}>
                <button
                  type="button"
                  className="file-link"
                  aria-current={row.index === current ? 'true' : undefined}
                  title={row.file.path}
                  onClick={() => jump(row.index)}
                >
                  <span className={`sign-box ${signs[row.file.status][1]}`} title={w.fileStatus[row.file.status]}>
                    {signs[row.file.status][0]}
                  </span>
                  <span className={isViewed(row.file) ? 'clip seen' : 'clip'}>{row.name}</span>
                  {isViewed(row.file) && <Icon name="i-check" className="tone-ok" />}
                  {threads.has(row.file.path) && <Icon name="i-comment" />}
                </button>
              </li>
            ),
          )}
          {rows.length === 0 && <li className="muted small">{w.noFileMatch}</li>}
        </ul>
      </nav>
      <div className="file-diffs">
        <div className="files-bar">
          <span className="muted small">
            {w.files(files.length)}, {w.seen(seen)}
          </span>
          <span className="keys muted small">
            <kbd>J</kbd> <kbd>K</kbd> {w.nextFile} <kbd>V</kbd> {w.viewed}
          </span>
          <Segmented
            small
            label={w.look}
            value={isSplit ? 'split' : 'unified'}
            choices={[
              { value: 'unified', label: w.unified },
              { value: 'split', label: w.split, icon: 'i-split' },
            ]}
            onChange={(value) =>
              void navigate({
                to: '/pulls/$repository/$number',
                params: { repository: pull.repository, number: String(pull.number) },
                search: { ...without(search, 'diff'), tab: 'files', ...(value === 'split' && { diff: 'split' as const }) },
                replace: true,
                resetScroll: false,
              })
            }
          />
        </div>
        {changed.data?.isTruncated && (
          <Problem title={w.truncated} tone="warn" icon="g-warning" role="status">
            <p>{w.truncatedText}</p>
          </Problem>
        )}
        {files.map((file, index) => (
          <div key={file.path} id={`file-frame-${index}`} data-frame={index} className="file-frame">
            <Near stays estimate={headHeight + Math.min(lineCount(file), isViewed(file) ? 0 : 800) * lineHeight}>
              {() => (
                <FileDiff
                  file={file}
                  pull={pull}
                  to={changed.data?.to ?? pull.head.commit}
                  index={index}
                  isSplit={isSplit}
                  isViewed={isViewed(file)}
                  isWanted={search.file === file.path}
                  threads={threads.get(file.path) ?? noThreads}
                  notes={notes.get(file.path) ?? noNotes}
                  onViewed={(on) => mark(file, on)}
                />
              )}
            </Near>
          </div>
        ))}
      </div>
    </div>
  )
}

const noThreads: readonly Thread[] = []
const noNotes: readonly CheckNote[] = []

const signs = {
  added: ['+', 'add'],
  removed: ['\u2212', 'del'],
  modified: ['~', 'edit'],
  renamed: ['→', 'keep'],
  copied: ['+', 'add'],
  typeChanged: ['~', 'edit'],
} as const
