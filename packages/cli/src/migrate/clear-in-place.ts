import { createMergePatch, type HttpKubeClient, type KubeObject } from '@plimsoll/kube'
import { CommandFailure } from '../exit-code.ts'
import { defaultDataDir, readReadyFile } from '../server/data-dir.ts'
import { type ArgoObject, isMap, titleOf } from './argo-object.ts'
import { isSameCluster, withCluster } from './clusters.ts'
import { ourNotes } from './plain-object.ts'
import { readCluster } from './read-cluster.ts'
import { toPlain } from './to-plain.ts'
import type { WriteResult } from './write-object.ts'

/**
 * Takes what only Plimsoll knows off the objects that Argo CD will work on again; an application that somebody holds gets no automation there. What is left
 * must be dealt with before Argo CD starts.
 */
export async function* clearInPlace(client: HttpKubeClient, namespace: string): AsyncGenerator<WriteResult> {
  await refuseRunning(client)
  for (const one of (await readCluster(client, namespace)).objects) {
    const { object, lost, isLeft } = toPlain(one)
    const title = titleOf(object)
    const patch = patchTo(one, object)
    if (isLeft) yield { title, outcome: 'left', why: lost.join('; ') }
    else if (patch) {
      const type = await client.typeOf(object.apiVersion, object.kind)
      const { name, namespace: within = '' } = object.metadata
      if (type) await client.patch(type, { name, namespace: within }, { type: 'merge', patch }, { fieldManager: 'plimsoll-migrate' })
      yield { title, outcome: 'changed', ...(lost.length > 0 && { why: `it loses ${lost.join('; ')}` }) }
    }
  }
}

/** Undefined where there is nothing of ours. A check in CEL may stay: Argo CD takes it for one of a group that nobody has. */
function patchTo({ object: live, part }: ArgoObject, plain: KubeObject): Record<string, unknown> | undefined {
  const names = ourNotes(live)
  const [before, after] = [live['spec'], plain['spec']]
  const spec = (part === 'application' || part === 'set') && isMap(before) && isMap(after) ? createMergePatch(before, after) : {}
  if (names.length === 0 && Object.keys(spec).length === 0) return undefined
  return {
    ...(names.length > 0 && { metadata: { annotations: Object.fromEntries(names.map((name) => [name, null])) } }),
    ...(Object.keys(spec).length > 0 && { spec }),
  }
}

/** A server that runs would go on working on what is handed back. Of one on another machine nobody here knows. */
async function refuseRunning(client: HttpKubeClient): Promise<void> {
  const ready = readReadyFile(defaultDataDir())
  if (!ready || !isAlive(ready.pid)) return
  const { kubeconfig, context } = ready
  const isThis = await withCluster({ kubeconfig, context }, (home) => isSameCluster(home, client))
  if (isThis)
    throw new CommandFailure(`Plimsoll runs on this cluster (process ${ready.pid}).`, {
      remedy: 'Stop it with `plimsoll server stop`, and run the command again.',
    })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
