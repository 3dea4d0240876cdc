import { PlimsollError } from '@plimsoll/api'

export type FieldPath = readonly (string | number)[]

const maxDepth = 50

/** `a.b[0].c`, `data["model.digest"]`, `data['a.b']`. Rejects with `invalid-request` and where it cannot be read. */
export function parseFieldPath(text: string): FieldPath {
  const path: (string | number)[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const match =
      /^\[(\d{1,6})\]/.exec(rest) ??
      /^\["((?:[^"\\]|\\.){1,500})"\]/.exec(rest) ??
      /^\['([^']{1,500})'\]/.exec(rest) ??
      (at === 0 ? /^([^.[\]"'\s]{1,500})/.exec(rest) : /^\.([^.[\]"'\s]{1,500})/.exec(rest))
    if (match === null) throw cannotRead(text, at)
    const part = match[1] ?? ''
    path.push(/^\[\d/.test(match[0]) ? Number(part) : match[0].startsWith('["') ? part.replace(/\\(.)/g, '$1') : part)
    at += match[0].length
    if (path.length > maxDepth) throw cannotRead(text, at)
  }
  if (path.length === 0) throw cannotRead(text, 0)
  return path
}

function cannotRead(text: string, at: number): PlimsollError {
  return new PlimsollError(
    'invalid-request',
    `'${text.slice(0, 200)}' is no path of a field: it cannot be read from character ${at + 1} on.`,
    {
      remedy: 'Write it like image.tag, containers[0].image or data["model.digest"].',
    },
  )
}
