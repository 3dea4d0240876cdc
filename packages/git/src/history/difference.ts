import type { ChangedFile, DiffHunk } from '@plimsoll/api'
import type { DiffLimits } from '../contract.ts'
import { GitFailure, killGit, runGit, startGit } from '../git-command.ts'

/** What one page can show. GitHub's figures are of the same size (3,000 files, 20,000 lines of one). */
const usualLimits: DiffLimits = { files: 3000, linesOfFile: 20_000, bytesOfFile: 1024 * 1024, bytes: 8 * 1024 * 1024 }
const timeoutMs = 60_000
/** Nobody reads a difference of larger files, and Git would hold both sides in memory: it calls them binary. */
const settings = [
  'core.bigFileThreshold=8m',
  'core.quotePath=true',
  'diff.renameLimit=1000',
  'diff.suppressBlankEmpty=false',
  'core.abbrev=40',
]
const common = ['-r', '-M', '--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=none', '--end-of-options']

/** Files that differ between two commits, in Git's order, with renames and the lines of each. */
export async function differenceBetween(
  gitDir: string,
  from: string,
  to: string,
  wanted: Partial<DiffLimits> = {},
): Promise<{ files: ChangedFile[]; isTruncated: boolean }> {
  const limits = { ...usualLimits, ...wanted }
  const args = ['--git-dir', gitDir, 'diff-tree', '-z', '--raw', '--numstat', ...common, from, to]
  const list = await runGit(args, { config: settings, timeoutMs })
  const { files, statuses } = parseList(list.toString())
  const isTruncated = files.length > limits.files
  files.splice(limits.files)
  if (files.length > 0 && limits.bytes > 0) await readPatches(gitDir, from, to, files, statuses, limits)
  return { files, isTruncated }
}

const statusNames: Record<string, ChangedFile['status']> = {
  A: 'added',
  M: 'modified',
  D: 'removed',
  R: 'renamed',
  C: 'copied',
  T: 'typeChanged',
}

/** `:100644 100644 OLD NEW R086\0old\0new\0…` for each file, then `3\t1\tpath\0` (git-diff-tree(1), OUTPUT FORMAT; `-z`). */
function parseList(text: string): { files: ChangedFile[]; statuses: string[] } {
  const fields = text.split('\0')
  const files: ChangedFile[] = []
  const statuses: string[] = []
  let at = 0
  while (fields[at]?.startsWith(':')) {
    const status = fields[at]?.split(' ').at(-1)?.[0] ?? 'M'
    const isMove = status === 'R' || status === 'C'
    const first = fields[at + 1] ?? ''
    const path = isMove ? (fields[at + 2] ?? '') : first
    files.push({
      path,
      ...(isMove && { previousPath: first }),
      status: statusNames[status] ?? 'modified',
      additions: 0,
      deletions: 0,
      isBinary: false,
    })
    statuses.push(status)
    at += isMove ? 3 : 2
  }
  for (const file of files) {
    const [additions = '', deletions = '', path] = (fields[at] ?? '').split('\t')
    file.isBinary = additions === '-'
    file.additions = Number(additions) || 0
    file.deletions = Number(deletions) || 0
    // A moved file's paths follow in fields of their own.
    at += path === '' ? 3 : 1
  }
  return { files, statuses }
}

/**
 * The patch has its sections in the order of the list. Paths in it are quoted, so that no line of a header can look like another; a
 * change of type is two sections, a file that goes and one that comes.
 */
async function readPatches(
  gitDir: string,
  from: string,
  to: string,
  files: ChangedFile[],
  statuses: string[],
  limits: DiffLimits,
): Promise<void> {
  const child = startGit(['--git-dir', gitDir, 'diff-tree', '-p', '--full-index', ...common, from, to], { config: settings })
  const timer = setTimeout(() => killGit(child), timeoutMs)
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 4096) stderr += chunk.toString()
  })
  const closed = new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  const sections = new PatchSections(files, statuses, limits)
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    let start = 0
    for (;;) {
      const newline = chunk.indexOf(10, start)
      if (newline < 0) break
      const part = chunk.subarray(start, newline)
      sections.take(rest.length === 0 ? part : Buffer.concat([...rest, part]))
      rest = []
      restBytes = 0
      start = newline + 1
      if (sections.isDone) break
    }
    if (sections.isDone) break
    // Of a line that is longer than a file may be, as much as shows that.
    const left = chunk.subarray(start, start + Math.max(0, limits.bytesOfFile + 2 - restBytes))
    restBytes += left.length
    if (left.length > 0) rest.push(left)
  }
  const wasCut = sections.isDone
  if (wasCut) killGit(child)
  const code = await closed
  clearTimeout(timer)
  if (!wasCut && code !== 0) throw new GitFailure(code === null ? 'timeout' : 'exit', code ?? undefined, stderr)
  sections.end()
}

class PatchSections {
  readonly #files: ChangedFile[]
  readonly #statuses: string[]
  readonly #limits: DiffLimits
  #index = -1
  #sectionsLeft = 0
  #hunks: DiffHunk[] = []
  /** Lines of the hunk that are still to come, by side. */
  #old = 0
  #new = 0
  #bytes = 0
  #lines = 0
  #total = 0
  #isTooLarge = false

  constructor(files: ChangedFile[], statuses: string[], limits: DiffLimits) {
    this.#files = files
    this.#statuses = statuses
    this.#limits = limits
  }

  get isDone(): boolean {
    return this.#total > this.#limits.bytes || this.#index >= this.#files.length
  }

  take(line: Buffer): void {
    const isInside = this.#old > 0 || this.#new > 0
    if (!isInside) {
      const text = line.toString('latin1', 0, 11)
      if (text === 'diff --git ') return this.#begin()
      const match = text.startsWith('@@ ') ? /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line.toString()) : null
      if (match !== null) {
        this.#old = Number(match[2] ?? 1)
        this.#new = Number(match[4] ?? 1)
        this.#hunks.push({ oldStart: Number(match[1]), newStart: Number(match[3]), heading: match[5] ?? '', lines: [] })
        return
      }
      // "\ No newline at end of file" follows the last line.
      if (!text.startsWith('\\') || this.#hunks.length === 0) return
    }
    const sign = line[0]
    if (sign === 43 || sign === 32) this.#new -= 1
    if (sign === 45 || sign === 32) this.#old -= 1
    this.#bytes += line.length + 1
    this.#lines += 1
    if (this.#bytes > this.#limits.bytesOfFile || this.#lines > this.#limits.linesOfFile) {
      this.#isTooLarge = true
      return
    }
    this.#total += line.length + 1
    this.#hunks.at(-1)?.lines.push(line.toString())
  }

  end(): void {
    this.#finish()
    // What was not reached is as good as too large.
    for (let index = this.#index + 1; index < this.#files.length; index++) {
      const file = this.#files[index]
      if (file !== undefined && !file.isBinary) file.isTooLarge = true
    }
    if (this.#total > this.#limits.bytes) this.#drop(this.#files[this.#index])
  }

  #begin(): void {
    this.#old = 0
    this.#new = 0
    if (this.#sectionsLeft > 0) {
      this.#sectionsLeft -= 1
      return
    }
    this.#finish()
    this.#index += 1
    this.#sectionsLeft = this.#statuses[this.#index] === 'T' ? 1 : 0
    this.#hunks = []
    this.#bytes = 0
    this.#lines = 0
    this.#isTooLarge = false
  }

  #finish(): void {
    const file = this.#files[this.#index]
    if (file === undefined || file.isBinary) return
    if (this.#isTooLarge) this.#drop(file)
    else file.hunks = this.#hunks
  }

  #drop(file: ChangedFile | undefined): void {
    if (file === undefined || file.isBinary) return
    delete file.hunks
    file.isTooLarge = true
  }
}
