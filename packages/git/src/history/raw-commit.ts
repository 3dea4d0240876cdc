/** Header and message of a commit object, byte by byte: what is not changed stays as it was (gitformat: `git cat-file commit`). */
export interface RawCommit {
  tree: string
  parents: string[]
  /** `Ada <ada@example.org> 1700000000 +0100`. */
  author: Buffer
  /** Of the message, where it is not UTF-8. */
  encoding: Buffer | undefined
  message: Buffer
}

export function parseRawCommit(content: Buffer): RawCommit {
  const blank = content.indexOf('\n\n')
  const head = blank < 0 ? content : content.subarray(0, blank)
  const commit: RawCommit = {
    tree: '',
    parents: [],
    author: Buffer.alloc(0),
    encoding: undefined,
    message: blank < 0 ? Buffer.alloc(0) : content.subarray(blank + 2),
  }
  let at = 0
  while (at < head.length) {
    const newline = head.indexOf(10, at)
    const end = newline < 0 ? head.length : newline
    const line = head.subarray(at, end)
    at = end + 1
    const space = line.indexOf(32)
    const name = line.toString('latin1', 0, Math.max(space, 0))
    const value = line.subarray(space + 1)
    if (name === 'tree') commit.tree = value.toString('latin1')
    else if (name === 'parent') commit.parents.push(value.toString('latin1'))
    else if (name === 'author') commit.author = value
    else if (name === 'encoding') commit.encoding = value
  }
  return commit
}

/** A signature is not carried over: it would be one of another commit. */
export function formatRawCommit(commit: RawCommit & { committer: Buffer }): Buffer {
  const lines: (string | Buffer)[] = [`tree ${commit.tree}\n`]
  for (const parent of commit.parents) lines.push(`parent ${parent}\n`)
  lines.push('author ', commit.author, '\ncommitter ', commit.committer, '\n')
  if (commit.encoding !== undefined) lines.push('encoding ', commit.encoding, '\n')
  lines.push('\n', commit.message)
  return Buffer.concat(lines.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** Name, address and time as a commit holds them. Angle brackets and control characters would end a field. */
export function signatureOf(who: { name: string; email: string }, atMs: number): Buffer {
  return Buffer.from(`${plain(who.name) || 'unknown'} <${plain(who.email)}> ${Math.floor(atMs / 1000)} +0000`)
}

export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  return text.replace(/[<>\u0000-\u001f\u007f]/g, '').trim()
}
