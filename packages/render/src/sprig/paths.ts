import { fixed, type FunctionTable } from './go-function.ts'

/** Go's `path`; on Linux `path/filepath`, the `os…` ones, is the same. */
export const pathFunctions: FunctionTable = Object.assign(
  {},
  ...['', 'os'].map((prefix): FunctionTable => {
    const name = (plain: string): string => (prefix === '' ? plain : `os${plain.charAt(0).toUpperCase()}${plain.slice(1)}`)
    return {
      [name('base')]: fixed(['string'], base),
      [name('dir')]: fixed(['string'], (path) => clean(path.slice(0, path.lastIndexOf('/') + 1))),
      [name('clean')]: fixed(['string'], clean),
      [name('ext')]: fixed(['string'], extension),
      [name('isAbs')]: fixed(['string'], (path) => path.startsWith('/')),
    }
  }),
)

function base(path: string): string {
  if (path === '') return '.'
  const trimmed = withoutTrailingSlashes(path)
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length
  while (end > 0 && path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

function extension(path: string): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') ? path.slice(dot) : ''
}

function clean(path: string): string {
  const isRooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!isRooted) parts.push('..')
  }
  const cleaned = (isRooted ? '/' : '') + parts.join('/')
  return cleaned === '' ? '.' : cleaned
}
