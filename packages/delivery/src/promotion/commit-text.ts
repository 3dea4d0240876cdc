import type { Placement, ReleaseRecord } from '../records/rows.ts'

/**
 * What a commit of ours says. Titles and names are others' words: they are put on one line, so that none of them can add a trailer
 * (git-interpret-trailers(1)). `[skip ci]`, which GitHub, GitLab, Gitea and we know: such a commit has nothing that could be tested or trained. One
 * that is proposed has its checks as any other.
 */
export function commitMessage(placement: Omit<Placement, 'seq'>, release: ReleaseRecord, { isProposed }: { isProposed: boolean }): string {
  const { kind, stage, why, by, approvedBy } = placement
  const subject =
    kind === 'revert'
      ? `Revert ${stage} to ${release.name}`
      : kind === 'pin'
        ? `Pin ${release.name} in ${stage}`
        : `Promote ${release.name} to ${stage}`
  const facts = [
    `${release.pullRequest ? `#${release.pullRequest.number} ` : ''}${oneLine(release.title)}, by ${oneLine(release.author)}.`,
    ...(release.model ? [`Model ${oneLine(release.model.version ?? '')} ${oneLine(release.model.digest)}.`.replace('  ', ' ')] : []),
    ...(approvedBy.length > 0 ? [`Approved by ${approvedBy.map(oneLine).join(', ')}.`] : []),
    ...(why !== undefined ? [`${oneLine(by)} says: ${oneLine(why)}`] : []),
  ]
  if (!isProposed) facts.push('It only writes which version runs. [skip ci]')
  const trailers = [`Plimsoll-Release: ${release.name}`, `Plimsoll-Stage: ${stage}`, `Plimsoll-Promotion: ${placement.id}`]
  return `${subject}\n\n${facts.join('\n')}\n\n${trailers.join('\n')}\n`
}

/** The last paragraph's `Plimsoll-…` lines. */
export function trailersOf(message: string): Map<string, string> {
  const last =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  const trailers = new Map<string, string>()
  for (const line of last.split('\n')) {
    const match = /^(Plimsoll-[A-Za-z]+): (\S+)$/.exec(line)
    if (match) trailers.set(match[1] ?? '', match[2] ?? '')
  }
  return trailers
}

/**
 * Whether a commit says that it only writes which version runs. Anybody can write that: whoever lets something through because of it compares the
 * changed paths as well, or asks `Deliveries.isPinOnly`, which goes by the records.
 */
export function isPinOnlyMessage(message: string): boolean {
  const trailers = trailersOf(message)
  return trailers.has('Plimsoll-Release') && trailers.has('Plimsoll-Promotion')
}

function oneLine(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
      .trim()
      .slice(0, 200)
  )
}
