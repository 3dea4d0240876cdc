import type { UsesReference } from './contract.ts'

/** What `uses` of a step or job names, or a sentence that says why it is nothing. */
export function parseUses(source: string): UsesReference | { problem: string } {
  if (source.startsWith('docker://')) {
    const image = source.slice('docker://'.length)
    if (!/^[A-Za-z0-9][A-Za-z0-9._\-/:@]*$/.test(image)) return { problem: `'${source}' names no image: docker://NAME[:TAG]` }
    return { kind: 'docker', source, image }
  }
  // `$/` is GitHub's newer form (2026): of the repository that the file itself is from, where `./` is of the workspace.
  const isOfFile = source.startsWith('$/')
  if (isOfFile || source.startsWith('./') || source === '.') {
    const path = cleanPath(isOfFile ? source.slice(2) : source)
    if (path === undefined) return { problem: `'${source}' leaves the repository` }
    return { kind: 'local', source, path, ...(isOfFile && { isOfFile }) }
  }
  const at = source.lastIndexOf('@')
  const [owner = '', repository = '', ...folders] = (at < 0 ? source : source.slice(0, at)).split('/')
  const ref = at < 0 ? '' : source.slice(at + 1)
  const wanted = `'${source}' must be owner/repository@ref, owner/repository/path@ref, ./path or docker://image`
  if (!isName(owner) || !isName(repository)) return { problem: wanted }
  if (ref === '') return { problem: `'${source}' has no ref: ${owner}/${repository}@ref with a branch, tag or commit` }
  if (!isRef(ref)) return { problem: `'${ref}' in '${source}' is no branch, tag or commit` }
  const path = cleanPath(folders.join('/'))
  if (path === undefined) return { problem: wanted }
  return { kind: 'repository', source, owner, repository, path, ref }
}

/** Git's own rules for names of refs, as far as they keep options, ranges and other syntax of revisions out. */
function isRef(ref: string): boolean {
  return ref.length <= 255 && /^[A-Za-z0-9_][^\s~^:?*[\\]*$/.test(ref) && !ref.includes('..') && !ref.includes('@{') && !hasControl(ref)
}

function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\0-\x1f\x7f]/.test(text)
}

function isName(name: string): boolean {
  return name.length <= 100 && /^[A-Za-z0-9_.-]+$/.test(name) && !/^\.+$/.test(name) && !name.startsWith('-')
}

/** Without `.`; undefined when `..` occurs, which no reference needs. */
function cleanPath(path: string): string | undefined {
  if (hasControl(path) || path.includes('\\')) return undefined
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.includes('..') ? undefined : parts.join('/')
}
