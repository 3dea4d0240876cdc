import type { Position } from '../contract.ts'
import type { SourceReader } from './source-reader.ts'

/** GitHub's rules for ids of jobs and steps (actions/runner, IdBuilder). */
export function checkIdentifier(reader: SourceReader, id: string, what: string, at: Position): boolean {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(id)) {
    reader.error(`${what} '${id}' begins with a letter or _, and holds letters, digits, _ and -`, at)
    return false
  }
  if (id.startsWith('__')) {
    reader.error(`${what} '${id}' begins with __, which GitHub keeps for itself`, at)
    return false
  }
  if (id.length > 100) {
    reader.error(`${what} '${id.slice(0, 20)}…' is longer than 100 characters`, at)
    return false
  }
  return true
}
