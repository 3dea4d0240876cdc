/**
 * A path inside a repository in its one form: no leading, trailing or double slash, no `.`; '' is the root. Undefined for what leads out: an
 * absolute path, or more `..` than folders. `from` is the folder that a relative path (a link's target) starts at.
 */
export function normalPath(path: string, from = ''): string | undefined {
  if (path.startsWith('/') || path.includes('\0') || path.includes('\\..') || path.length > 4096) return undefined
  const parts = from === '' ? [] : from.split('/')
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Folder by folder, as a walk through a file system meets them: `a/z` before `a.yaml`. */
export function comparePaths(a: string, b: string): number {
  const left = a.split('/')
  const right = b.split('/')
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const one = left[index] ?? ''
    const other = right[index] ?? ''
    if (one !== other) return one < other ? -1 : 1
  }
  return left.length - right.length
}

/** A name that is one component of a path on any system we run on. */
export function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}
