import type { ChangedFile } from '@plimsoll/api'

/** Rows of the list of changed files: folders are said once, above what is in them. */
export type FileRow = { kind: 'folder'; path: string } | { kind: 'file'; file: ChangedFile; name: string; index: number }

/** In the order of the diff, which is that of the paths. */
export function fileRows(files: readonly { file: ChangedFile; index: number }[]): FileRow[] {
  const rows: FileRow[] = []
  let folder = ''
  for (const { file, index } of files) {
    const cut = file.path.lastIndexOf('/')
    const own = cut < 0 ? '' : file.path.slice(0, cut)
    if (own !== folder) {
      folder = own
      if (own !== '') rows.push({ kind: 'folder', path: own })
    }
    rows.push({ kind: 'file', file, name: file.path.slice(cut + 1), index })
  }
  return rows
}
