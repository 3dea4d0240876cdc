import type { JobLimits } from '../job/job-spec.ts'
import { confinement, mounts } from './create-arguments.ts'
import { askEngine, type ContainerEngine } from './engine.ts'

const removalMs = 120_000

/**
 * What containers have written is owned by users of theirs. A server that is not root could not take it away: it is made everybody's, in a folder that nobody
 * else gets to. `chmod` and `chown` follow no links on their way down.
 */
export async function giveBack(
  engine: ContainerEngine,
  folder: string,
  job: { images: ReadonlySet<string>; labels: readonly string[]; limits: JobLimits },
): Promise<void> {
  if (process.getuid?.() === 0) return
  const call = { timeoutMs: removalMs }
  if (engine.kind === 'podman') {
    await askEngine(engine, ['unshare', 'chown', '--no-dereference', '--recursive', '0:0', folder], call)
    return
  }
  const shown = mounts(engine, [{ from: folder, to: '/folder' }])
  const argv = [
    'run',
    '--rm',
    '--pull=never',
    '--network=none',
    '--user=0',
    '--entrypoint=chmod',
    ...job.labels,
    ...confinement(engine, job.limits),
    ...shown,
  ]
  // Any of them that has a `chmod` does.
  for (const image of job.images) {
    const { code } = await askEngine(engine, [...argv, image, '-R', 'a+rwX', '/folder'], call)
    if (code === 0) return
  }
}
