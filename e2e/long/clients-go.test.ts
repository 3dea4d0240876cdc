import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { root } from '../harness/paths.ts'
import { mustRun, run } from '../harness/run.ts'

/** Building client-go takes minutes and a module proxy, or a cache that has it: only on demand. */
const isWanted = process.env['PLIMSOLL_TEST_GO'] === '1' && spawnSync('go', ['version']).status === 0

describe('the Go client', () => {
  let cluster: TestCluster
  let directory: string
  beforeAll(async () => {
    if (!isWanted) return
    directory = mkdtempSync(join(tmpdir(), 'plimsoll-go-'))
    cpSync(join(root, 'e2e', 'programs', 'go-client'), directory, { recursive: true })
    await mustRun('go', ['mod', 'tidy'], { cwd: directory, timeoutMs: 300_000 })
    await mustRun('go', ['build', '-o', 'client', '.'], { cwd: directory, timeoutMs: 600_000 })
    cluster = await startCluster()
  }, 900_000)
  afterAll(async () => {
    await cluster?.stop()
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  })

  it.skipIf(!isWanted).each([
    ['json', 'false'],
    ['json', 'true'],
    ['protobuf', 'false'],
    ['only-protobuf', 'true'],
  ])(
    'does what controllers do with it, in %s, with streamed lists: %s (needs Go and PLIMSOLL_TEST_GO=1)',
    async (form, streamed) => {
      const { code, stdout, stderr } = await run(join(directory, 'client'), [cluster.kubeconfig, form], {
        env: { KUBE_FEATURE_WatchListClient: streamed },
        timeoutMs: 80_000,
      })

      expect(
        stdout.split('\n').filter((line) => line.startsWith('FAILED')),
        stderr,
      ).toEqual([])
      expect(stdout.match(/^ok /gm)?.length, stderr).toBe(8)
      expect(code).toBe(0)
    },
    90_000,
  )
})
