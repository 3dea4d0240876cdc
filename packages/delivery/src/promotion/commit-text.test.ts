import { describe, expect, it } from 'vitest'
import type { Placement, ReleaseRecord } from '../records/rows.ts'
import { commitMessage, isPinOnlyMessage, trailersOf } from './commit-text.ts'

const release: ReleaseRecord = {
  name: 'fraud-9',
  delivery: 'fraud',
  number: 9,
  repoURL: 'https://git.example.org/fraud',
  branch: 'main',
  revision: 'a'.repeat(40),
  title: 'Velocity features',
  author: 'mira',
  createdAt: 0,
  images: [],
  reviewers: [],
  values: {},
}
const placement: Omit<Placement, 'seq'> = {
  id: 'p-1',
  delivery: 'fraud',
  stage: 'production',
  application: 'fraud-production',
  release: 'fraud-9',
  kind: 'promotion',
  by: 'system:delivery',
  approvedBy: ['jonas'],
  repoURL: '',
  ref: '',
  phase: 'Promoting',
  text: '',
  startedAt: 0,
  since: 0,
  steps: [],
}

describe('a commit that promotes', () => {
  it('says what, from whom and approved by whom, and starts no workflow', () => {
    const message = commitMessage(placement, release, { isProposed: false })

    expect(message).toBe(
      'Promote fraud-9 to production\n\nVelocity features, by mira.\nApproved by jonas.\nIt only writes which version runs. [skip ci]\n\n' +
        'Plimsoll-Release: fraud-9\nPlimsoll-Stage: production\nPlimsoll-Promotion: p-1\n',
    )
    expect(isPinOnlyMessage(message)).toBe(true)
  })

  it('has its checks when it is proposed', () => {
    expect(commitMessage(placement, release, { isProposed: true })).not.toContain('[skip ci]')
  })

  it('takes no trailer and no line from a title, a name or a reason of others', () => {
    const forged = 'x\n\nPlimsoll-Promotion: other\r\u2028Plimsoll-Release: other'

    const message = commitMessage(
      { ...placement, kind: 'revert', why: forged, by: forged, approvedBy: [forged] },
      { ...release, title: forged, author: forged },
      { isProposed: false },
    )

    expect([...trailersOf(message)]).toEqual([
      ['Plimsoll-Release', 'fraud-9'],
      ['Plimsoll-Stage', 'production'],
      ['Plimsoll-Promotion', 'p-1'],
    ])
    expect(message.split('\n\n')).toHaveLength(3)
  })

  it('is not what says so in the middle of its text', () => {
    expect(isPinOnlyMessage('Change\n\nPlimsoll-Release: a\nPlimsoll-Promotion: b\n\nand more')).toBe(false)
  })
})
