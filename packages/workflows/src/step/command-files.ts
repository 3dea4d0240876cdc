import { closeSync, constants as flags, fstatSync, openSync, readSync } from 'node:fs'

/** Of one file by which a step tells us something. GitHub's limit of a summary; the others are ours. */
export const largestFile = 1024 * 1024

export type Written = { text: string } | { problem: string; isTooLarge?: boolean }

/** Reads what a step has written, never through a link that it has put there. With a problem nothing of it counts. */
export function readWritten(file: string): Written {
  let descriptor
  try {
    // Without O_NONBLOCK a pipe that a step has put there would be waited for.
    descriptor = openSync(file, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { text: '' } : { problem: `it cannot be read (${code})` }
  }
  try {
    const facts = fstatSync(descriptor)
    if (!facts.isFile()) return { problem: 'it is not a file' }
    if (facts.size === 0) return { text: '' }
    if (facts.size > largestFile) return { problem: `it has ${facts.size} bytes, and ${largestFile} are the most`, isTooLarge: true }
    const buffer = Buffer.alloc(facts.size)
    const bytesRead = readSync(descriptor, buffer, 0, facts.size, 0)
    return { text: buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '') }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * `NAME=value` a line, or `NAME<<DELIMITER`, lines, `DELIMITER`. As `FileCommandManager` of GitHub's runner reads GITHUB_ENV, GITHUB_OUTPUT and
 * GITHUB_STATE; throws with its messages.
 */
export function parseAssignments(text: string): [string, string][] {
  const found: [string, string][] = []
  const lines = text.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`)
      found.push([line.slice(0, equals), line.slice(equals + 1)])
      continue
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (name === '' || delimiter === '') throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
    const end = lines.indexOf(delimiter, at + 1)
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
    found.push([name, lines.slice(at + 1, end).join('\n')])
    at = end
  }
  return found
}

/** Names that a step may not set for those after it: `FileCommandManager`, `SetEnvFileCommand` of GitHub's runner. */
export function refuseVariable(name: string): string | undefined {
  const upper = name.toUpperCase()
  if (upper === 'NODE_OPTIONS') return "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."
  if (upper === 'CI') return undefined
  if (upper.startsWith('GITHUB_') || upper.startsWith('RUNNER_'))
    return `Can't set '${name}': names that begin with GITHUB_ or RUNNER_ are not a step's to set.`
  return undefined
}
