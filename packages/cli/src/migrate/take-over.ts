import { annotations, type Application } from '@plimsoll/api'
import type { KubeClient, KubeObject } from '@plimsoll/kube'
import { type ArgoObject, partOrder, titleOf } from './argo-object.ts'
import { stateOf, writeState } from './argocd-state.ts'
import { goesHome, withDestination } from './destinations.ts'
import { migrationHold } from './hold.ts'
import { isIdentityKey } from './judge.ts'
import { automationOf, withNotes, withoutOurNotes, withoutServerFields } from './plain-object.ts'
import { writeObject, type WriteResult } from './write-object.ts'

export interface TakeOver {
  /** Plimsoll's home. */
  client: KubeClient
  homeNamespace: string
  /** The namespace that Argo CD is in. */
  namespace: string
  /** How Plimsoll calls the cluster that Argo CD is in; undefined when nothing has been said. */
  inCluster: string | undefined
  upsert: boolean
  holds: boolean
  includeSecrets: boolean
  /** What a set would make. */
  generate(set: KubeObject): Promise<Application[]>
  now: Date
}

export const waitingReason = 'it is being moved from Argo CD: `plimsoll migrate hand-over` lets go'

/** Writes what was read to Plimsoll's home, in the order in which one needs another. Each object is told when it is through. */
export async function* takeOver(objects: readonly ArgoObject[], how: TakeOver): AsyncGenerator<WriteResult> {
  const there = await applicationsIn(how.client, how.homeNamespace)
  const isBeside = ({ metadata }: KubeObject): boolean => metadata.namespace === undefined || metadata.namespace === how.namespace
  const own = objects.filter(({ part, object }) => part === 'application' || (part !== 'other' && isBeside(object)))
  for (const part of partOrder) {
    for (const { object } of own.filter((one) => one.part === part)) {
      const plain = withoutOurNotes(withoutServerFields(object))
      // An Application of another namespace stays in it.
      const placed = isBeside(object) ? { ...plain, metadata: { ...plain.metadata, namespace: how.homeNamespace } } : plain
      if (part === 'application') yield takeApplication(object, placed, there, how)
      else if (part === 'secret') yield how.includeSecrets ? writeObject(how.client, withoutIdentity(placed), how) : leftSecret(placed)
      else if (part === 'set') yield takeSet(placed, how)
      else yield writeObject(how.client, placed, how)
    }
  }
}

async function takeApplication(
  from: KubeObject,
  placed: KubeObject,
  there: ReadonlyMap<string, KubeObject>,
  how: TakeOver,
): Promise<WriteResult> {
  const title = titleOf(placed)
  const live = placed.metadata.namespace === how.homeNamespace ? there.get(placed.metadata.name) : await readApplication(how.client, placed)
  if (
    from.metadata.annotations?.[annotations.handedOver] !== undefined ||
    live?.metadata.annotations?.[annotations.handedOver] !== undefined
  )
    return { title, outcome: 'unchanged', why: 'it is handed over' }
  if (live && live.metadata.annotations?.[annotations.argocdState] === undefined && !how.upsert)
    return { title, outcome: 'left', why: 'it is there, and was not written by this command: --upsert takes it' }
  if (goesHome(placed['spec']) && how.inCluster === undefined)
    return {
      title,
      outcome: 'left',
      why: 'it goes to the cluster that Argo CD is in: --in-cluster ADDRESS says how Plimsoll calls that, or `home` for its own',
    }
  const isElsewhere = how.inCluster !== undefined && how.inCluster !== 'home' && goesHome(placed['spec'])
  if (isElsewhere && placed.metadata.annotations?.[annotations.trackingId] !== undefined)
    return {
      title,
      outcome: 'left',
      why: `another application makes it from Git, and would set its destination back: write ${how.inCluster} there first`,
    }
  const spec = isElsewhere ? withDestination(placed['spec'], 'in-cluster', how.inCluster ?? '') : placed['spec']
  return writeObject(how.client, withNotes({ ...placed, spec }, notesFor(from, live, how)), how)
}

/** A set makes what is missing, and changes what is there, at once: nothing may go elsewhere by that, or sync by itself although Argo CD does not have it. */
async function takeSet(set: KubeObject, how: TakeOver): Promise<WriteResult> {
  const left = (why: string): WriteResult => ({ title: titleOf(set), outcome: 'left', why })
  let made: Application[]
  try {
    made = await how.generate(set)
  } catch (error) {
    return left(`what it would make cannot be told: ${error instanceof Error ? error.message : String(error)}`)
  }
  const astray = how.inCluster === 'home' ? [] : made.filter(({ spec }) => goesHome(spec))
  if (astray.length > 0)
    return left(
      `its applications go to https://kubernetes.default.svc (${namesOf(astray)}), which is Plimsoll's own cluster here: change that in it, or say --in-cluster home`,
    )
  const there = await applicationsIn(how.client, how.homeNamespace)
  const unheld = made.filter(({ metadata, spec }) => {
    const notes = there.get(metadata.name)?.metadata.annotations ?? {}
    return automationOf(spec) && notes[annotations.hold] === undefined && notes[annotations.handedOver] === undefined
  })
  if (how.holds && unheld.length > 0)
    return left(
      `it would make ${namesOf(unheld)}, which would sync at once: take automation off in its template, or write it with --no-hold`,
    )
  return writeObject(how.client, set, how)
}

function namesOf(applications: readonly Application[]): string {
  const names = applications.slice(0, 5).map(({ metadata }) => metadata.name)
  return `${names.join(', ')}${applications.length > 5 ? ` and ${applications.length - 5} more` : ''}`
}

/** What an Application carries while it is moved. A hold that is there already stays as it is. */
export function notesFor(
  from: KubeObject,
  live: KubeObject | undefined,
  { holds, now }: Pick<TakeOver, 'holds' | 'now'>,
): Record<string, string> {
  const state = stateOf(from['status']) ?? { at: '', revisions: [] }
  const hold = live?.metadata.annotations?.[annotations.hold] ?? migrationHold(waitingReason, now)
  return {
    [annotations.argocdState]: writeState(state),
    ...(holds && automationOf(from['spec']) && { [annotations.hold]: hold }),
  }
}

export async function applicationsIn(client: KubeClient, namespace: string): Promise<Map<string, KubeObject>> {
  const type = await client.typeOf('argoproj.io/v1alpha1', 'Application')
  if (!type) return new Map()
  const { items } = await client.list(type, { namespace })
  return new Map(items.map((item) => [item.metadata.name, item]))
}

async function readApplication(client: KubeClient, { metadata }: KubeObject): Promise<KubeObject | undefined> {
  const type = await client.typeOf('argoproj.io/v1alpha1', 'Application')
  return type && (await client.get(type, { name: metadata.name, namespace: metadata.namespace ?? '' }))
}

function leftSecret(secret: KubeObject): WriteResult {
  return { title: titleOf(secret), outcome: 'left', why: 'Secrets are copied with --include-secrets only' }
}

/** Who signs sessions there, and with which password, is that installation's own. */
function withoutIdentity(secret: KubeObject): KubeObject {
  if (secret.metadata.name !== 'argocd-secret') return secret
  const kept = (field: unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries((field ?? {}) as Record<string, unknown>).filter(([key]) => !isIdentityKey(key)))
  return { ...secret, data: kept(secret['data']), ...(secret['stringData'] !== undefined && { stringData: kept(secret['stringData']) }) }
}
