import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { root } from '../harness/paths.ts'
import { run } from '../harness/run.ts'

/** A Python that has the client: that of PLIMSOLL_TEST_PYTHON, or the one on the path. */
const python = [process.env['PLIMSOLL_TEST_PYTHON'], 'python3'].find(
  (program) => program !== undefined && spawnSync(program, ['-c', 'import kubernetes']).status === 0,
)

describe('the Python client', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    if (python !== undefined) cluster = await startCluster()
  })
  afterAll(() => cluster?.stop())

  it.skipIf(python === undefined)(
    'does what people do with it (needs a Python with `pip install kubernetes`, named by PLIMSOLL_TEST_PYTHON)',
    async () => {
      const { code, stdout, stderr } = await run(python ?? '', [join(root, 'e2e', 'programs', 'python_client.py'), cluster.kubeconfig], {
        timeoutMs: 110_000,
      })

      expect(
        stdout.split('\n').filter((line) => line.startsWith('FAILED')),
        stderr,
      ).toEqual([])
      expect(stdout.match(/^ok /gm)?.length).toBe(11)
      expect(code).toBe(0)
    },
    120_000,
  )
})
