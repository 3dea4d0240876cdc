import type { WriteResult } from '../../migrate/write-object.ts'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { printable } from '../../output/table.ts'

/** Says of each object what has become of it, when it has; fails at the end when something was left. */
export async function printResults(results: AsyncIterable<WriteResult>, say: (line: string) => void = print): Promise<void> {
  const counts = { created: 0, changed: 0, unchanged: 0, left: 0 }
  for await (const { title, outcome, why } of results) {
    counts[outcome]++
    if (outcome !== 'unchanged' || why !== undefined) say(printable(`${title}: ${outcome}${why === undefined ? '' : ` (${why})`}`))
  }
  say(`${counts.created} created, ${counts.changed} changed, ${counts.unchanged} as they were, ${counts.left} left.`)
  if (counts.left > 0)
    throw new CommandFailure(`${counts.left} of them were not taken.`, {
      exitCode: exitCodes.notSo,
      remedy: 'The reason stands beside each. What was written stays, and the command can be run again.',
    })
}
