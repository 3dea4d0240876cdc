import { type Application, PlimsollError } from '@plimsoll/api'

/** Revisions by place, as Argo CD's clients send them; what is not named stays at what the source points at. */
export function revisionsAt(
  { spec }: Application,
  revisions: readonly string[] | null | undefined,
  positions: readonly number[] | null | undefined,
): string[] | undefined {
  if (!revisions || revisions.length === 0) return undefined
  const sources = spec.sources ?? []
  if (positions && positions.length !== revisions.length)
    throw new PlimsollError('invalid-request', `sourcePositions: ${positions.length} places for ${revisions.length} revisions`)
  const asked = sources.map(() => '')
  for (const [index, revision] of revisions.entries()) {
    const place = (positions?.[index] ?? index + 1) - 1
    if (!(place >= 0 && place < sources.length))
      throw new PlimsollError(
        'invalid-request',
        `sourcePositions: there is no source ${String(positions?.[index] ?? place + 1)}; the application has ${sources.length}`,
      )
    asked[place] = revision
  }
  return asked
}
