import type { Check } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import type { Principal } from './auth/principal.ts'
import { checkSetter, nameOfRunCheck } from './check-names.ts'

const commit = 'a'.repeat(40)
const person: Principal = { username: 'mal', role: 'maintainer', groups: [], tokenId: 't', via: 'bearer' }
const run: Principal = {
  ...person,
  username: 'ci',
  run: { repository: 'demo', permissions: { checks: 'write' }, about: { commit, runId: '1' } },
}
const ofJob: Check = { name: 'lint', commit, status: 'completed', conclusion: 'failure', title: '', detailsUrl: '/runs/1?job=2' }

describe('a check', () => {
  it.each(['gate: quality', ' Gate: quality', 'gate:quality', 'plan: shop'])('%j is set by nobody but its gate or plan', (name) => {
    expect(() => checkSetter({ name, commit }, person, [])).toThrow('alone')
    expect(() => checkSetter({ name, commit }, run, [])).toThrow('alone')
  })

  it.each([
    ['of another commit', { name: 'coverage', commit: 'b'.repeat(40) }, 'of no other'],
    ['of a job that has not run yet', { name: 'ci / test', commit }, 'no step sets it'],
    ['of a job that failed', { name: 'lint', commit }, 'no step sets it'],
  ])('%s is not set by a run', (_what, check, words) => {
    expect(() => checkSetter(check, run, [ofJob])).toThrow(words)
  })

  it('is not set with a token that is about no commit', () => {
    const unbound: Principal = { ...run, run: { repository: 'demo', permissions: { checks: 'write' } } }

    expect(() => checkSetter({ name: 'coverage', commit }, unbound, [])).toThrow('which is none')
  })

  it('with a name of its own is set by a run, and by people', () => {
    expect(() => checkSetter({ name: 'coverage', commit }, run, [ofJob])).not.toThrow()
    expect(() => checkSetter({ name: 'coverage', commit: 'b'.repeat(40) }, person, [ofJob])).not.toThrow()
  })

  it('of a workflow that calls itself a gate is none', () => {
    expect(['gate: quality', 'plan: shop', 'ci / test'].map(nameOfRunCheck)).toEqual([
      'workflow gate: quality',
      'workflow plan: shop',
      'ci / test',
    ])
  })
})
