import { askEngine, type ContainerEngine } from './engine.ts'

export function instanceLabel(instance: string): string {
  return `dev.plimsoll.instance=${instance}`
}

/** Two servers may have begun a job in the same moment. */
export function jobLabel(instance: string, jobId: string): string {
  return `dev.plimsoll.job=${instance}.${jobId}`
}

/**
 * Removes containers, networks, volumes and images with a label: of a job, or of this installation. Gives what could not be removed, in words.
 * `between`: when no container runs any more, and their images are still there.
 */
export async function removeLabelled(engine: ContainerEngine, label: string, between?: () => Promise<void>): Promise<string[]> {
  const problems: string[] = []
  const remove = async (list: readonly string[], removal: readonly string[]): Promise<void> => {
    const found = await askEngine(engine, [...list, `--filter=label=${label}`])
    const ids = [...new Set(found.stdout.split('\n').map((line) => line.trim()).filter(Boolean))] // prettier-ignore
    if (found.code !== 0) problems.push(found.stderr.trim())
    if (ids.length === 0) return
    const { code, stderr } = await askEngine(engine, [...removal, ...ids])
    if (code !== 0) problems.push(stderr.trim())
  }
  // First of all: what containers use cannot be removed. Podman would wait for each of them to end by itself.
  await remove(['ps', '--all', '--quiet'], ['rm', '--force', '--volumes', ...(engine.kind === 'podman' ? ['--time=0'] : [])])
  await between?.()
  await Promise.all([
    remove(['network', 'ls', '--quiet'], ['network', 'rm']),
    remove(['volume', 'ls', '--quiet'], ['volume', 'rm']),
    remove(['images', '--quiet'], ['rmi', '--force']),
  ])
  return problems
}
