import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newcomerEnvironment } from '../harness/clone.ts'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { pages, textOf } from '../harness/pages.ts'
import { root } from '../harness/paths.ts'
import { cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { mustRun } from '../harness/run.ts'

const kubectl = findKubectl('1.34')

interface Example {
  script: string
  needsKubectl: boolean
}

/** Blocks that say ```` ```sh run ````: each begins in the folder of the clone, as its reader does. */
function examplesOf(page: string): Example[] {
  return [...textOf(page).matchAll(/^```sh run( kubectl)?\n([^]*?)^```$/gm)].map(([, needs, script = '']) => ({
    script,
    needsKubectl: needs !== undefined,
  }))
}

describe('what the pages tell to type', () => {
  let plimsoll: Plimsoll
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-docs-')))
  const clone = join(home, 'plimsoll')
  const bin = join(home, 'bin')

  beforeAll(async () => {
    plimsoll = await startPlimsoll({ demo: true, args: ['--cdk8s'] })
    for (const stage of ['staging', 'production']) await untilSynced(plimsoll, `fraud-${stage}`, { health: 'Healthy' }, 60_000)
    // A clone as the reader has it: the programs in it, and the data directory where it is by default.
    for (const folder of [clone, bin]) mkdirSync(folder)
    for (const name of ['node_modules', 'packages', 'examples', 'package.json']) symlinkSync(join(root, name), join(clone, name))
    symlinkSync(plimsoll.dataDir, join(clone, '.plimsoll'))
    if (kubectl) symlinkSync(kubectl, join(bin, 'kubectl'))
  }, 90_000)

  afterAll(async () => {
    await plimsoll?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  /** The addresses of this run in the place of those that a first start has. */
  function forThisRun(script: string): string {
    return script.replaceAll('127.0.0.1:7420', new URL(plimsoll.url).host).replaceAll(':7421', `:${new URL(plimsoll.gatewayUrl).port}`)
  }

  const withExamples = pages.filter((page) => examplesOf(page).length > 0)

  it('are the pages that are meant to have examples', () => {
    expect(withExamples).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/how-to/add-people.md',
        'docs/how-to/deploy-a-helm-chart.md',
        'docs/how-to/deploy-a-kustomization.md',
        'docs/how-to/deploy-what-a-program-prints.md',
        'docs/how-to/generate-applications.md',
        'docs/how-to/get-started.md',
        'docs/how-to/operate.md',
        'docs/spec/api.md',
        'docs/spec/cli.md',
        'docs/spec/git.md',
        'docs/spec/rendering.md',
      ]),
    )
  })

  it.each(withExamples)('%s', { timeout: 180_000 }, async (page) => {
    const env = newcomerEnvironment({
      HOME: home,
      PATH: `${bin}:${process.env['PATH']}`,
      PLIMSOLL_DATA_DIR: plimsoll.dataDir,
      GIT_AUTHOR_NAME: 'Reader',
      GIT_AUTHOR_EMAIL: 'reader@example.com',
      GIT_COMMITTER_NAME: 'Reader',
      GIT_COMMITTER_EMAIL: 'reader@example.com',
    })
    for (const { script, needsKubectl } of examplesOf(page)) {
      if (needsKubectl && !kubectl) {
        console.warn(`An example of ${page} was not run: ${kubectlMissing}.`)
        continue
      }
      await mustRun('sh', ['-euc', forThisRun(script)], { cwd: clone, env, timeoutMs: 100_000 })
    }
    // The next page begins where this one did.
    for (const name of readdirSync(home)) {
      if (![clone, bin].includes(join(home, name)) && !name.startsWith('.')) rmSync(join(home, name), { recursive: true, force: true })
    }
    await deleteOtherApplications()
    await forgetRepositories()
  })

  async function deleteOtherApplications(): Promise<void> {
    const { items } = await plimsoll.api<{ items: { metadata: { name: string } }[] }>(
      'GET',
      '/api/v1/applications?fields=items.metadata.name',
    )
    const others = items.map(({ metadata }) => metadata.name).filter((name) => !['fraud-staging', 'fraud-production'].includes(name))
    if (others.length === 0) return
    await mustRun(process.execPath, [cliProgram, 'app', 'delete', ...others, '--yes', '--wait'], {
      env: newcomerEnvironment({ HOME: home, PLIMSOLL_DATA_DIR: plimsoll.dataDir }),
      timeoutMs: 60_000,
    })
  }

  /** A repository that a page pushes to is not there yet when the next one does. */
  async function forgetRepositories(): Promise<void> {
    await plimsoll.push('my-app', { 'README.md': 'nothing yet\n' })
    rmSync(join(plimsoll.dataDir, 'repositories', 'my-app.git'), { recursive: true, force: true })
  }
})
