import { randomUUID } from 'node:crypto'
import { constants as flags, existsSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The last thing before the program: takes the environment from descriptor 3 and becomes the program. It is the same for every step. The environment
 * comes this way, and not with the process, so that a `LD_PRELOAD` or the like that a step has set never reaches what enters the namespaces with rights.
 */
export const launchScript = '. /dev/fd/3; exec 3<&-; cd -- "$1" || exit 126; shift; exec "$@"'

const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Sets these variables in the shell that reads it, for the program that it becomes: its first argument is a folder, the others are the program. */
export function environmentScript(env: ReadonlyMap<string, string>): string {
  const lines: string[] = []
  const others: string[] = []
  for (const [name, value] of env) {
    if (value.includes('\0') || name.includes('\0') || name === '' || name.includes('=')) continue
    if (shellName.test(name)) lines.push(`export ${name}=${quote(value)}\n`)
    // A shell hands on only names of its own; inputs of actions have others (`INPUT_NODE-VERSION`).
    else others.push(quote(`${name}=${value}`))
  }
  if (others.length > 0) lines.push(`w=$1; shift; set -- "$w" /usr/bin/env ${others.join(' ')} "$@"; unset w\n`)
  return lines.join('')
}

/** A file without a name, in memory where that is to be had, that sets exactly this environment. */
export function openEnvironment(env: ReadonlyMap<string, string>, folder: string): number {
  const place = existsSync('/dev/shm') ? '/dev/shm' : folder
  const file = join(place, `.plimsoll-${randomUUID()}`)
  const descriptor = openSync(file, flags.O_RDWR | flags.O_CREAT | flags.O_EXCL | flags.O_NOFOLLOW, 0o600)
  unlinkSync(file)
  writeSync(descriptor, environmentScript(env), 0)
  return descriptor
}

/** POSIX shell, 2.2.2: nothing is special between single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
