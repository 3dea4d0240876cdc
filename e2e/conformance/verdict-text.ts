import type { Verdict } from './verdict.ts'

/** A verdict for people: where ours differs, both sides of it, and what either side has said. */
export function describeVerdict(verdict: Verdict): string {
  const lines = [
    `${verdict.passed ? 'ok  ' : 'FAIL'} ${verdict.tool}  ${verdict.name}${verdict.reason === undefined ? '' : `: ${verdict.reason}`}`,
  ]
  if (verdict.masked > 0) lines.push(`  left out, random: ${verdict.masked}`)
  for (const { at, ours, theirs } of verdict.differences.slice(0, 5)) lines.push(`  ${at}`, `    ours:   ${ours}`, `    theirs: ${theirs}`)
  if (verdict.differences.length > 5) lines.push(`  … and ${verdict.differences.length - 5} more`)
  if (verdict.ourError !== undefined) lines.push(`  ours:   ${indent(verdict.ourError)}`)
  if (verdict.theirError !== undefined) lines.push(`  theirs: ${indent(verdict.theirError)}`)
  return `${lines.join('\n')}\n`
}

function indent(text: string): string {
  const lines = text.split('\n').slice(0, 12)
  return lines.map((line) => (line.length <= 400 ? line : `${line.slice(0, 200)} … ${line.slice(-200)}`)).join('\n          ')
}
