import { isVersionRange } from '@plimsoll/api'

/**
 * What a `targetRevision` can be. Each form is recognised by its grammar before Git sees a letter of it: Git's own revision
 * language (`HEAD~2`, `main@{1}`, `:/text`, `rev:path`) is no part of it, as in Argo CD.
 */
export type Revision =
  | { form: 'head' }
  | { form: 'commit'; hash: string }
  /** A branch or tag. `1.x` is a legal name as well as a range; `abbreviated` says that it may be the beginning of a hash. */
  | { form: 'name'; name: string; abbreviated: boolean; range: boolean }
  | { form: 'ref'; ref: string }
  | { form: 'range'; range: string }

export function parseRevision(text: string): Revision | undefined {
  if (text === '' || text === 'HEAD') return { form: 'head' }
  if (text.length > 255) return undefined
  if (/^[0-9a-fA-F]{40}$/.test(text)) return { form: 'commit', hash: text.toLowerCase() }
  if (isRefName(text)) {
    if (text.startsWith('refs/')) return { form: 'ref', ref: text }
    return { form: 'name', name: text, abbreviated: /^[0-9a-fA-F]{4,39}$/.test(text), range: isVersionRange(text) }
  }
  if (isVersionRange(text)) return { form: 'range', range: text }
  return undefined
}

/** The rules of git-check-ref-format(1), and no leading dash. */
export function isRefName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 255) return false
  // Control characters, space, and what Git's revision language is made of. A lone surrogate has no UTF-8 form.
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name) || /\p{Surrogate}/u.test(name)) return false
  if (name.startsWith('-') || name.includes('..') || name.includes('@{') || name.endsWith('.')) return false
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
}
