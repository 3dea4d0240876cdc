import type { ApplicationSet } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import {
  generatorsOf,
  healthCounts,
  healthOfSet,
  inSetOrder,
  owningSet,
  pendingOf,
  policyOf,
  repositoryName,
  stepsOf,
  troublesOf,
} from './set-look.ts'

function setWith(spec: unknown, status: unknown = {}, name = 'fleet'): ApplicationSet {
  return { metadata: { name }, spec, status } as ApplicationSet
}

const placeOf = (generator: unknown): [string | undefined, string] => {
  const [one] = generatorsOf(setWith({ generators: [generator] }))
  return [one?.kind, one?.place ?? '']
}

describe('a generator', () => {
  it.each<[object, string, string]>([
    [
      {
        git: {
          repoURL: 'http://127.0.0.1:7420/git/team/fleet.git',
          directories: [{ path: 'apps/*' }, { path: 'apps/old', exclude: true }],
        },
      },
      'git',
      'team/fleet apps/*',
    ],
    [
      { git: { repoURL: 'https://github.com/acme/shop.git', files: [{ path: '**/config.json' }] } },
      'git',
      'github.com/acme/shop **/config.json',
    ],
    [{ list: { elements: [{ a: 1 }, { a: 2 }] } }, 'list', '2'],
    [{ clusters: { selector: { matchLabels: { env: 'prod', tier: 'a' } } } }, 'clusters', 'env=prod, tier=a'],
    [{ clusters: {} }, 'clusters', ''],
    [{ pullRequest: { plimsoll: { repository: 'shop' }, requeueAfterSeconds: 60 } }, 'pullRequest', 'shop'],
    [{ pullRequest: { filters: [], github: { owner: 'acme', repo: 'shop' } } }, 'pullRequest', 'github acme/shop'],
    [{ scmProvider: { azureDevOps: { organization: 'acme', teamProject: 'web' } } }, 'scmProvider', 'azureDevOps acme/web'],
    [{ plugin: { configMapRef: { name: 'mine' } } }, 'plugin', 'mine'],
    [{ clusterDecisionResource: { configMapRef: 'decisions' } }, 'clusterDecisionResource', 'decisions'],
  ])('is told with what it asks: %j', (generator, kind, place) => {
    expect(placeOf(generator)).toEqual([kind, place])
  })

  it('has those below it', () => {
    const inner = [{ git: { repoURL: 'https://git.example/a' } }, { clusters: {} }]

    expect(generatorsOf(setWith({ generators: [{ matrix: { generators: inner } }] }))[0]?.inner.map(({ kind }) => kind)).toEqual([
      'git',
      'clusters',
    ])
  })

  it.each<[unknown]>([
    [undefined],
    ['none'],
    [[5, null, {}, { constructor: {} }, { list: 7 }, { git: 'x' }, { matrix: { generators: 'x' } }]],
  ])('may be anything that somebody has written: %j', (generators) => {
    const set = setWith({ generators, strategy: 5, syncPolicy: [] })

    expect(() => [generatorsOf(set), policyOf(set), stepsOf(set), healthOfSet(set), healthCounts(set), troublesOf(set)]).not.toThrow()
  })
})

describe('what a set says', () => {
  it('is in order: trouble first, then what waits', () => {
    const sets = ['Healthy', 'Suspended', 'Degraded', 'Progressing', 'constructor'].map((health, index) =>
      setWith({}, { health: { status: health } }, `set-${index}`),
    )

    expect(inSetOrder(sets).map(healthOfSet)).toEqual(['Degraded', 'Suspended', 'Progressing', 'Unknown', 'Healthy'])
  })

  it.each([
    ['the generators give nothing', { kind: 'nothing' }],
    ['spec.generators[2] gives nothing any more', { kind: 'generator', number: 3 }],
    ['more than half of the applications would go', { kind: 'half' }],
    ['the moon is full', { kind: 'other', text: 'the moon is full' }],
  ])('about what waits: %s', (reason, expected) => {
    const pendingDeletion = { digest: 'd', applications: ['a'], of: 2, reason, since: '2026-01-01T00:00:00Z' }

    expect(pendingOf(setWith({}, { pendingDeletion }))).toMatchObject({ names: ['a'], of: 2, reason: expected })
    expect(pendingOf(setWith({}, { pendingDeletion: { ...pendingDeletion, isApproved: true } }))).toBeUndefined()
  })

  it('about trouble, with what to do', () => {
    const condition = { type: 'ErrorOccurred', status: 'True', reason: 'x', message: 'File is broken. Correct the file, and push.' }

    expect(troublesOf(setWith({}, { conditions: [condition] }))).toMatchObject([{ tone: 'bad', remedy: 'Correct the file, and push.' }])
    expect(troublesOf(setWith({}, { conditions: [{ ...condition, status: 'False' }] }))).toEqual([])
  })

  it('about its applications, by their health', () => {
    const resources = ['Healthy', 'Degraded', 'Healthy', undefined].map((status) => ({
      kind: 'Application',
      name: 'a',
      health: { status },
    }))

    expect(healthCounts(setWith({}, { resources }))).toEqual([
      { health: 'Degraded', count: 1 },
      { health: 'Unknown', count: 1 },
      { health: 'Healthy', count: 2 },
    ])
  })

  it('about its steps, and who is in none', () => {
    const steps = [{ matchExpressions: [{ key: 'env', operator: 'In', values: ['dev', 'qa'] }], maxUpdate: '20%' }, {}]
    const applicationStatus = [
      { application: 'b', step: '1', status: 'Healthy', message: '' },
      { application: 'a', step: '1', status: 'Waiting', message: '' },
      { application: 'c', step: '-1', status: 'Waiting', message: '' },
    ]

    const found = stepsOf(setWith({ strategy: { type: 'RollingSync', rollingSync: { steps } } }, { applicationStatus }))

    expect(found).toMatchObject([
      { number: 1, selects: ['env In (dev, qa)'], maxUpdate: '20%', members: [{ application: 'a' }, { application: 'b' }] },
      { number: 2, members: [] },
      { number: undefined, members: [{ application: 'c' }] },
    ])
  })
})

describe('a repository', () => {
  it.each([
    ['http://127.0.0.1:7420/git/fleet.git', 'fleet'],
    ['https://git.example/models.git', 'git.example/models'],
    ['{{ .repo }}', '{{ .repo }}'],
  ])('%s is %s', (repoURL, name) => {
    expect(repositoryName(repoURL)).toBe(name)
  })
})

describe('an application', () => {
  it.each([
    [[{ kind: 'ApplicationSet', name: 'fleet', controller: true }], 'fleet'],
    [
      [
        { kind: 'ApplicationSet', name: 'fleet' },
        { kind: 'Other', name: 'x', controller: true },
      ],
      undefined,
    ],
    [undefined, undefined],
  ])('with the owners %j is of the set %s', (ownerReferences, expected) => {
    expect(owningSet({ metadata: { ownerReferences } })).toBe(expected)
  })
})
