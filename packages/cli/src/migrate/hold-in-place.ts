import { annotations } from '@plimsoll/api'
import type { KubeClient } from '@plimsoll/kube'
import { CommandFailure } from '../exit-code.ts'
import { type ArgoObject, titleOf } from './argo-object.ts'
import { controllersIn, stopCommands, stopControllers } from './controllers.ts'
import { notesFor } from './take-over.ts'
import type { WriteResult } from './write-object.ts'

const stopTimeoutMs = 120_000

/** Puts the Applications of a cluster on hold for Plimsoll, which will work on them where they are, and keeps what Argo CD said of them last. */
export async function* holdInPlace(
  client: KubeClient,
  objects: readonly ArgoObject[],
  { namespace, holds, stops }: { namespace: string; holds: boolean; stops: boolean },
): AsyncGenerator<WriteResult> {
  await refuseTwo(client, namespace, stops)
  const type = await client.typeOf('argoproj.io/v1alpha1', 'Application')
  const now = new Date()
  for (const { object } of objects.filter((one) => one.part === 'application')) {
    const title = titleOf(object)
    const notes = object.metadata.annotations ?? {}
    if (!type) continue
    if (notes[annotations.handedOver] !== undefined) yield { title, outcome: 'unchanged', why: 'it is handed over' }
    // What Argo CD said is overwritten as soon as Plimsoll looks at it.
    else if (notes[annotations.argocdState] !== undefined) yield { title, outcome: 'unchanged' }
    else {
      const patch = { metadata: { annotations: notesFor(object, object, { holds, now }) } }
      const { name, namespace: within = namespace } = object.metadata
      await client.patch(type, { name, namespace: within }, { type: 'merge', patch }, { fieldManager: 'plimsoll-migrate' })
      yield { title, outcome: 'changed' }
    }
  }
}

/** Two controllers must not work on the same Applications: stops Argo CD's when that is asked for, and refuses to go on while one runs. */
export async function refuseTwo(client: KubeClient, namespace: string, stops: boolean): Promise<void> {
  const found = await controllersIn(client, namespace)
  const atWork = stops ? await stopControllers(client, namespace, stopTimeoutMs) : found.filter(({ replicas }) => replicas > 0)
  if (atWork.length === 0) return
  const names = atWork.map(({ object, replicas }) => `${object.kind} ${object.metadata.name} (${replicas})`).join(', ')
  throw new CommandFailure(
    stops ? `Argo CD's controllers did not end in time: ${names}.` : `Argo CD is at work in namespace ${namespace}: ${names}.`,
    {
      remedy: stops
        ? 'Something may scale them up again, such as an operator or an Application of its own. Stop that first, and run the command again.'
        : `Its workloads go on without them. Stop them with --stop-argocd, or: ${stopCommands(atWork, namespace)}`,
    },
  )
}
