import { PlimsollError, type ChangedFile, type Comment } from '@plimsoll/api'
import type { SqlStatement } from '@plimsoll/records'
import type { ForgeActor, NewComment } from '../contract.ts'
import { tipsOf, type ForgeCore } from './forge-core.ts'
import { commentOf, type CommentRow, type PullRequestRow } from './forge-rows.ts'
import { placeOfLine } from './line-places.ts'

const maxTextLength = 65_536
const maxCommentsOfOne = 5000
const maxFileBytes = 8 * 1024 * 1024

/** Refused with `invalid-request` where it is about a line that is not there. */
export async function prepareComment(
  core: ForgeCore,
  row: PullRequestRow,
  comment: NewComment,
  by: ForgeActor,
): Promise<{ statement: SqlStatement; id: string }> {
  const { repository, number } = row
  requireText(comment.body, 'A comment')
  const known = await core.store.comments(repository, number)
  if (known.length >= maxCommentsOfOne) throw invalid(`Pull request ${number} has ${known.length} comments, which is the most.`)
  const parent = comment.inReplyTo === undefined ? undefined : known.find(({ id }) => id === comment.inReplyTo)
  if (comment.inReplyTo !== undefined && (parent === undefined || parent.kind === 'event')) {
    throw invalid(`There is no comment '${comment.inReplyTo.slice(0, 80)}' to reply to.`)
  }
  const id = core.newId()
  const place = parent !== undefined && parent.kind === 'line' ? placeOfThread(parent) : await placeOf(core, row, comment)
  const statement = core.store.addComment(repository, number, {
    id,
    author: by.name,
    body: comment.body,
    created_at: core.now(),
    kind: place === undefined ? 'comment' : 'line',
    path: place?.path ?? null,
    line: place?.line ?? null,
    side: place?.side ?? null,
    line_commit: place?.commit ?? null,
    // A thread is flat: its root is what one replies to.
    in_reply_to: parent === undefined ? null : (parent.in_reply_to ?? parent.id),
    marker: null,
  })
  return { statement, id }
}

interface Place {
  path: string
  line: number
  side: 'old' | 'new'
  commit: string
}

function placeOfThread({ path, line, side, line_commit }: CommentRow): Place | undefined {
  if (path === null || line === null || line_commit === null) return undefined
  return { path, line, side: side === 'old' ? 'old' : 'new', commit: line_commit }
}

async function placeOf(core: ForgeCore, row: PullRequestRow, { path, line, side = 'new' }: NewComment): Promise<Place | undefined> {
  if (path === undefined) {
    if (line !== undefined) throw invalid('A line needs the path of its file.')
    return undefined
  }
  if (line === undefined || !Number.isInteger(line) || line < 1) throw invalid('A comment on a file needs a line, counted from 1.')
  const { head, base } = tipsOf(row, await core.git.refs(row.repository))
  const commit = side === 'new' ? head : await core.git.mergeBase(row.repository, base ?? row.base_commit, head)
  const content = commit === undefined ? undefined : await core.git.file(row.repository, commit, path, maxFileBytes)
  const lines = content === undefined ? 0 : content.toString('latin1').replace(/\n$/, '').split('\n').length
  if (commit === undefined || content === undefined || line > lines) {
    const found = content === undefined ? 'there is no such file' : `it has ${lines} lines`
    throw invalid(`'${path.slice(0, 300)}' has no line ${line} on the ${side} side: ${found}.`)
  }
  return { path, line, side, commit }
}

/** The conversation, oldest first; of each line where it stands now. */
export async function readComments(core: ForgeCore, row: PullRequestRow): Promise<Comment[]> {
  const rows = await core.store.comments(row.repository, row.number)
  const lines = rows.filter(({ kind }) => kind === 'line')
  if (lines.length === 0) return rows.map(commentOf)
  const { head, base } =
    row.state === 'open' ? tipsOf(row, await core.git.refs(row.repository)) : { head: row.head_commit, base: row.base_commit }
  const mergeBase = await core.git.mergeBase(row.repository, base ?? row.base_commit, head).catch(() => undefined)
  const differences = new Map<string, Promise<ChangedFile[] | undefined>>()
  /** Undefined when the two cannot be compared any more. */
  const difference = (from: string, to: string): Promise<ChangedFile[] | undefined> => {
    const key = `${from} ${to}`
    let files = differences.get(key)
    if (files === undefined) {
      files = core.git.difference(row.repository, from, to).then(
        (found) => found.files,
        () => undefined,
      )
      differences.set(key, files)
    }
    return files
  }
  return Promise.all(
    rows.map(async (one) => {
      const comment = commentOf(one)
      const place = one.kind === 'line' ? placeOfThread(one) : undefined
      if (place === undefined) return comment
      const to = place.side === 'new' ? head : mergeBase
      const files = to === undefined ? undefined : to === place.commit ? [] : await difference(place.commit, to)
      const now = files === undefined ? undefined : placeOfLine(files, place.path, place.line)
      return { ...comment, isOutdated: now === undefined, ...(now !== undefined && { currentPath: now.path, currentLine: now.line }) }
    }),
  )
}

export function requireText(text: string, what: string): void {
  if (text.trim() === '') throw invalid(`${what} needs a text.`)
  requireLength(text, what)
}

export function requireLength(text: string, what: string, most = maxTextLength): void {
  if (text.length > most) throw invalid(`${what} has ${text.length} characters; at most ${most} are kept.`)
}

export function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-request', message)
}
