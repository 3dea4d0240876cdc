import type { BranchProtection } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { allowsSelfApproval, neededApprovals, rulesOf } from './branch-rules.ts'

const rule = (pattern: string, more: Partial<BranchProtection> = {}): BranchProtection => ({
  pattern,
  requiredChecks: [],
  requiredApprovals: 1,
  codeOwners: false,
  allowSelfApproval: false,
  linearHistory: false,
  upToDate: false,
  mayPush: [],
  ...more,
})

describe('what a branch demands', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'main2', false],
    ['release/*', 'release/1.2', true],
    ['release/*', 'release/1/2', false],
    ['release/**', 'release/1/2', true],
    ['v?.*', 'v1.20', true],
    ['*-*', 'a-b-c', true],
    ['constructor', 'main', false],
    ['a*a*a*a*a*a*a*b', 'a'.repeat(60), false],
  ])('%s holds for %s: %j', (pattern, branch, holds) => {
    expect(rulesOf([rule(pattern)], branch).length === 1).toBe(holds)
  })

  it('is all of it where several rules hold', () => {
    const rules = [rule('main', { requiredApprovals: 2, allowSelfApproval: true }), rule('*')]

    expect(neededApprovals(rules, 'main')).toBe(2)
    expect(allowsSelfApproval(rules, 'main')).toBe(false)
    expect(allowsSelfApproval([], 'main')).toBe(false)
    expect(neededApprovals([], 'main')).toBe(0)
  })
})
