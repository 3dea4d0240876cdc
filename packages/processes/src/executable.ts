import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { ProcessStartError } from './contract.ts'

/**
 * The absolute path of a command, found as execvp(3) finds it: in `path` unless the command has a slash.
 * Throws `ProcessStartError` in the words that runc uses for the same failures.
 */
export function findExecutable(command: string, path: string | undefined, workingDir: string): string {
  if (command === '') throw new ProcessStartError(127, 'exec: "": executable file not found in $PATH')
  if (command.includes('/')) {
    const file = isAbsolute(command) ? command : resolve(workingDir, command)
    const problem = problemOf(file)
    if (problem === undefined) return file
    throw problem === 'missing'
      ? new ProcessStartError(127, `exec: "${command}": stat ${command}: no such file or directory`)
      : new ProcessStartError(126, `exec: "${command}": ${problem === 'directory' ? 'is a directory' : 'permission denied'}`)
  }
  let denied = false
  for (const folder of (path ?? '').split(':')) {
    if (!isAbsolute(folder)) continue
    const file = join(folder, command)
    const problem = problemOf(file)
    if (problem === undefined) return file
    if (problem === 'denied') denied = true
  }
  throw denied
    ? new ProcessStartError(126, `exec: "${command}": permission denied`)
    : new ProcessStartError(127, `exec: "${command}": executable file not found in $PATH`)
}

/** Throws `ProcessStartError` unless a process may start in this directory. */
export function checkWorkingDir(workingDir: string): void {
  let isDirectory: boolean
  try {
    isDirectory = statSync(workingDir).isDirectory()
    accessSync(workingDir, constants.X_OK)
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES'
    throw new ProcessStartError(128, `chdir to cwd ("${workingDir}"): ${denied ? 'permission denied' : 'no such file or directory'}`)
  }
  if (!isDirectory) throw new ProcessStartError(128, `chdir to cwd ("${workingDir}"): not a directory`)
}

function problemOf(file: string): 'missing' | 'directory' | 'denied' | undefined {
  try {
    if (statSync(file).isDirectory()) return 'directory'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'denied' : 'missing'
  }
  try {
    accessSync(file, constants.X_OK)
    return undefined
  } catch {
    return 'denied'
  }
}
