/**
 * What of a commit or a tag was signed, and by what: read byte by byte from the object as Git keeps it (git `commit.c` parse_buffer_signed_by_header,
 * `gpg-interface.c` parse_signed_buffer, 2.4x). Where Git would take one of several readings, this takes none.
 */
export interface SignedPart {
  payload: Buffer
  /** Armored. */
  signature: string
}

/** An object with its place in the repository. */
export interface GitObject {
  kind: 'commit' | 'tag'
  hash: string
  /** Content of the object, without its header. */
  content: Buffer
  /** Of a tag: its name, as its ref has it. */
  name?: string
  /** Of a tag: the commit that was wanted. */
  commit?: string
}

/** Why nothing can be said of an object's signature; `isUnsigned` where there is none. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned'
  readonly isUnsigned: boolean

  constructor(message: string, isUnsigned = false) {
    super(message)
    this.isUnsigned = isUnsigned
  }
}

const maxSignatureBytes = 64 * 1024
const markers = [
  '-----BEGIN PGP SIGNATURE-----',
  '-----BEGIN PGP MESSAGE-----',
  '-----BEGIN SSH SIGNATURE-----',
  '-----BEGIN SIGNED MESSAGE-----',
]

/** Throws `NotSigned`. */
export function signedPartOf(object: GitObject): SignedPart {
  const part = object.kind === 'commit' ? signedCommit(object.content) : signedTag(object)
  if (part.signature.length > maxSignatureBytes) throw new NotSigned('its signature has more than 64 KiB')
  return part
}

/** A line of an object, with its end. */
function* lines(content: Buffer): Generator<{ start: number; end: number }> {
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(10, start)
    const end = newline < 0 ? content.length : newline + 1
    yield { start, end }
    start = end
  }
}

function signedCommit(content: Buffer): SignedPart {
  const payload: Buffer[] = []
  let signature = ''
  let count = 0
  let inside: 'signature' | 'other' | undefined
  for (const { start, end } of lines(content)) {
    const line = content.subarray(start, end)
    if (line[0] === 10) {
      payload.push(content.subarray(start))
      break
    }
    const isContinued = line[0] === 32
    const text = line.toString('latin1')
    if (!isContinued) inside = text.startsWith('gpgsig ') ? 'signature' : text.startsWith('gpgsig') ? 'other' : undefined
    if (inside === undefined) payload.push(line)
    if (inside !== 'signature') continue
    if (!isContinued) count += 1
    signature += isContinued ? text.slice(1) : text.slice('gpgsig '.length)
  }
  if (count > 1) throw new NotSigned('it has more than one signature')
  if (count === 0) throw new NotSigned('it is not signed', true)
  return { payload: Buffer.concat(payload), signature }
}

function signedTag({ content, name, commit }: GitObject): SignedPart {
  let at = -1
  for (const { start, end } of lines(content)) {
    const line = content.toString('latin1', start, Math.min(end, start + 40))
    if (markers.some((marker) => line.startsWith(marker))) at = start
  }
  const headers = content.toString('utf8', 0, Math.max(0, content.indexOf('\n\n'))).split('\n')
  const values = (field: string): string[] =>
    headers.flatMap((line) => (line.startsWith(`${field} `) ? [line.slice(field.length + 1)] : []))
  const isOf = (field: string, wanted: string | undefined): boolean => values(field).length === 1 && values(field)[0] === wanted
  // A signature of another tag, put here under another name, is a signature all the same.
  if (!isOf('object', commit) || !isOf('type', 'commit')) throw new NotSigned('the tag is not one of this commit')
  if (!isOf('tag', name)) throw new NotSigned(`the tag was signed under another name (${(values('tag')[0] ?? '').slice(0, 100)})`)
  if (at < 0) throw new NotSigned('the tag is not signed', true)
  return { payload: content.subarray(0, at), signature: content.toString('latin1', at) }
}
