import { accountRoles } from '@plimsoll/api'
import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { isAllowed, permissions } from '../permissions.ts'
import type { Permission, Principal } from '../principal.ts'
import { createEnforcer, type Enforcer } from './enforcer.ts'

const objects = new Map<string, KubeObject>()
const cache = {
  get: ({ kind, name }: { kind: string; name: string }) => objects.get(`${kind}/${name}`),
  ofKind: ({ kind }: { kind: string }) => [...objects.values()].filter((object) => object.kind === kind),
} as unknown as ClusterCache
let enforcer: Enforcer

beforeEach(() => {
  objects.clear()
  enforcer = createEnforcer(cache, 'argocd')
})

function settings(data: Record<string, string>): void {
  objects.set('ConfigMap/argocd-rbac-cm', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-rbac-cm' }, data } as KubeObject)
}

function project(name: string, ...roles: { name: string; policies?: string[]; groups?: string[] }[]): void {
  objects.set(`AppProject/${name}`, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name },
    spec: { roles },
  } as unknown as KubeObject)
}

const who = (username: string, change: Partial<Principal> = {}): Principal => ({
  username,
  role: 'none',
  groups: [],
  tokenId: 't',
  via: 'bearer',
  ...change,
})
const may = (principal: Principal, resource: string, action: string, object: string | undefined): boolean =>
  enforcer.permits(principal, resource, action, object)

describe('without any policy', () => {
  it('a role may what the table says, with every object, and nothing else', () => {
    for (const role of accountRoles)
      for (const permission of Object.keys(permissions) as Permission[]) {
        const [resource = '', action = ''] = permission.split(':')
        for (const object of ['', 'x', 'any/thing', undefined])
          expect([role, permission, may(who('u', { role }), resource, action, object)]).toEqual([
            role,
            permission,
            isAllowed(role, permission),
          ])
      }
    expect(may(who('u', { role: 'admin' }), 'constructor', 'get', 'x')).toBe(false)
    expect(may(who('u', { role: 'admin' }), 'applications', 'toString', 'x/y')).toBe(false)
  })

  it('a right to the whole is one to its parts, for the roles of accounts', () => {
    expect(may(who('u', { role: 'maintainer' }), 'applications', 'delete/apps/Deployment/shop/web', 'x/y')).toBe(true)
    expect(may(who('u', { role: 'maintainer' }), 'applications', 'action/apps/Deployment/restart', 'x/y')).toBe(true)
    expect(may(who('u', { role: 'readonly' }), 'applications', 'delete/apps/Deployment/shop/web', 'x/y')).toBe(false)
  })
})

describe('a policy of argocd-rbac-cm', () => {
  it.each([
    ['p, ana, applications, sync, shop/*, allow', 'sync', 'shop/web', true],
    ['p, ana, applications, sync, shop/*, allow', 'sync', 'shop/team/web', true],
    ['p, ana, applications, sync, shop/*, allow', 'sync', 'other/web', false],
    ['p, ana, applications, sync, shop/*, allow', 'delete', 'shop/web', false],
    ['p, ana, applications, *, */*, allow', 'action/apps/Deployment/restart', 'shop/web', true],
    ['p, ana, *, *, *, allow\np, ana, applications, sync, prod/*, deny', 'sync', 'prod/web', false],
    ['p, ana, applications, sync, prod/*, deny\np, ana, *, *, *, allow', 'sync', 'prod/web', false],
    ['p, ana, *, *, *, allow\np, ana, applications, sync, prod/*, deny', 'get', 'prod/web', true],
    ['g, ana, role:admin', 'delete', 'prod/web', true],
    ['g, ana, role:a\ng, role:a, role:b\np, role:b, applications, get, */*, allow', 'get', 'x/y', true],
    ['g, ana, role:a\ng, role:a, ana', 'get', 'x/y', false],
    ['p, bob, applications, *, */*, allow', 'get', 'x/y', false],
    ['p, "ana", applications, get, "x/{y,z}", allow', 'get', 'x/z', true],
    ['p, ana, applications, update, x/*, allow', 'update/apps/Deployment/ns/web', 'x/y', false],
    ['p, ana, applications, update/*, x/*, allow', 'update/apps/Deployment/ns/web', 'x/y', true],
    ['p, ana, applications, update/*, x/*, allow', 'update', 'x/y', false],
    ['p, ana, applications, delete/*/Pod/*/*, x/*, allow', 'delete//Pod/ns/web-1', 'x/y', true],
    ['p, ana, applications, delete/*/Pod/*/*, x/*, allow', 'delete/apps/Deployment/ns/web', 'x/y', false],
    ['# nothing\n\n', 'get', 'x/y', false],
  ])('%j: %s of %s is %s', (policy, action, object, answer) => {
    settings({ 'policy.csv': policy })

    expect(may(who('ana'), 'applications', action, object)).toBe(answer)
  })

  it('is put together of all its files, and read anew when it changes', () => {
    settings({ 'policy.csv': 'g, ana, role:x', 'policy.team.csv': 'p, role:x, logs, get, a/*, allow' })
    const before = enforcer.digest()
    expect(may(who('ana'), 'logs', 'get', 'a/b')).toBe(true)

    settings({ 'policy.csv': 'g, ana, role:x' })
    expect(may(who('ana'), 'logs', 'get', 'a/b')).toBe(false)
    expect(enforcer.digest()).not.toBe(before)
  })

  it('counts for groups that it grants something, and never for those that are called like a role or a user', () => {
    settings({ 'policy.csv': 'g, team, role:admin\np, ana, applications, get, */*, allow' })

    expect(may(who('bob', { groups: ['team'] }), 'applications', 'get', 'x/y')).toBe(true)
    for (const group of ['role:admin', 'proj:x:y', 'ana'])
      expect(may(who('bob', { groups: [group] }), 'applications', 'get', 'x/y')).toBe(false)
    settings({ 'policy.csv': 'g, team, role:admin', scopes: '[email]' })
    expect(may(who('bob', { groups: ['team'] }), 'applications', 'get', 'x/y')).toBe(false)
  })

  it('denies what a group or the role of the account allows', () => {
    settings({ 'policy.csv': 'g, team, role:admin\np, ana, applications, delete, */*, deny' })

    expect(may(who('ana', { role: 'admin', groups: ['team'] }), 'applications', 'delete', 'x/y')).toBe(false)
    expect(may(who('ana', { role: 'admin' }), 'applications', 'sync', 'x/y')).toBe(true)
  })

  it('has a default that no denial takes away', () => {
    settings({ 'policy.default': 'role:readonly', 'policy.csv': 'p, ana, applications, get, */*, deny' })

    expect(may(who('ana'), 'applications', 'get', 'x/y')).toBe(true)
    expect(may(who('ana'), 'applications', 'sync', 'x/y')).toBe(false)
  })

  it('may be written in regular expressions, which match anywhere and never take long', () => {
    settings({
      'policy.matchMode': 'regex',
      'policy.csv': 'p, ana, applications, get|sync, ^shop/.+$, allow\np, ana, logs, get, (a+)+$, allow',
    })

    expect(may(who('ana'), 'applications', 'sync', 'shop/web')).toBe(true)
    expect(may(who('ana'), 'applications', 'sync', 'other/shop/web')).toBe(false)
    expect(may(who('ana'), 'logs', 'get', `${'a'.repeat(200)}b`)).toBe(false)
  })

  it.each([
    'p, ana, applications, get, */*',
    'p, ana, applications, get, */*, maybe',
    'x, y',
    'p, ana, applications, get, [, deny',
    'p, "ana, a, b, c, d',
  ])('that cannot be read leaves administrators, and nobody else, what they have: %s', (line) => {
    settings({ 'policy.csv': `p, bob, applications, get, */*, allow\n${line}`, 'policy.default': 'role:readonly' })

    expect(may(who('bob'), 'applications', 'get', 'x/y')).toBe(false)
    expect(may(who('m', { role: 'maintainer' }), 'applications', 'get', 'x/y')).toBe(false)
    expect(may(who('a', { role: 'admin' }), 'applications', 'get', 'x/y')).toBe(true)
    expect(enforcer.problems()).toEqual([expect.stringContaining('line 2')])
  })
})

describe('a role of a project', () => {
  const token = who('proj:shop:ci')

  beforeEach(() => {
    project('shop', {
      name: 'ci',
      groups: ['team'],
      policies: ['p, proj:shop:ci, applications, *, shop/*, allow', 'p, proj:shop:ci, applications, delete, shop/web, deny'],
    })
    project('other', { name: 'ci', policies: ['p, proj:other:ci, applications, *, other/*, allow'] })
  })

  it('may what its lines say, there, and see its project', () => {
    expect(may(token, 'applications', 'sync', 'shop/web')).toBe(true)
    expect(may(token, 'applications', 'delete', 'shop/web')).toBe(false)
    expect(may(token, 'projects', 'get', 'shop')).toBe(true)
    expect(may(token, 'projects', 'update', 'shop')).toBe(false)
    expect(may(who('u', { groups: ['team'] }), 'applications', 'sync', 'shop/web')).toBe(true)
    expect(may(who('u', { groups: ['team'] }), 'applications', 'sync', 'other/web')).toBe(false)
  })

  it('reaches nothing of another project, whatever policies say', () => {
    settings({ 'policy.default': 'role:admin', 'policy.csv': 'g, proj:shop:ci, role:admin\np, proj:shop:ci, *, *, *, allow' })
    const names = fc.oneof(fc.constantFrom('other', 'sho', 'shopp', '*', '', '__proto__', 'constructor', 'shop\n'), fc.string())
    fc.assert(
      fc.property(
        names.filter((name) => name !== 'shop'),
        fc.constantFrom('applications', 'applicationsets', 'logs', 'repositories', 'clusters', 'exec'),
        (name, resource) => {
          expect(may(token, resource, 'get', `${name.replaceAll('/', '')}/web`.replace(/^shop\//, 'x/'))).toBe(false)
          expect(may(token, 'projects', 'get', name)).toBe(false)
        },
      ),
    )
  })

  it.each([
    'p, proj:other:ci, applications, get, shop/*, allow',
    'p, role:readonly, applications, delete, shop/*, allow',
    'p, proj:shop:ci, applications, get, *, allow',
    'p, proj:shop:ci, applications, get, */*, allow',
    'p, proj:shop:ci, applications, get, other/*, allow',
    'p, proj:shop:ci, applications, get, shop*/*, allow',
    'p, proj:shop:ci, accounts, update, shop/x, allow',
    'g, ana, role:admin',
    'p, proj:shop:ci, applications, get, shop/*, maybe',
    'nonsense',
  ])('with a line that speaks of anything else has nothing: %s', (line) => {
    project('shop', { name: 'ci', policies: ['p, proj:shop:ci, applications, get, shop/*, allow', line] })

    expect(may(token, 'applications', 'get', 'shop/web')).toBe(false)
    expect(may(who('ana'), 'applications', 'get', 'shop/web')).toBe(false)
    expect(may(who('ana', { role: 'readonly' }), 'applications', 'delete', 'shop/web')).toBe(false)
    expect(enforcer.problems()).toEqual([expect.stringContaining('project shop, role ci: invalid policy rule')])
  })

  it('may nothing with repositories, which are in no project, whatever they are called, and with clusters of the project alone', () => {
    project('shop', {
      name: 'ci',
      policies: ['p, proj:shop:ci, repositories, *, shop/*, allow', 'p, proj:shop:ci, clusters, get, shop/*, allow'],
    })

    expect(may(token, 'repositories', 'update', 'shop/web')).toBe(false)
    expect(may(token, 'repositories', 'update', undefined)).toBe(false)
    expect(may(token, 'clusters', 'get', 'shop/https://10.0.0.1')).toBe(true)
    expect(may(token, 'clusters', 'update', 'shop/https://10.0.0.1')).toBe(false)
    for (const server of ['https://10.0.0.1', 'other/https://10.0.0.1']) expect(may(token, 'clusters', 'get', server)).toBe(false)
  })

  it('changes its digest with its lines, and not with its tokens', () => {
    const before = enforcer.digest()
    const shop = objects.get('AppProject/shop') as unknown as { spec: { roles: object[] } }
    objects.set('AppProject/shop', {
      ...shop,
      spec: { roles: shop.spec.roles.map((role) => ({ ...role, jwtTokens: [{ iat: 1 }] })) },
    } as never)
    expect(enforcer.digest()).toBe(before)

    project('shop', { name: 'ci' })
    expect(enforcer.digest()).not.toBe(before)
  })

  it.each([[null], 'x', { name: 'ci' }, [{ name: 1 }], [[]]])('that is no role costs its own project only: %j', (roles) => {
    objects.set('AppProject/shop', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'shop' },
      spec: { roles },
    } as never)

    expect(enforcer.digest()).toMatch(/.{20}/)
    expect(enforcer.problems()).toEqual([])
    expect(may(token, 'applications', 'sync', 'shop/web')).toBe(false)
    expect(may(who('proj:other:ci'), 'applications', 'sync', 'other/web')).toBe(true)
    expect(may(token, 'applications', 'sync', undefined)).toBe(false)
  })

  it('may something somewhere only where it has a line for it', () => {
    expect(may(token, 'applications', 'sync', undefined)).toBe(true)
    expect(may(token, 'logs', 'get', undefined)).toBe(false)
    expect(may(token, 'accounts', 'get', undefined)).toBe(false)
  })
})
