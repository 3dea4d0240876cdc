import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRemoval, digestOf, type GuardInput } from './deletion-guard.ts'

const now = '2026-01-01T00:00:00Z'
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `app-${String(index).padStart(2, '0')}`)

function input(existing: number, desired: readonly string[], over: Partial<GuardInput> = {}): GuardInput {
  return {
    existing: names(existing),
    desired: new Set(desired),
    counts: [desired.length],
    countsBefore: undefined,
    pending: undefined,
    approval: undefined,
    isOff: false,
    now,
    ...over,
  }
}

describe('deletion', () => {
  it.each([
    [10, 9, 'goes on', 1],
    [10, 5, 'goes on', 5],
    [10, 4, 'waits', 6],
    [2, 1, 'goes on', 1],
    [3, 1, 'waits', 2],
    [3, 2, 'goes on', 1],
    [1, 0, 'waits', 1],
    [10, 0, 'waits', 10],
  ])('of %d to %d %s', (existing, left, what, gone) => {
    const decision = decideRemoval(input(existing, names(left)))

    expect(decision.removed).toHaveLength(what === 'waits' ? 0 : gone)
    expect(decision.pending?.applications ?? []).toHaveLength(what === 'waits' ? gone : 0)
  })

  it('waits where the template gives every one another name, whatever comes in their place', () => {
    const decision = decideRemoval(input(4, ['new-1', 'new-2', 'new-3', 'new-4']))

    expect(decision).toMatchObject({
      removed: [],
      pending: { applications: names(4), of: 4, reason: 'more than half of the applications would go', since: now },
    })
  })

  it('waits on when what was made in their place is there', () => {
    const first = decideRemoval(input(4, ['new-1', 'new-2', 'new-3', 'new-4', 'new-5']))
    const existing = [...names(4), 'new-1', 'new-2', 'new-3', 'new-4', 'new-5']

    const later = decideRemoval({ ...input(0, existing.slice(4), { pending: first.pending }), existing })

    expect(later).toMatchObject({ removed: [], pending: { digest: first.pending?.digest, since: now } })
  })

  it('waits where one of several generators gives nothing any more, until it does again', () => {
    const first = decideRemoval(input(13, names(10), { counts: [10, 0], countsBefore: [10, 3] }))
    expect(first).toMatchObject({ removed: [], pending: { reason: 'spec.generators[1] gives nothing any more' }, counts: [10, 3] })

    const later = decideRemoval(input(13, names(10), { counts: [10, 0], countsBefore: first.counts, pending: first.pending, now: 'later' }))
    expect(later).toMatchObject({ removed: [], pending: { since: now }, counts: [10, 3] })

    expect(decideRemoval(input(13, names(13), { counts: [10, 3], countsBefore: later.counts, pending: later.pending }))).toMatchObject({
      removed: [],
      pending: undefined,
      counts: [10, 3],
    })
  })

  it('asks nobody where the set says so', () => {
    expect(decideRemoval(input(10, [], { isOff: true }))).toMatchObject({ removed: names(10), pending: undefined })
  })

  it('goes on once its digest is approved, also after a kill in the middle', () => {
    const asked = decideRemoval(input(10, []))
    const pending = asked.pending
    const approved = decideRemoval(input(10, [], { pending, approval: pending?.digest }))
    expect(approved).toMatchObject({ removed: names(10), pending: { isApproved: true }, isApprovalSpent: true })

    const half = names(10).slice(6)
    const killed = decideRemoval({ ...input(0, [], { pending: approved.pending }), existing: half })
    expect(killed.removed).toEqual(half)

    expect(decideRemoval({ ...input(0, [], { pending: killed.pending }), existing: [] })).toMatchObject({ removed: [], pending: undefined })
  })

  it('is approved for what was asked and for no more', () => {
    const asked = decideRemoval(input(10, names(2)))

    const more = decideRemoval(input(10, [], { pending: asked.pending, approval: asked.pending?.digest }))

    expect(more.removed).toEqual(names(10).slice(2))
    const rest = decideRemoval({ ...input(0, [], { pending: more.pending }), existing: names(2) })
    expect(rest).toMatchObject({ removed: [], pending: { applications: names(2), digest: digestOf(names(2)) } })
    expect(rest.pending?.isApproved).toBeUndefined()
  })

  it('keeps what is wanted again, although its deletion was approved', () => {
    const asked = decideRemoval(input(4, []))

    expect(decideRemoval(input(4, names(3), { pending: asked.pending, approval: asked.pending?.digest })).removed).toEqual(['app-03'])
  })

  it.each([undefined, 'sha256:0', 'true', digestOf(names(9))])('is not approved by %s', (approval) => {
    const asked = decideRemoval(input(10, []))

    expect(decideRemoval(input(10, [], { pending: asked.pending, approval }))).toMatchObject({
      removed: [],
      pending: { digest: digestOf(names(10)) },
      isApprovalSpent: approval !== undefined,
    })
  })

  it('is approved by the digest alone where nothing could be remembered', () => {
    expect(decideRemoval(input(10, [], { approval: digestOf(names(10)) })).removed).toEqual(names(10))
  })

  it('never takes more than half at once that nobody has approved, whatever happens', () => {
    const name = fc.constantFrom(...names(8))
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.uniqueArray(name), fc.boolean(), (existing, desired, isKnown) => {
        const before = isKnown ? [existing.length] : undefined
        const decision = decideRemoval({ ...input(0, desired, { countsBefore: before, counts: [desired.length] }), existing })

        const gone = existing.filter((one) => !desired.includes(one)).toSorted()
        expect(decision.removed.every((one) => gone.includes(one))).toBe(true)
        if (decision.removed.length > 1) expect(decision.removed.length * 2).toBeLessThanOrEqual(existing.length)
        if (desired.length === 0) expect(decision.removed).toEqual([])
        expect([...decision.removed, ...(decision.pending?.applications ?? [])].toSorted()).toEqual(gone)
      }),
    )
  })
})
