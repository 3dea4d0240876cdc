import { annotations } from '@plimsoll/api'
import type { HttpKubeClient, KubeObject } from '@plimsoll/kube'
import type { Command } from 'commander'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { type ArgoObject, inOrder, type Installation, titleOf } from '../../migrate/argo-object.ts'
import { homeAccess, homeNamespace, isSameCluster, noHome, withCluster } from '../../migrate/clusters.ts'
import { controllersIn, startControllers } from '../../migrate/controllers.ts'
import { withDestination } from '../../migrate/destinations.ts'
import { clearInPlace } from '../../migrate/clear-in-place.ts'
import { automationOf, skipReconcile, withNotes } from '../../migrate/plain-object.ts'
import { readCluster } from '../../migrate/read-cluster.ts'
import { toPlain } from '../../migrate/to-plain.ts'
import { writeFolder } from '../../migrate/write-folder.ts'
import { writeObject, type WriteResult } from '../../migrate/write-object.ts'
import { note, print, toYaml } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { printResults } from './results.ts'
import type { ToOptions } from './to-argocd.ts'

export async function runToArgocd(command: Command, options: ToOptions): Promise<void> {
  if (options.includeSecrets && options.out === undefined && !options.apply)
    throw usageFailure('Secrets are not written to standard output.', 'Name a folder with --out, or a cluster with --apply.')
  if (options.inPlace) return inPlace(options)
  const home = await homeAccess(command)
  if (!home) throw noHome()
  await withCluster(home, async (client) => {
    const read = await readCluster(client, homeNamespace)
    const { objects, lost, left } = plainObjects(read, options)
    for (const line of lost) note(printable(line))
    if (options.apply) await withCluster(options, (argocd) => apply(client, argocd, objects, options))
    else if (options.out !== undefined) {
      writeFolder(options.out, objects, options.namespace)
      print(`${objects.length} objects are in ${options.out}.`)
    } else for (const object of objects) print(`---\n${toYaml(object).trimEnd()}`)
    for (const { at, message } of read.problems) note(printable(`${at}: ${message}`))
    if (left > 0 || read.problems.length > 0)
      throw new CommandFailure(`${left + read.problems.length} could not be written for Argo CD.`, {
        exitCode: exitCodes.notSo,
        remedy: 'The reason stands above. Everything else was written.',
      })
  })
}

function plainObjects({ objects }: Installation, options: ToOptions): { objects: KubeObject[]; lost: string[]; left: number } {
  const lost: string[] = []
  const kept: KubeObject[] = []
  let left = 0
  for (const one of objects.toSorted(inOrder)) {
    if (one.part === 'secret' && !options.includeSecrets) {
      lost.push(`${titleOf(one.object)}: left out, as --include-secrets is not given`)
      continue
    }
    const plain = toPlain(one)
    for (const line of plain.lost) lost.push(`${titleOf(one.object)} loses ${line}`)
    if (plain.isLeft) left++
    else kept.push(placed(plain.object, one, options))
  }
  return { objects: kept, lost, left }
}

function placed(object: KubeObject, { part }: ArgoObject, { namespace, inCluster }: ToOptions): KubeObject {
  // What lives beside Plimsoll goes beside Argo CD; an Application of another namespace stays in it.
  const isBeside = object.metadata.namespace === undefined || object.metadata.namespace === homeNamespace
  const moved = isBeside ? { ...object, metadata: { ...object.metadata, namespace } } : object
  return part === 'application' && inCluster !== undefined
    ? { ...moved, spec: withDestination(object['spec'], inCluster, 'in-cluster') }
    : moved
}

async function apply(home: HttpKubeClient, argocd: HttpKubeClient, objects: readonly KubeObject[], options: ToOptions): Promise<void> {
  if (await isSameCluster(home, argocd))
    throw new CommandFailure('Plimsoll and Argo CD use the objects of one cluster: nothing has to be copied.', {
      remedy: 'Stop Plimsoll, then run `plimsoll migrate to-argocd --in-place --start-argocd`.',
    })
  await printResults(written(argocd, objects, options))
  note('Argo CD leaves applications that sync by themselves alone until `plimsoll migrate hand-back`.')
}

/** Applications that sync by themselves are still Plimsoll's: Argo CD is told so before it sees them. */
async function* written(
  client: HttpKubeClient,
  objects: readonly KubeObject[],
  { namespace, upsert = false }: ToOptions,
): AsyncGenerator<WriteResult> {
  const at = new Date().toISOString()
  const controllers = await controllersIn(client, namespace)
  const hasSets = controllers.some(({ part, replicas }) => part === 'applicationset-controller' && replicas > 0)
  for (const object of objects) {
    if (object.kind === 'ApplicationSet' && hasSets) {
      const why =
        'argocd-applicationset-controller would let Argo CD sync its applications at once: scale it to 0 until they are handed back'
      yield { title: titleOf(object), outcome: 'left', why }
      continue
    }
    const isOurs = object.kind === 'Application' && automationOf(object['spec']) !== undefined
    const notes = { [skipReconcile]: 'true', [annotations.handedOver]: at }
    yield writeObject(client, isOurs && object.metadata.annotations?.[skipReconcile] === undefined ? withNotes(object, notes) : object, {
      upsert,
    })
  }
}

async function inPlace(options: ToOptions): Promise<void> {
  await withCluster(options, async (client) => {
    await printResults(clearInPlace(client, options.namespace))
    if (!options.startArgocd) return
    const started = await startControllers(client, options.namespace)
    for (const { object } of started) print(`${object.kind} ${object.metadata.name}: started`)
    if (started.length === 0) print('No controller of Argo CD was stopped by this command: scale them up by hand.')
  })
}
