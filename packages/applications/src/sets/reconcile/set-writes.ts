import { type Application, type ApplicationSet, PlimsollError, resourcesFinalizer } from '@plimsoll/api'
import { isNotFound, KubeApiError, type KubeObject } from '@plimsoll/kube'
import { applicationKey, isDnsSubdomain } from '../../application-object.ts'
import type { IgnoreRules } from '../../ignore/ignore-rules.ts'
import { ignoredBy } from './ignored-differences.ts'
import { fieldManager, type SetContext, typeOfKind } from './set-context.ts'
import { owningSet } from './set-object.ts'
import { changedObject, newObject } from './wanted-object.ts'

/** At the same time, of one set: the API has others to answer, too. */
const together = 8

/** How writing went, by the name of the Application. */
export type WriteProblems = Map<string, unknown>

/** Makes what is missing, and changes what differs where that is allowed. One that cannot be written costs itself alone. */
export async function writeApplications(
  context: SetContext,
  object: KubeObject,
  set: ApplicationSet,
  applications: readonly Application[],
  { mayUpdate }: { mayUpdate: boolean },
): Promise<WriteProblems> {
  const problems: WriteProblems = new Map()
  const ignored = ignoredBy(set)
  await eachOf(applications, async (application) => {
    try {
      await writeApplication(context, object, set, application, { mayUpdate, ignored })
    } catch (error) {
      problems.set(application.metadata.name, error)
    }
  })
  return problems
}

async function writeApplication(
  context: SetContext,
  object: KubeObject,
  set: ApplicationSet,
  application: Application,
  { mayUpdate, ignored }: { mayUpdate: boolean; ignored: IgnoreRules | undefined },
): Promise<void> {
  const { home, events } = context
  const { name } = application.metadata
  const live = home.cache.get(applicationKey({ name, namespace: context.namespace }))
  if (live === undefined) {
    const written = await home.client.create(await typeOfKind(home, 'Application'), newObject(application, object), { fieldManager })
    home.cache.observe(written)
    events.record(object, { reason: 'ResourceCreated', message: `Created Application "${name}"` })
    return
  }
  // Whatever it was, it goes; what is wanted then is made when it is gone.
  if (live.metadata.deletionTimestamp !== undefined) return
  const owner = owningSet(live)
  if (owner !== undefined && owner.name !== object.metadata.name) {
    throw new PlimsollError('conflict', `Application '${name}' belongs to ApplicationSet '${owner.name}'.`, {
      remedy: 'Give it another name in one of the two templates.',
    })
  }
  if (!mayUpdate && owner?.uid === object.metadata.uid) return
  const changed = await changedObject(live, application, object, { spec: set.spec, ignored, jq: context.jq })
  if (changed === live) return
  // The resource version is a precondition: what somebody has written meanwhile is looked at before it is written over.
  const written = await home.client.update(await typeOfKind(home, 'Application'), changed, { fieldManager })
  home.cache.observe(written)
  events.record(object, { reason: 'ResourceUpdated', message: `Updated Application "${name}"` })
}

/** Deletes Applications as they are known; one that was made anew under the same name meanwhile stays. */
export async function deleteApplications(
  context: SetContext,
  object: KubeObject,
  applications: readonly KubeObject[],
  { keepsResources }: { keepsResources: boolean },
): Promise<WriteProblems> {
  const problems: WriteProblems = new Map()
  const { home, events } = context
  const type = await typeOfKind(home, 'Application')
  await eachOf(applications, async (live) => {
    const { name, namespace = '', uid } = live.metadata
    try {
      if (keepsResources) await withoutFinalizer(context, live)
      await home.client.delete(type, { name, namespace }, { preconditions: { ...(uid !== undefined && { uid }) } })
      events.record(object, { reason: 'ResourceDeleted', message: `Deleted Application "${name}"` })
    } catch (error) {
      if (!isNotFound(error)) problems.set(name, error)
    }
  })
  return problems
}

/** The set says that what is deployed stays: also for an Application that was made before it said so. */
async function withoutFinalizer({ home }: SetContext, live: KubeObject): Promise<void> {
  const finalizers = (live.metadata.finalizers ?? []).filter(
    (name) => name !== resourcesFinalizer && !name.startsWith(`${resourcesFinalizer}/`),
  )
  if (finalizers.length === (live.metadata.finalizers ?? []).length) return
  const type = await typeOfKind(home, 'Application')
  const { name, namespace = '', resourceVersion } = live.metadata
  const patch = { metadata: { resourceVersion, finalizers } }
  home.cache.observe(await home.client.patch(type, { name, namespace }, { type: 'merge', patch }, { fieldManager }))
}

/** Applications that no longer belong to a set: they stay when it goes. */
export async function disownApplications({ home }: SetContext, applications: readonly KubeObject[]): Promise<void> {
  const type = await typeOfKind(home, 'Application')
  await eachOf(applications, async ({ metadata: { name, namespace = '', resourceVersion, ownerReferences = [] } }) => {
    const patch = { metadata: { resourceVersion, ownerReferences: ownerReferences.filter(({ controller }) => controller !== true) } }
    home.cache.observe(await home.client.patch(type, { name, namespace }, { type: 'merge', patch }, { fieldManager }))
  })
}

/** What went wrong first, by name, in words for a condition; how many more there are. */
export function problemText(problems: WriteProblems): string {
  const [first] = [...problems.keys()].toSorted()
  if (first === undefined) return ''
  const error = problems.get(first)
  const text = error instanceof PlimsollError || error instanceof KubeApiError ? error.message : String(error)
  const more = problems.size > 1 ? ` (and ${problems.size - 1} more)` : ''
  const named = text.includes(first) || !isDnsSubdomain(first) ? text : `application '${first}': ${text}`
  return `${named}${more}`
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  await Promise.all(
    Array.from({ length: Math.min(together, waiting.length) }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
    }),
  )
}
