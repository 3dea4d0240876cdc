import type { DeliveryView, GateReport, PullRequest, Review } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { storyOf, type StoryFacts } from './story.ts'

const pull = (number: number, branch: string, state: PullRequest['state'] = 'open') =>
  ({ number, state, author: 'mina', head: { branch, commit: 'a' }, base: { branch: 'main', commit: 'b' } }) as PullRequest
const report = (pullRequest: number, verdict: GateReport['verdict']) => ({ pullRequest, verdict }) as GateReport
const nothing: StoryFacts = { pulls: [], reports: [], reviews: [], delivery: undefined, hasAsked: false }
const delivery = (staging: string, production: string, of: number) =>
  ({
    releases: [{ name: 'fraud-detector-2', pullRequest: { number: of } }],
    stages: [
      { name: 'staging', phase: staging, release: { name: 'fraud-detector-2' } },
      { name: 'production', phase: production, release: { name: production === 'Empty' ? 'fraud-detector-1' : 'fraud-detector-2' } },
    ],
  }) as DeliveryView

describe('the story of the demo', () => {
  it('begins with the proposal', () => {
    expect([storyOf(nothing).next, storyOf(nothing).done]).toEqual(['propose', 0])
  })

  it('goes on by what has happened, wherever it was done', () => {
    const open = [pull(1, 'see-bursts-from-new-devices')]
    const judged = { ...nothing, pulls: open, reports: [report(1, 'pass')] }
    const approved = { ...judged, reviews: [{ author: 'jonas', state: 'approved' } as Review] }
    const merged = { ...approved, pulls: [pull(1, 'see-bursts-from-new-devices', 'merged')] }

    expect(storyOf({ ...nothing, pulls: open }).next).toBe('judge')
    expect(storyOf(judged).next).toBe('approve')
    expect(storyOf(approved).next).toBe('merge')
    expect(storyOf(merged).next).toBe('staging')
    expect(storyOf({ ...merged, delivery: delivery('Soaking', 'Empty', 1) }).next).toBe('staging')
    expect(storyOf({ ...merged, delivery: delivery('Verified', 'Empty', 1) }).next).toBe('production')
    expect(storyOf({ ...merged, delivery: delivery('Verified', 'Verifying', 1) }).next).toBe('production')
    expect(storyOf({ ...merged, delivery: delivery('Verified', 'Finished', 1) }).next).toBe('ask')
  })

  it("counts neither the author's own approval nor one that is void", () => {
    const facts = { ...nothing, pulls: [pull(1, 'see-bursts-from-new-devices')], reports: [report(1, 'pass')] }

    expect(storyOf({ ...facts, reviews: [{ author: 'mina', state: 'approved' } as Review] }).next).toBe('approve')
    expect(storyOf({ ...facts, reviews: [{ author: 'jonas', state: 'approved', void: 'the head moved' } as Review] }).next).toBe('approve')
  })

  it('looks at the newest proposal, and at no other branch', () => {
    const pulls = [pull(3, 'fewer-features-are-better'), pull(2, 'fewer-features-2'), pull(1, 'fewer-features', 'closed')]

    expect(storyOf({ ...nothing, pulls }).regress?.number).toBe(2)
  })

  it('ends when the worse one was stopped, not when it passed', () => {
    const pulls = [pull(4, 'fewer-features')]

    expect(storyOf({ ...nothing, pulls, reports: [report(4, 'pass')] }).isDone.stopped).toBe(false)
    expect(storyOf({ ...nothing, pulls, reports: [report(4, 'fail')] }).isDone.stopped).toBe(true)
    expect(storyOf({ ...nothing, pulls, reports: [report(4, 'inconclusive')] }).isDone.stopped).toBe(true)
  })
})
