/**
 * Terminology
 * - process: one command, run as the leader's child in a session (and process group) of its own, so that it outlives us and is signalled as a whole.
 * - shim: the tiny `/bin/sh` that starts the command, waits for it and writes down how it ended. It is the leader; its pid is the process's.
 * - state directory: the files of one process: `process` (who it is), `exit` (how it ended), `killed` (that we sent SIGKILL), `output.log`.
 * - identity: pid and start time. A pid alone is never trusted, because it is used again.
 * - adopt: to take a process over that another one of us has started.
 * - input: a named pipe in the state directory, for processes that somebody may talk to.
 * - output log: both streams of a process in one file of limited size, with the time at which each part arrived.
 */
export * from './contract.ts'
export { startProcess } from './start-process.ts'
export { adoptProcess } from './adopt-process.ts'
export { endProcess } from './end-process.ts'
export { identify, isSameProcess, membersOfSession, type ProcessIdentity } from './identity.ts'
export { findExecutable } from './executable.ts'
export { collectGarbageAfterBursts } from './burst-garbage.ts'
export { runProgram, type ProgramEnd, type ProgramRun } from './run-program.ts'
export { listeningPorts } from './listening-ports.ts'
export { openOutputLog, type OutputLog, type OutputLogOptions, type ReadOutputOptions } from './output-log.ts'
