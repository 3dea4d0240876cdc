import { spawn } from 'node:child_process'
import { closeSync, constants as flags, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { ProcessStartError, type ProcessExit, type ProcessHandle, type ProcessSpec } from './contract.ts'
import { checkWorkingDir, findExecutable } from './executable.ts'
import { identify } from './identity.ts'
import { makeInputPipe } from './input-pipe.ts'
import { killLeftovers, signalGroup } from './process-group.ts'
import { shimScript } from './shim.ts'
import { exitWithoutRecord, fileOf, readExitRecord } from './state-dir.ts'

/** Names a POSIX shell hands on; it drops all others from the environment of what it starts. */
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Starts a process. Throws `ProcessStartError`, with nothing started, when it cannot. */
export async function startProcess(spec: ProcessSpec): Promise<ProcessHandle> {
  checkWorkingDir(spec.workingDir)
  const executable = findExecutable(spec.command, spec.env['PATH'], spec.workingDir)
  for (const word of [...spec.args, ...Object.entries(spec.env).flat()]) {
    if (word.includes('\0')) throw new ProcessStartError(128, `exec: "${spec.command}": invalid argument`)
  }
  mkdirSync(spec.stateDir, { recursive: true, mode: 0o700 })
  const input = spec.hasInput ? await makeInputPipe(fileOf.input(spec.stateDir)) : undefined
  const logFile = fileOf.output(spec.stateDir)
  const output = openSync(logFile, flags.O_WRONLY | flags.O_CREAT | flags.O_APPEND, 0o600)
  const startedAt = Date.now()
  let child
  try {
    child = spawn('/bin/sh', ['-c', shimScript, 'plimsoll-shim', spec.stateDir, ...unusualNames(spec.env), executable, ...spec.args], {
      cwd: spec.workingDir,
      env: spec.env,
      detached: true,
      stdio: [input?.reader ?? 'ignore', output, output],
    })
  } catch (error) {
    // E2BIG and the like are thrown at once.
    input?.writer.destroy()
    throw new ProcessStartError(128, `exec: "${spec.command}": ${(error as Error).message}`)
  } finally {
    closeSync(output)
    if (input) closeSync(input.reader)
  }
  const shim = child
  const failed = new Promise<Error>((resolve) => shim.once('error', resolve))
  const ended = new Promise<void>((resolve) => shim.once('exit', () => resolve()))
  const { pid } = shim
  if (pid === undefined) input?.writer.destroy()
  if (pid === undefined) throw new ProcessStartError(128, `exec: "${spec.command}": ${(await failed).message}`)
  shim.unref()

  if (process.platform !== 'linux') {
    const identity = identify(pid)
    if (identity) writeFileSync(fileOf.identity(spec.stateDir), identity.started, { mode: 0o600 })
  }
  const exited = ended.then((): ProcessExit => {
    input?.writer.destroy()
    const exit = readExitRecord(spec.stateDir)
    if (exit) return exit
    killLeftovers(pid)
    // The signal came before the shim could write anything, or somebody killed the shim.
    if (shim.signalCode !== null) return { code: 128 + constants.signals[shim.signalCode], finishedAt: Date.now() }
    return exitWithoutRecord(spec.stateDir, Date.now())
  })
  return {
    pid,
    startedAt,
    logFile,
    input: input?.writer,
    exited,
    signal(name) {
      // Until we have waited for our own child, the system cannot give its pid to another process.
      const isThere = () => shim.exitCode === null && shim.signalCode === null
      signalGroup(spec.stateDir, { pid, startedAt, isThere }, name)
    },
  }
}

/**
 * Kubernetes allows almost any character in the name of an environment variable, a shell hands on only its own. `env` sets the others; its
 * arguments can be seen by other users of the machine, which is why the usual ones do not go this way.
 */
function unusualNames(env: Record<string, string>): string[] {
  const words = Object.entries(env)
    .filter(([name]) => !shellName.test(name) && name !== '' && !name.includes('=') && !name.startsWith('-'))
    .map(([name, value]) => `${name}=${value}`)
  return words.length === 0 ? [] : [findExecutable('env', '/usr/bin:/bin', '/'), ...words]
}
