import type { DeliveryPhase, DeliveryView, NextView, RequirementView, VerificationView } from '@plimsoll/api'
import type { Identity } from '../client/api.ts'
import { canWrite } from './may.ts'
import { verdictLooks } from './pull-look.ts'
import type { Look } from './tone.ts'

export const deliveryLooks: Record<DeliveryPhase, Look> = {
  Empty: { glyph: 'g-queued', tone: 'none' },
  Promoting: { glyph: 'g-progress', tone: 'run', turning: true },
  Verifying: { glyph: 'g-progress', tone: 'run', turning: true },
  Soaking: { glyph: 'g-clock', tone: 'run' },
  Verified: { glyph: 'g-ok', tone: 'ok' },
  Finished: { glyph: 'g-ok', tone: 'ok' },
  Held: { glyph: 'g-held', tone: 'hold' },
  Failed: { glyph: 'g-failed', tone: 'bad' },
  Inconclusive: { glyph: 'g-inconclusive', tone: 'warn' },
  RolledBack: { glyph: 'g-rolledback', tone: 'bad' },
  Superseded: { glyph: 'g-skipped', tone: 'none' },
  WaitingForApproval: { glyph: 'g-person', tone: 'hold' },
  Waiting: { glyph: 'g-held', tone: 'hold' },
  Invalid: { glyph: 'g-degraded', tone: 'bad' },
  Suspended: { glyph: 'g-suspended', tone: 'hold' },
}

/** Trouble first, then what waits for people, then what moves, then what is well. */
const order: readonly DeliveryPhase[] = [
  'Invalid',
  'Failed',
  'Inconclusive',
  'RolledBack',
  'WaitingForApproval',
  'Held',
  'Suspended',
  'Waiting',
  'Promoting',
  'Verifying',
  'Soaking',
]

export function inDeliveryOrder(deliveries: readonly DeliveryView[]): DeliveryView[] {
  const rank = ({ phase }: DeliveryView) => (order.includes(phase) ? order.indexOf(phase) : order.length)
  return deliveries.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

export function requirementGlyph({ isMet, kind, metAt, overridden }: RequirementView): Look {
  if (isMet) return { glyph: 'g-ok', tone: overridden ? 'warn' : 'ok' }
  if (kind === 'approvals' || kind === 'manual') return { glyph: 'g-person', tone: 'hold' }
  if (kind === 'soak' || (kind === 'window' && metAt !== undefined)) return { glyph: 'g-clock', tone: kind === 'soak' ? 'run' : 'hold' }
  if (kind === 'gate') return { glyph: 'g-fail', tone: 'bad' }
  return { glyph: 'g-held', tone: 'hold' }
}

export function stepLook({ state, overridden }: VerificationView): Look {
  if (state === 'waiting') return { glyph: 'g-queued', tone: 'none' }
  if (state === 'running') return { glyph: 'g-progress', tone: 'run', turning: true }
  if (overridden) return { glyph: 'g-ok', tone: 'warn' }
  return state === 'pass' ? { glyph: 'g-ok', tone: 'ok' } : verdictLooks[state]
}

export type NoApproval = 'role' | 'author' | 'group'

/** Why somebody may not approve, as docs/spec/delivery.md has it; the server asks again. */
export function whyNoApproval(next: NextView, identity: Identity | undefined): NoApproval | undefined {
  if (identity === undefined || !canWrite(identity)) return 'role'
  const { groups, notAuthor } = next.approvals
  if (notAuthor && next.release.author === identity.username) return 'author'
  if (groups.length > 0 && !groups.some((one) => (identity.groups ?? []).includes(one))) return 'group'
  return undefined
}

/** What stands in the way of a promotion by hand: everything but the hand. */
export function unmetOf(next: NextView): RequirementView[] {
  return next.requirements.filter(({ isMet, kind }) => !isMet && kind !== 'manual')
}

/** `sha256:6fd2…` as eight digits, an image's tag, or the commit. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 8)
}

/** How a release is called where there is little room: its model's version, or its number. */
export function releaseLabel(release: { number: number; model?: { version?: string } }): string {
  return release.model?.version ?? `#${release.number}`
}
