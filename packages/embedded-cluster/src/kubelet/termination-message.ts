import { closeSync, constants, openSync, readSync } from 'node:fs'
import type { OutputLog } from '@plimsoll/processes'
import type { Container } from './pod.ts'
import { terminationMessageFile } from './volumes/container-root.ts'

/** k8s.io/api core/v1, FallbackToLogsOnError: the last 80 lines or 2048 bytes. */
const mostLines = 80
const mostLogBytes = 2048
const mostFileBytes = 4096

/** What a container leaves behind for whoever asks why it ended: its file, or the end of its log where it asks for that. '' for none. */
export async function terminationMessage(
  container: Container,
  root: string,
  exitCode: number,
  log: OutputLog | undefined,
): Promise<string> {
  const written = readStart(terminationMessageFile(container, root), mostFileBytes)
  if (written !== '' || container.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return written
  const lines: Buffer[] = []
  for await (const { bytes } of log?.lines({ tailLines: mostLines }) ?? []) lines.push(bytes)
  return Buffer.concat(lines).subarray(-mostLogBytes).toString()
}

/** '' when there is none. A link is not followed: the container wrote it. */
function readStart(file: string, mostBytes: number): string {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const buffer = Buffer.alloc(mostBytes)
      return buffer.subarray(0, readSync(descriptor, buffer, 0, mostBytes, 0)).toString()
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}
