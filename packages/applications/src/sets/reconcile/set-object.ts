import { ApplicationSet, ApplicationSetSpec, ApplicationSetStatus } from '@plimsoll/api'
import type { KubeObject, ObjectKey, OwnerReference } from '@plimsoll/kube'
import { applicationApiVersion } from '../../application-object.ts'
import type { TargetCluster } from '../../contract.ts'

export const setKind = { group: 'argoproj.io', kind: 'ApplicationSet' } as const

export function setKey(ref: { namespace: string; name: string }): ObjectKey {
  return { ...setKind, namespace: ref.namespace, name: ref.name }
}

const parsed = new WeakMap<KubeObject, ApplicationSet>()

/** The set in an object of the API. A status that somebody wrote by hand is read as none; a spec is kept as it is, and judged by `setProblem`. */
export function setOfObject(object: KubeObject): ApplicationSet {
  let set = parsed.get(object)
  if (!set) {
    const status = ApplicationSetStatus.safeParse(object.status ?? {})
    const { status: _status, ...rest } = object
    set = { ...(rest as unknown as ApplicationSet), ...(status.success && object.status !== undefined && { status: status.data }) }
    parsed.set(object, set)
  }
  return set
}

/** What is wrong with a spec, with the field that is; undefined when it can be worked with. */
export function setProblem(set: ApplicationSet): string | undefined {
  const result = ApplicationSetSpec.safeParse(set.spec)
  if (result.success) return undefined
  const [issue] = result.error.issues
  return `spec${issue?.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('') ?? ''}: ${issue?.message ?? 'is not valid'}`
}

/** As `setProblem`, for a whole set that somebody has sent. */
export function sentSetProblem(sent: unknown): string | undefined {
  const result = ApplicationSet.safeParse(sent)
  if (result.success) return undefined
  const [issue] = result.error.issues
  return `${issue?.path.map(String).join('.') ?? 'the ApplicationSet'}: ${issue?.message ?? 'is not valid'}`
}

/** How an Application says whose it is. */
export function ownerReference(set: KubeObject): OwnerReference {
  return {
    apiVersion: applicationApiVersion,
    kind: setKind.kind,
    name: set.metadata.name,
    uid: set.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The set that an Application belongs to, by name. */
export function owningSet(application: KubeObject): OwnerReference | undefined {
  return application.metadata.ownerReferences?.find(
    ({ apiVersion, kind, controller }) => controller === true && kind === setKind.kind && apiVersion.startsWith(`${setKind.group}/`),
  )
}

/** The Applications of a set, in the order of their names. */
export function applicationsOf(set: KubeObject, home: TargetCluster): KubeObject[] {
  const owned = home.cache.ownedBy(set.metadata.uid ?? '')
  return owned
    .filter(
      (object) =>
        object.kind === 'Application' &&
        object.apiVersion.startsWith(`${setKind.group}/`) &&
        object.metadata.namespace === set.metadata.namespace &&
        owningSet(object)?.uid === set.metadata.uid,
    )
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
