export interface FileChange {
  path: string
  /** Null removes the file. */
  content: Buffer | null
  isExecutable?: boolean
}

/** One commit in the language of git-fast-import(1): blobs, tree, commit and ref are written by one process, without a work tree. */
export function commitStream(commit: {
  ref: string
  parent: string | undefined
  files: FileChange[]
  message: string
  author: { name: string; email: string }
  seconds: number
}): Buffer {
  const who = `${plain(commit.author.name)} <${plain(commit.author.email)}> ${commit.seconds} +0000`
  const parts: Buffer[] = [Buffer.from(`commit ${commit.ref}\nauthor ${who}\ncommitter ${who}\n`), data(Buffer.from(commit.message))]
  if (commit.parent !== undefined) parts.push(Buffer.from(`from ${commit.parent}\n`))
  for (const { path, content, isExecutable } of commit.files) {
    if (content === null) parts.push(Buffer.from(`D ${quoted(path)}\n`))
    else parts.push(Buffer.from(`M ${isExecutable ? '100755' : '100644'} inline ${quoted(path)}\n`), data(content))
  }
  parts.push(Buffer.from('\ndone\n'))
  return Buffer.concat(parts)
}

function data(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')])
}

function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, (character) => `\\${character}`)}"`
}

/** Angle brackets and line breaks end a name in a commit. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  return text.replace(/[<>\u0000-\u001f]/g, '').trim()
}
