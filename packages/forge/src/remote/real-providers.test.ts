import { describe, expect, it } from 'vitest'
import { createGiteaForge } from '../gitea/create-gitea-forge.ts'
import { createGithubForge } from '../github/create-github-forge.ts'
import { createGitlabForge } from '../gitlab/create-gitlab-forge.ts'
import { remoteProviders } from '../testing/conformance-benches.ts'
import type { RemoteForge } from './remote-context.ts'

/**
 * Against the real ones: a repository that may be written to, with one open pull request of a branch of its own. The newest gets a status and a
 * report, nothing is merged. `PLIMSOLL_TEST_GITHUB_TOKEN` and `PLIMSOLL_TEST_GITHUB_REPO` (its address), and so on for GITLAB and GITEA.
 */
describe.each(remoteProviders)('the real %s', (provider) => {
  const name = `PLIMSOLL_TEST_${provider.toUpperCase()}`
  const token = process.env[`${name}_TOKEN`] ?? ''
  const address = process.env[`${name}_REPO`] ?? ''
  const isSet = token !== '' && address !== ''

  function connect(): RemoteForge {
    const create = { github: createGithubForge, gitlab: createGitlabForge, gitea: createGiteaForge }[provider]
    return create({
      baseUrl: new URL(address).origin,
      token,
      policy: { allowPrivateHosts: true },
      clock: { now: Date.now },
      log: { info: () => undefined, warn: () => undefined },
    })
  }

  it.skipIf(!isSet)(
    `shows a pull request, and takes a status and a report (skipped without ${name}_TOKEN and ${name}_REPO)`,
    { timeout: 120_000 },
    async () => {
      const forge = connect()
      const [pull] = await forge.list(address, { limit: 1 })
      if (!pull) throw new Error(`${address} has no open pull request to look at.`)
      const { number, head } = await forge.get(address, pull.number)

      const { files } = await forge.files(address, number)
      const commits = await forge.commits(address, number)
      const first = await forge.report(address, number, 'plimsoll/test', `First, at ${new Date().toISOString()}.`)
      const second = await forge.report(address, number, 'plimsoll/test', 'Second.')
      await forge.setCheck(address, { name: 'plimsoll/test', commit: head.commit, status: 'inProgress', title: 'looking' })
      const completed = {
        name: 'plimsoll/test',
        commit: head.commit,
        status: 'completed',
        conclusion: 'actionRequired',
        title: 'not decided',
      } as const
      await forge.setCheck(address, completed)
      const checks = await forge.checks(address, head.commit)
      const stale = forge.merge(
        address,
        number,
        { head: '0'.repeat(40), method: 'merge' },
        { name: 'test', groups: [], canRead: () => true, canWrite: () => true, canAdminister: () => false },
      )

      await expect(stale).rejects.toMatchObject({ code: 'conflict' })
      expect(files.length).toBeGreaterThan(0)
      expect(commits.at(-1)?.commit).toBe(head.commit)
      expect([second.id, second.body, second.marker]).toEqual([first.id, 'Second.', 'plimsoll/test'])
      expect(checks.find((check) => check.name === 'plimsoll/test')).toMatchObject({ conclusion: 'actionRequired' })
      await forge.close()
    },
  )
})
