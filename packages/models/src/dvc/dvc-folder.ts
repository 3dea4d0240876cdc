import { isInside, parse, refused } from './dvc-outputs.ts'

/** One file of a folder that DVC keeps. */
export interface DvcFolderFile {
  /** From the folder, with slashes. */
  path: string
  md5: string
}

const maxFiles = 1_000_000

/** Files of a folder, as the content of its `.dir` names them. Throws `invalid-request`. */
export function readDvcFolder(name: string, text: string): DvcFolderFile[] {
  const items: unknown = parse(name, text)
  if (!Array.isArray(items)) throw refused(name, 'it is no list of files')
  if (items.length > maxFiles) throw refused(name, `it names ${items.length} files; at most ${maxFiles} are read`)
  return items.map((item) => {
    const { relpath, md5 } = (item ?? {}) as { relpath?: unknown; md5?: unknown }
    if (typeof relpath !== 'string' || !isInside(relpath)) throw refused(name, `'${String(relpath).slice(0, 100)}' is no path inside of it`)
    if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) throw refused(name, `'${relpath}' has no md5`)
    return { path: relpath, md5 }
  })
}

/**
 * The content of a folder's `.dir`, byte for byte as DVC 3.67 writes it (dvc-data 3.18, `Tree.as_bytes`): its MD5 is the folder's name. That is Python's
 * `json.dumps` with sorted keys, and files by the code points of their paths.
 */
export function dvcFolderText(files: readonly DvcFolderFile[]): string {
  const sorted = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  return `[${sorted.map(({ path, md5 }) => `{"md5": "${md5}", "relpath": ${asciiJson(path)}}`).join(', ')}]`
}

/** Python escapes all that is not printable ASCII, in UTF-16 units. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
