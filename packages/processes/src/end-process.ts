import type { ProcessExit, ProcessHandle } from './contract.ts'

/** Asks the process to end, and after `graceMs` makes it. Resolves when it is gone. */
export async function endProcess(handle: ProcessHandle, graceMs: number): Promise<ProcessExit> {
  handle.signal('SIGTERM')
  const timer = setTimeout(() => handle.signal('SIGKILL'), graceMs)
  try {
    return await handle.exited
  } finally {
    clearTimeout(timer)
  }
}
