import { readFileSync } from 'node:fs'
import { accountRoles } from '@plimsoll/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forgeActorOf } from './forge-actor.ts'
import { type Permission, permissions } from './permissions.ts'
import { isAllowed, isPermitted, type Principal } from './principal.ts'

const page = readFileSync(new URL('../../../../docs/spec/people.md', import.meta.url), 'utf8')
const all = Object.keys(permissions) as Permission[]

function principal(change: Partial<Principal>): Principal {
  return { username: 'mina', role: 'maintainer', groups: [], tokenId: 't', via: 'bearer', ...change }
}

describe('what each role may do', () => {
  it('is what the page of people says, permission by permission', () => {
    const rows = [...page.matchAll(/^\| `([a-z]+:[a-z]+)` +\|(.*)\|$/gm)].map(([, permission = '', cells = '']) => [
      permission,
      ...cells.split('|').map((cell) => cell.trim()),
    ])

    expect(rows).toEqual(all.map((permission) => [permission, ...accountRoles.map((role) => (isAllowed(role, permission) ? 'yes' : ''))]))
  })

  it('only grows from readonly to admin, who may everything', () => {
    for (const permission of all) {
      const may = accountRoles.map((role) => isAllowed(role, permission))

      expect([permission, may]).toEqual([permission, may.toSorted((a, b) => Number(b) - Number(a))])
      expect(may[0]).toBe(true)
    }
  })

  it('is nothing for what is no permission, whatever it is called', () => {
    const texts = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty', 'applications', ':get'))
    fc.assert(
      fc.property(
        texts.filter((text) => !all.includes(text as Permission)),
        (text) => {
          expect(accountRoles.filter((role) => isAllowed(role, text as Permission))).toEqual([])
        },
      ),
    )
  })
})

describe("a run's token", () => {
  const run = (given: Record<string, 'read' | 'write' | 'none'>) =>
    principal({ role: 'readonly', run: { repository: 'team/shop', permissions: given } })

  it('is good for its own repository, and for what it was given', () => {
    const reader = run({ contents: 'read', checks: 'write' })

    expect(isPermitted(reader, 'repositories:get', 'team/shop')).toBe(true)
    expect(isPermitted(reader, 'repositories:get', 'team/other')).toBe(false)
    expect(isPermitted(reader, 'repositories:get')).toBe(false)
    expect(isPermitted(reader, 'repositories:update', 'team/shop')).toBe(false)
    expect(isPermitted(reader, 'checks:update', 'team/shop')).toBe(true)
    expect(isPermitted(run({ issues: 'write' }), 'pullrequests:update', 'team/shop')).toBe(false)
    expect(isPermitted(run({ issues: 'write' }), 'pullrequests:update', 'team/shop', ['issues'])).toBe(true)
    expect(isPermitted(run({ contents: 'none' }), 'repositories:get', 'team/shop')).toBe(false)
  })

  it('never reviews, merges, approves, deploys or administers, whatever it was given', () => {
    const names = [
      'contents',
      'pull-requests',
      'checks',
      'statuses',
      'issues',
      'actions',
      'deployments',
      'admin',
      'constructor',
      '__proto__',
    ]
    const given = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('read', 'write', 'none'))
    const forbidden = all.filter(
      (one) =>
        !/^(repositories:(get|update)|pullrequests:(get|create|update)|checks:(get|update)|gates:(get|create)|models:get)$/.test(one),
    )
    fc.assert(
      fc.property(given, (permissionsGiven) => {
        const one = run(permissionsGiven as Record<string, 'read'>)

        expect(forbidden.filter((permission) => isPermitted(one, permission, 'team/shop'))).toEqual([])
        expect(forgeActorOf(one).canWrite('team/shop')).toBe(false)
        expect(forgeActorOf(one).canAdminister('team/shop')).toBe(false)
      }),
    )
  })
})

describe('somebody as pull requests see them', () => {
  it.each([
    ['admin', true, true, true],
    ['maintainer', true, true, false],
    ['contributor', true, false, false],
    ['readonly', true, false, false],
  ] as const)('%s', (role, canRead, canWrite, canAdminister) => {
    const actor = forgeActorOf(principal({ role, groups: ['ml-engineers'], displayName: 'Mina Park' }))

    expect([actor.canRead('r'), actor.canWrite('r'), actor.canAdminister('r')]).toEqual([canRead, canWrite, canAdminister])
    expect(actor).toMatchObject({ name: 'mina', displayName: 'Mina Park', groups: ['ml-engineers'] })
  })
})
