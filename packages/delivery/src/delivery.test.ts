import { describe, expect, it } from 'vitest'
import { delivery, digest, repo, stageFile, stageOf, World } from './testing/world.ts'

const minutes = 60_000
const lead = { name: 'jonas', groups: ['leads'] }

async function withLead(world: World) {
  world.accounts.set('jonas', { groups: ['leads'], canApprove: true })
  world.accounts.set('mira', { groups: ['leads'], canApprove: true })
  return world.start()
}

describe('a merge', () => {
  it('is pinned in the first stage, verified, soaked, and waits for its approval', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.merge('Better features', {
      model: { digest: digest('a'), version: '2.0' },
      verdict: 'pass',
      pullRequest: { repository: 'fraud', number: 7 },
    })

    await world.pass(2000)
    expect(world.model('staging')).toBe(digest('a'))
    expect(world.model('production')).toBe(digest('0'))
    expect(stageOf(deliveries.get('fraud'), 'staging')).toMatchObject({
      phase: 'Soaking',
      release: { number: 2, pullRequest: { number: 7 } },
    })
    await world.pass(10 * minutes)

    const view = deliveries.get('fraud')
    expect(view.phase).toBe('WaitingForApproval')
    expect(stageOf(view, 'staging').phase).toBe('Verified')
    expect(stageOf(view, 'production').next?.requirements.map(({ id, isMet }) => [id, isMet])).toEqual([
      ['verified', true],
      ['soak', true],
      ['approvals', false],
      ['free', true],
    ])
  })

  it('goes to production with an approval, by one commit that names it', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.merge('Better features', { model: { digest: digest('a') }, verdict: 'pass' })
    await world.pass(11 * minutes)

    await deliveries.approve('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(2000)

    expect(world.model('production')).toBe(digest('a'))
    const view = deliveries.get('fraud')
    expect(stageOf(view, 'production')).toMatchObject({ phase: 'Finished', approvedBy: ['jonas'], release: { name: 'fraud-2' } })
    expect(world.git.log(repo, 'refs/heads/main')[0]).toMatch(
      /^Promote fraud-2 to production\n[^]*Plimsoll-Release: fraud-2\nPlimsoll-Stage: production/,
    )
    expect(world.git.text(repo, 'refs/heads/main', 'production/kustomization.yaml')).toBe(stageFile(digest('a')))
  })

  it('makes one release, and the commits that follow from it make none', async () => {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    await world.pass(60 * minutes)

    expect((await deliveries.releases()).map(({ name }) => name)).toEqual(['fraud-1'])
    expect(await deliveries.isPinOnly(repo, world.git.refs.get(`${repo} refs/heads/main`) ?? '')).toBe(true)
  })

  it('that comes with a pin of ours on top of it is a release all the same', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.merge('Two', { model: { digest: digest('b') } })
    const started = deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead).catch(() => undefined)
    await world.pass(11 * minutes)
    await started

    expect((await deliveries.releases()).map(({ title }) => title)).toEqual(['Two', 'Begin'])
  })

  it('waits while what is known about it is still being written down', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(1000)
    const commit = world.git.push(repo, 'main', { 'train.py': '2' }, 'Merge pull request #3')
    world.facts.set(commit, { pending: 'the merge is being written down' })
    await world.pass(5000)
    expect(await deliveries.releases()).toHaveLength(1)

    world.facts.set(commit, { author: 'mira', title: 'Third', reviewers: ['ana'] })
    await world.pass(2000)

    expect((await deliveries.releases())[0]).toMatchObject({ title: 'Third', reviewers: ['ana'] })
  })

  it('of a tag that a pipeline moved in Git is a release like any other', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.git.push(repo, 'main', { 'staging/kustomization.yaml': stageFile(digest('c')) }, 'Move the tag')
    await world.pass(11 * minutes)
    await deliveries.approve('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(1000)

    expect(world.model('production')).toBe(digest('c'))
  })

  it('supersedes what waits, whose approval is void', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', approvals: { required: 2 } },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    world.accounts.set('ana', { groups: [], canApprove: true })
    await world.pass(2000)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    world.merge('Two', { model: { digest: digest('b') } })
    await world.pass(2000)

    expect(stageOf(deliveries.get('fraud'), 'production').next).toMatchObject({ release: { name: 'fraud-2' }, approvals: { given: [] } })
    await expect(deliveries.approve('fraud', 'production', { release: 'fraud-1' }, { name: 'ana', groups: [] })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await deliveries.release('fraud-1')).toMatchObject({
      supersededBy: 'fraud-2',
      approvals: [{ by: 'jonas', void: expect.stringContaining('fraud-2') }],
    })
    expect(world.model('production')).toBe(digest('0'))
  })
})

describe('an approval', () => {
  async function soaked() {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    return { world, deliveries }
  }

  it('is not the author’s to give', async () => {
    const { deliveries } = await soaked()

    await expect(
      deliveries.approve('fraud', 'production', { release: 'fraud-1' }, { name: 'mira', groups: ['leads'] }),
    ).rejects.toMatchObject({
      code: 'permission-denied',
    })
  })

  it('is not given by whoever is in no group that approves', async () => {
    const { deliveries } = await soaked()

    await expect(deliveries.approve('fraud', 'production', { release: 'fraud-1' }, { name: 'tom', groups: [] })).rejects.toThrow(
      /none of the groups.*leads/,
    )
  })

  it('no longer counts when its giver has left the group before it is used', async () => {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(1000)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    world.accounts.set('jonas', { groups: [], canApprove: true })
    await world.pass(11 * minutes)

    expect(world.model('production')).toBe(digest('0'))
    expect(stageOf(deliveries.get('fraud'), 'production').next?.approvals.given).toMatchObject([
      { by: 'jonas', void: 'jonas is in none of leads' },
    ])
  })

  it('can be given while the release still soaks, and taken back', async () => {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(1000)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    await deliveries.unapprove('fraud', 'production', 'fraud-1', lead)
    await world.pass(20 * minutes)

    expect(world.model('production')).toBe(digest('0'))
  })
})

describe('a release', () => {
  it('that is not healthy in time stops where it is, and says why', async () => {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    world.setHealth('fraud-staging', 'Degraded')
    const deliveries = await withLead(world)
    await world.pass(12 * minutes)

    expect(stageOf(deliveries.get('fraud'), 'staging')).toMatchObject({
      phase: 'Failed',
      text: expect.stringContaining('Not within 10m: Synced, Degraded'),
    })
    expect(stageOf(deliveries.get('fraud'), 'production').next?.isReady).toBe(false)
  })

  it('that a stage has had since before there was a delivery is found there, and needs no approval', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(20 * minutes)

    const production = stageOf(deliveries.get('fraud'), 'production')
    expect(production).toMatchObject({ phase: 'Finished', release: { name: 'fraud-1' } })
    expect(production.next).toBeUndefined()
    const [line] = await deliveries.deployments({ delivery: 'fraud', stage: 'production' })
    expect(line).toMatchObject({ kind: 'found', by: 'git', approvedBy: [] })
  })

  it('that gets ill while it soaks has failed', async () => {
    const world = new World()
    const deliveries = await withLead(world)
    await world.pass(5 * minutes)
    world.setHealth('fraud-staging', 'Degraded')
    await world.pass(1000)

    expect(stageOf(deliveries.get('fraud'), 'staging')).toMatchObject({ phase: 'Failed', text: expect.stringContaining('While it soaked') })
  })

  it('does not go on from a stage that has got ill since', async () => {
    const world = new World()
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.setHealth('fraud-staging', 'Degraded')
    await world.pass(1 * minutes)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    await world.pass(60 * minutes)
    expect(world.model('production')).toBe(digest('0'))

    world.setHealth('fraud-staging', 'Healthy')
    await world.pass(1 * minutes)

    expect(world.model('production')).toBe(digest('a'))
  })

  it('whose step cannot be judged holds, until somebody says so on record', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging', verify: [{ analysis: 'latency' }] },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(60 * minutes)
    expect(stageOf(deliveries.get('fraud'), 'staging').phase).toBe('Inconclusive')
    expect(world.model('production')).toBe(digest('0'))

    await expect(
      deliveries.override('fraud', 'staging', { release: 'fraud-1', requirement: 'verify:analysis', why: ' ' }, lead),
    ).rejects.toThrow(/reason/)
    await deliveries.override('fraud', 'staging', { release: 'fraud-1', requirement: 'verify:analysis', why: 'looked at it' }, lead)
    await world.pass(2000)

    expect(stageOf(deliveries.get('fraud'), 'staging').verification[1]?.overridden).toMatchObject({ by: 'jonas', why: 'looked at it' })
    expect(world.model('production')).toBe(digest('a'))
  })

  it('whose smoke test is not answered as it should has failed', async () => {
    const world = new World(
      delivery({
        stages: [
          {
            name: 'staging',
            application: 'fraud-staging',
            verify: [{ name: 'smoke', http: { service: 'fraud', path: '/ready', contains: 'fine' } }],
          },
        ],
      }),
    )
    const deliveries = await withLead(world)
    await world.pass(2 * minutes)

    expect(stageOf(deliveries.get('fraud'), 'staging')).toMatchObject({
      phase: 'Failed',
      text: "smoke: Not within 1m: the answer has no 'fine' in it.",
    })
  })

  it('whose gate did not pass does not get in, and the one before stays', async () => {
    const world = new World(delivery({ model: { gate: 'quality' } }))
    const deliveries = await withLead(world)
    await world.pass(11 * minutes)
    world.merge('Worse', { model: { digest: digest('b') }, verdict: 'inconclusive' })
    await world.pass(60 * minutes)

    const staging = stageOf(deliveries.get('fraud'), 'staging')
    expect(staging).toMatchObject({ phase: 'Held', release: { name: 'fraud-1' }, next: { release: { name: 'fraud-2' } } })
    expect(world.model('staging')).toBe(digest('0'))

    const past = { release: 'fraud-2', requirement: 'gate', why: 'the data moved' }
    await expect(deliveries.override('fraud', 'staging', past, { name: 'mira', groups: ['leads'] })).rejects.toMatchObject({
      code: 'permission-denied',
    })
    await deliveries.override('fraud', 'staging', past, lead)
    await world.pass(1000)

    expect(world.model('staging')).toBe(digest('b'))
  })

  it('goes only when its window opens, and says when that is', async () => {
    const window = { cron: '0 9 * * 1-4', duration: '4h' }
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', while: [{ window }] },
        ],
      }),
    )
    const deliveries = await withLead(world)
    // 1 January 2026 is a Thursday: 20:00, after the window.
    await world.pass(20 * 60 * minutes)
    world.merge('One', { model: { digest: digest('a') } })
    await world.pass(60 * minutes)
    expect(stageOf(deliveries.get('fraud'), 'production').next?.requirements.find(({ kind }) => kind === 'window')).toMatchObject({
      isMet: false,
      text: 'opens 2026-01-05T09:00:00.000Z',
    })

    await world.pass(4 * 24 * 60 * minutes)

    expect(world.model('production')).toBe(digest('a'))
    const [promotion] = await deliveries.deployments({ stage: 'production', limit: 1 })
    expect(promotion?.startedAt.slice(0, 16)).toBe('2026-01-05T09:00')
  })

  it('holds for an error budget that nobody measures, and goes when that is overridden', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', while: [{ errorBudget: 'fraud', above: '10%' }] },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(60 * minutes)
    expect(world.model('production')).toBe(digest('0'))

    await deliveries.override('fraud', 'production', { release: 'fraud-1', requirement: 'errorBudget', why: 'nothing is on fire' }, lead)
    await world.pass(1000)

    expect(world.model('production')).toBe(digest('a'))
  })

  it('waits while another is still looked at in the next stage', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', soak: '1h' },
        ],
      }),
    )
    const deliveries = await withLead(world)
    await world.pass(1000)
    world.merge('Two', { model: { digest: digest('b') } })
    await world.pass(30 * minutes)
    expect(stageOf(deliveries.get('fraud'), 'production').next?.requirements.find(({ id }) => id === 'free')?.isMet).toBe(false)

    await world.pass(40 * minutes)

    expect(world.model('production')).toBe(digest('b'))
  })

  it('whose fields somebody changes in Git is not what it was any more', async () => {
    const world = new World(delivery({ source: { repoURL: repo, branch: 'main', paths: ['src'] } }))
    const deliveries = await withLead(world)
    await world.pass(1000)
    world.git.push(repo, 'main', { 'staging/kustomization.yaml': stageFile(digest('9')) }, 'By hand')
    await world.pass(1 * minutes)

    expect(stageOf(deliveries.get('fraud'), 'staging')).toMatchObject({
      phase: 'Superseded',
      text: expect.stringContaining('Changed in Git'),
    })
  })
})

describe('a revert', () => {
  async function twoInProduction() {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(2000)
    world.merge('Two', { model: { digest: digest('b') } })
    await world.pass(2000)
    expect(world.model('production')).toBe(digest('b'))
    return { world, deliveries }
  }

  it('is one commit of one stage, and the record says who and why', async () => {
    const { world, deliveries } = await twoInProduction()
    const before = world.git.log(repo, 'refs/heads/main').length

    await deliveries.revert('fraud', 'production', { release: 'fraud-1', why: 'predictions drift' }, lead)
    await world.pass(60 * minutes)

    expect(world.model('production')).toBe(digest('a'))
    expect(world.model('staging')).toBe(digest('b'))
    expect(world.git.log(repo, 'refs/heads/main')).toHaveLength(before + 1)
    expect(await deliveries.deployments({ stage: 'production', limit: 2 })).toMatchObject([
      { kind: 'revert', by: 'jonas', why: 'predictions drift', release: { name: 'fraud-1' }, phase: 'Finished' },
      { release: { name: 'fraud-2' }, phase: 'RolledBack', text: expect.stringContaining('predictions drift') },
    ])
  })

  it('stays: what was reverted does not come back by itself, but when somebody says so', async () => {
    const { world, deliveries } = await twoInProduction()
    await deliveries.revert('fraud', 'production', { release: 'fraud-1', why: 'drift' }, lead)
    await world.pass(24 * 60 * minutes)
    expect(world.model('production')).toBe(digest('a'))

    await deliveries.promote('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(1000)

    expect(world.model('production')).toBe(digest('b'))
  })

  it('voids the approvals of what was taken out: it comes again when it is approved anew', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', approvals: { required: 1 } },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(2000)
    await deliveries.approve('fraud', 'production', { release: 'fraud-1' }, lead)
    await world.pass(2000)
    world.merge('Two', { model: { digest: digest('b') } })
    await world.pass(2000)
    await deliveries.approve('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(2000)
    await deliveries.revert('fraud', 'production', { release: 'fraud-1', why: 'drift' }, lead)
    await world.pass(2000)

    await deliveries.promote('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(60 * minutes)
    expect(world.model('production')).toBe(digest('a'))
    expect(stageOf(deliveries.get('fraud'), 'production').next?.approvals.given).toMatchObject([
      { by: 'jonas', void: expect.stringContaining('taken out') },
    ])

    await deliveries.approve('fraud', 'production', { release: 'fraud-2' }, lead)
    await world.pass(2000)

    expect(world.model('production')).toBe(digest('b'))
  })

  it('goes only to what has been there', async () => {
    const { world, deliveries } = await twoInProduction()
    world.setSpec(
      delivery({
        suspend: true,
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('Three', { model: { digest: digest('c') } })
    await world.pass(2000)

    await expect(deliveries.revert('fraud', 'production', { release: 'fraud-3', why: 'x' }, lead)).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

describe('an environment that is a branch or a ref', () => {
  it.each([
    ['branch', 'env/production', 'refs/heads/env/production'],
    ['ref', 'refs/environments/production', 'refs/environments/production'],
  ])('is moved to what was verified: %s', async (by, targetRevision, ref) => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production', promotion: { by } },
        ],
      }),
      { production: targetRevision },
    )
    const deliveries = await withLead(world)
    await world.pass(2000)
    world.merge('One', { model: { digest: digest('a') } })
    await world.pass(2000)

    const staging = stageOf(deliveries.get('fraud'), 'staging')
    expect(world.git.refs.get(`${repo} ${ref}`)).toBe(staging.commit)

    await deliveries.revert('fraud', 'production', { release: 'fraud-1', why: 'drift' }, lead)
    await world.pass(2000)

    expect(world.git.text(repo, ref, 'staging/kustomization.yaml')).toBe(stageFile(digest('0')))
    expect(stageOf(deliveries.get('fraud'), 'production')).toMatchObject({ phase: 'Finished', release: { name: 'fraud-1' } })
  })
})

describe('a promotion by pull request', () => {
  it('waits until it is merged, and is done then', async () => {
    const world = new World(
      delivery({
        promotion: { as: 'pullRequest' },
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(5 * minutes)
    expect(stageOf(deliveries.get('fraud'), 'production')).toMatchObject({ phase: 'Promoting', pullRequest: { number: 1 } })
    expect(world.pulls).toHaveLength(1)
    const [pull] = world.pulls

    const tip = await world.git.tip(repo, 'refs/heads/main')
    const other = await world.git.tip(repo, `refs/heads/${pull?.head ?? ''}`)
    await world.git.merge({
      repoURL: repo,
      ref: 'refs/heads/main',
      expected: tip ?? '',
      other: other ?? '',
      message: 'Merge',
      author: { name: 'x', email: 'x' },
    })
    if (pull) pull.state = 'merged'
    await world.pass(5 * minutes)

    expect(stageOf(deliveries.get('fraud'), 'production')).toMatchObject({ phase: 'Finished', release: { name: 'fraud-1' } })
    expect(await deliveries.releases()).toHaveLength(1)
  })

  it('gives way to a newer release that nobody has to wait for', async () => {
    const world = new World(
      delivery({
        promotion: { as: 'pullRequest' },
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(1 * minutes)
    world.merge('Two', { model: { digest: digest('b') } })
    await world.pass(1 * minutes)

    expect(world.pulls.map(({ state, head }) => [state, head.split('/')[2]?.slice(0, 7)])).toEqual([
      ['closed', 'fraud-1'],
      ['open', 'fraud-2'],
    ])
    expect(stageOf(deliveries.get('fraud'), 'production')).toMatchObject({ phase: 'Promoting', release: { name: 'fraud-2' } })
  })

  it('has failed when it is closed', async () => {
    const world = new World(
      delivery({
        promotion: { as: 'pullRequest' },
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.merge('One', { model: { digest: digest('a') } })
    const deliveries = await withLead(world)
    await world.pass(1 * minutes)
    const [pull] = world.pulls
    if (pull) pull.state = 'closed'
    await world.pass(2 * minutes)

    expect(stageOf(deliveries.get('fraud'), 'production')).toMatchObject({ phase: 'Failed', text: expect.stringContaining('was closed') })
  })
})

describe('an image policy', () => {
  it('makes a release of the newest commit when a new tag comes', async () => {
    const image = 'images:\n  - name: server\n    newTag: 1.0.0 # by policy\n'
    const world = new World(
      delivery({
        fields: [{ file: 'kustomization.yaml', image: 'server' }],
        images: [{ name: 'server', from: 'registry.example.org/server', policy: { semver: '^1' } }],
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    world.git.push(repo, 'main', { 'staging/kustomization.yaml': image, 'production/kustomization.yaml': image }, 'Images')
    world.tags = ['1.0.0']
    const deliveries = await withLead(world)
    await world.pass(1 * minutes)

    world.tags = ['1.0.0', '1.2.0', '2.0.0', 'latest']
    await world.pass(6 * minutes)

    expect(world.git.text(repo, 'refs/heads/main', 'production/kustomization.yaml')).toBe(image.replace('1.0.0', '1.2.0'))
    expect((await deliveries.releases())[0]).toMatchObject({ number: 2, images: [{ name: 'server', tag: '1.2.0' }] })
  })
})

describe('a field with a prefix', () => {
  it('has what stands before the digest left alone, in each stage its own', async () => {
    const field = { file: 'kustomization.yaml', path: 'uri', value: 'model.digest' }
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging', fields: [{ ...field, prefix: 'oci://staging/fraud@' }] },
          { name: 'production', application: 'fraud-production', fields: [{ ...field, prefix: 'oci://prod/fraud@' }] },
        ],
      }),
    )
    const uri = (stage: string, model: string): string => `uri: oci://${stage}/fraud@${model} # served\n`
    const files = { 'staging/kustomization.yaml': uri('staging', digest('0')), 'production/kustomization.yaml': uri('prod', digest('0')) }
    world.merge('One', { model: { digest: digest('a') } }, files)
    await withLead(world)
    await world.pass(2000)

    expect(world.git.text(repo, 'refs/heads/main', 'staging/kustomization.yaml')).toBe(uri('staging', digest('a')))
    expect(world.git.text(repo, 'refs/heads/main', 'production/kustomization.yaml')).toBe(uri('prod', digest('a')))
  })
})

describe('a delivery', () => {
  it('that is misspelt is kept by nobody, and says which field', async () => {
    const world = new World(delivery({ stages: [{ name: 'staging', application: 'fraud-staging', aprovals: { required: 1 } }] }))
    const deliveries = await world.start()
    await world.pass(1000)

    expect(deliveries.get('fraud')).toMatchObject({
      phase: 'Invalid',
      text: expect.stringMatching(/spec\.stages\[0\] 'aprovals' is no field of it \(allowed: name, application/),
    })
  })

  it.each([
    [{ while: [{ window: { cron: '61 9 * * *', duration: '1h' } }] }, "spec.stages[0].while[0].window: '61' is no minute"],
    [{ while: [{ window: { cron: '0 9 * * *', duration: '1h', timeZone: 'Mars/Base' } }] }, "spec.stages[0].while[0].window: 'Mars/Base'"],
    [{ fields: [{ file: 'a.yaml', path: 'a..b' }] }, 'spec.stages[0].fields[0].path:'],
  ])('with a time, a zone or a path that cannot be read says which: %j', async (more, words) => {
    const world = new World(delivery({ stages: [{ name: 'staging', application: 'fraud-staging', ...more }] }))
    const deliveries = await world.start()
    await world.pass(1000)

    expect(deliveries.get('fraud')).toMatchObject({ phase: 'Invalid', text: expect.stringContaining(words) })
  })

  it('that somebody holds promotes nothing until it is resumed', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    const deliveries = await withLead(world)
    await world.pass(2000)
    await deliveries.hold('fraud', 'the sale is on', lead)
    world.merge('One', { model: { digest: digest('a') } })
    await world.pass(60 * minutes)
    expect(world.model('staging')).toBe(digest('0'))

    await deliveries.resume('fraud', lead)
    await world.pass(2000)

    expect(world.model('production')).toBe(digest('a'))
  })

  it('answers who deployed what, when, from which pull request, with which verdict', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    const deliveries = await withLead(world)
    for (const [at, letter] of ['a', 'b', 'c'].entries()) {
      world.merge(`Pull ${at}`, {
        model: { digest: digest(letter) },
        verdict: 'pass',
        pullRequest: { repository: 'fraud', number: at + 1 },
      })
      await world.pass(2000)
    }

    expect(await deliveries.deployments({ pullRequest: 2 })).toMatchObject([
      { stage: 'production', release: { author: 'mira', verdict: 'pass', pullRequest: { number: 2 } }, until: expect.any(String) },
      { stage: 'staging' },
    ])
    expect(await deliveries.deployments({ model: digest('c').slice(0, 15), application: 'fraud-production' })).toHaveLength(1)
    const [first] = await deliveries.deployments({ limit: 1 })
    const all = await deliveries.deployments()
    expect(await deliveries.deployments({ before: first?.id ?? '', limit: 100 })).toEqual(all.slice(1))
  })

  it('runs a thousand hours with a merge every other day, each of which gets to production once', async () => {
    const world = new World(
      delivery({
        stages: [
          { name: 'staging', application: 'fraud-staging', soak: '10m' },
          { name: 'production', application: 'fraud-production' },
        ],
      }),
    )
    const deliveries = await withLead(world)
    await world.pass(60 * minutes)
    const letters = '123456789abcdef'
    for (let hour = 0; hour < 20; hour++) {
      world.merge(`Hour ${hour}`, { model: { digest: `sha256:${String(hour).padStart(64, letters[hour % 15])}` } })
      await world.pass(50 * 60 * minutes)
    }

    const all = await deliveries.deployments({ stage: 'production', limit: 1000 })
    expect(all.map(({ release }) => release.number)).toEqual(Array.from({ length: 21 }, (_, at) => 21 - at))
    expect(new Set(all.map(({ commit }) => commit)).size).toBe(21)
  }, 60_000)
})
