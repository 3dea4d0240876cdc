import { describe, expect, it } from 'vitest'
import { isDestinationPermitted, isKindPermitted, isNamespacePermitted, isSourcePermitted } from './permits.ts'

describe('a source', () => {
  it.each([
    [['*'], 'https://github.com/a/b.git', true],
    [[], 'https://github.com/a/b.git', false],
    [['https://github.com/a/*'], 'https://github.com/a/b', true],
    [['https://github.com/a/*'], 'https://github.com/a/b/c', false],
    [['https://github.com/a/**'], 'https://github.com/a/b/c', true],
    [['https://github.com/A/B'], 'https://GITHUB.com/a/b.git', true],
    [['git@github.com:a/*'], 'ssh://git@github.com/a/b.git', true],
    [['ssh://git@github.com/a/b'], 'git@github.com:a/b.git', true],
    [['*', '!https://github.com/secret/**'], 'https://github.com/secret/b', false],
    [['!https://github.com/secret/**', '*'], 'https://github.com/secret/b', false],
    [['!https://github.com/secret/**'], 'https://github.com/other/b', true],
    [['oci://registry.example.com/charts/*'], 'oci://registry.example.com/charts/web', true],
    [['https://github.com/[a'], 'https://github.com/[a', false],
    [['constructor'], '__proto__', false],
  ])('with %j: %s is permitted: %s', (sourceRepos, url, isPermitted) => {
    expect(isSourcePermitted({ sourceRepos }, url)).toBe(isPermitted)
  })
})

const home = { server: 'https://kubernetes.default.svc', name: 'in-cluster' }

describe('a destination', () => {
  it.each([
    [[{ server: '*', namespace: '*' }], { ...home, namespace: 'any' }, true],
    [[], { ...home, namespace: 'any' }, false],
    [[{ server: home.server, namespace: 'team-*' }], { ...home, namespace: 'team-a' }, true],
    [[{ server: home.server, namespace: 'team-*' }], { ...home, namespace: 'other' }, false],
    [[{ name: 'in-cluster', namespace: 'a' }], { ...home, namespace: 'a' }, true],
    [[{ name: 'other', namespace: 'a' }], { ...home, namespace: 'a' }, false],
    [
      [
        { server: '*', namespace: '!kube-system' },
        { server: '*', namespace: '*' },
      ],
      { ...home, namespace: 'kube-system' },
      false,
    ],
    [
      [
        { server: '*', namespace: '!kube-system' },
        { server: '*', namespace: '*' },
      ],
      { ...home, namespace: 'default' },
      true,
    ],
    [
      [
        { server: '!https://kubernetes.default.svc', namespace: '*' },
        { server: '*', namespace: '*' },
      ],
      { ...home, namespace: 'x' },
      false,
    ],
    [[{ server: '*', namespace: '*' }], { namespace: 'x' }, false],
  ])('with %j: %j is permitted: %s', (destinations, destination, isPermitted) => {
    expect(isDestinationPermitted({ destinations }, destination)).toBe(isPermitted)
  })
})

describe('a kind', () => {
  const role = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'team-a:reader', isNamespaced: false }
  const secret = { group: '', kind: 'Secret', name: 'a', isNamespaced: true }

  it('of a namespace may be made unless a list says otherwise, one of the cluster only when a list names it', () => {
    expect(isKindPermitted({}, secret)).toBe(true)
    expect(isKindPermitted({}, role)).toBe(false)
  })

  it.each([
    [{ clusterResourceWhitelist: [{ group: '*', kind: '*' }] }, role, true],
    [{ clusterResourceWhitelist: [{ group: '*', kind: 'ClusterRole', name: 'team-a:*' }] }, role, true],
    [{ clusterResourceWhitelist: [{ group: '*', kind: 'ClusterRole', name: 'team-b:*' }] }, role, false],
    [
      {
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        clusterResourceBlacklist: [{ group: 'rbac.*', kind: 'ClusterRole*' }],
      },
      role,
      false,
    ],
    [{ namespaceResourceWhitelist: [] }, secret, false],
    [{ namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] }, secret, false],
    [{ namespaceResourceBlacklist: [{ group: '', kind: 'Secret' }] }, secret, false],
    [{ namespaceResourceBlacklist: [{ group: '', kind: '{Secret}' }] }, secret, true],
  ])('with %j: %j is permitted: %s', (rules, object, isPermitted) => {
    expect(isKindPermitted(rules, object)).toBe(isPermitted)
  })
})

describe('an Application', () => {
  it.each([
    [undefined, 'argocd', true],
    [undefined, 'team', false],
    [['team-*'], 'team-a', true],
    [['team-*'], 'other', false],
    [['/^team-(a|b)$/'], 'team-b', true],
    [['/^team-(a|b)$/'], 'team-c', false],
    [['/(/'], 'team-c', false],
  ])('of namespaces %j may be in %s: %s', (sourceNamespaces, namespace, isPermitted) => {
    expect(isNamespacePermitted({ ...(sourceNamespaces && { sourceNamespaces }) }, namespace, 'argocd')).toBe(isPermitted)
  })
})
