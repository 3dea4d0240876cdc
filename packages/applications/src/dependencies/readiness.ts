import type { Application } from '@plimsoll/api'
import { compileLabelSelector, SelectorError } from '@plimsoll/kube'
import type { ApplicationRef } from '../contract.ts'
import { refKey } from '../application-object.ts'

/** Where applications are found, and whether somebody is about to look at one: what its status says may be of before. */
export interface Fleet {
  get(ref: ApplicationRef): Application | undefined
  all(): readonly Application[]
  /** Those that depend on others. */
  dependents(): readonly Application[]
  isDue(key: string): boolean
}

export type Readiness =
  | { kind: 'ready' }
  /** `on`: the keys of those that are not ready. `isCircle`: it would wait for itself. */
  | { kind: 'waits'; message: string; on: readonly string[]; isCircle: boolean }

/** Longer chains than this nobody makes; a circle is found well before. */
const deepest = 100

/**
 * Whether what an application depends on is ready: each is there, compared with the newest commit, `Synced` and `Healthy`, and nothing is being done to
 * it. It asks only for what stands right before it: that depends on others itself.
 */
export function readinessOf(application: Application, fleet: Fleet): Readiness {
  const dependencies = dependenciesOf(application, fleet)
  if ('problem' in dependencies) return { kind: 'waits', message: dependencies.problem, on: [], isCircle: true }
  const circle = circleOf(application, fleet)
  if (circle) return { kind: 'waits', message: `its dependencies go round in a circle: ${circle.join(' → ')}`, on: [], isCircle: true }
  const waiting = dependencies.refs.flatMap((ref) => {
    const called = ref.namespace === application.metadata.namespace ? ref.name : refKey(ref)
    const why = reasonToWait(ref, called, fleet)
    if (why === undefined) return []
    // What one of another project is like, or whether it is there, is that project's business.
    const isTold = projectOf(fleet.get(ref)) === projectOf(application)
    return [{ key: refKey(ref), why: isTold ? why : `application ${called} is not there, or is in another project and not ready` }]
  })
  const [first] = waiting
  if (!first) return { kind: 'ready' }
  const rest = waiting.length - 1
  const more = rest === 0 ? '' : ` and ${rest} more`
  return { kind: 'waits', message: `${first.why}${more}`, on: waiting.map(({ key }) => key), isCircle: false }
}

/** Who depends on an application that is being deleted. `leaving`: those that are being deleted as well, and so go first; none of a circle does. */
export function dependentsOf(application: Application, fleet: Fleet): { leaving: Application[]; staying: number } {
  const own = refKey({ name: application.metadata.name, namespace: application.metadata.namespace ?? '' })
  const dependents = fleet.dependents().filter((other) => {
    // Whoever writes Applications of another namespace holds up no deletion here.
    if (other.metadata.namespace !== application.metadata.namespace) return false
    const found = dependenciesOf(other, fleet)
    return 'refs' in found && found.refs.some((ref) => refKey(ref) === own)
  })
  const leaving = dependents.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  const isCircle = leaving.length > 0 && circleOf(application, fleet) !== undefined
  return { leaving: isCircle ? [] : leaving, staying: dependents.length - leaving.length }
}

function projectOf(application: Application | undefined): string | undefined {
  return application && (application.spec.project || 'default')
}

function reasonToWait(ref: ApplicationRef, called: string, fleet: Fleet): string | undefined {
  const found = fleet.get(ref)
  if (!found) return `there is no application ${called}`
  const { metadata, operation, status } = found
  if (metadata.deletionTimestamp !== undefined) return `application ${called} is being deleted`
  const phase = status?.operationState?.phase
  if (operation || phase === 'Running' || phase === 'Terminating') return `application ${called} is being synced`
  if (fleet.isDue(refKey(ref))) return `application ${called} is being compared`
  const sync = status?.sync?.status ?? 'Unknown'
  if (sync !== 'Synced') return `application ${called} is ${sync}`
  const health = status?.health?.status ?? 'Unknown'
  const why = status?.health?.message
  return health === 'Healthy' ? undefined : `application ${called} is ${health}${why ? ` (${why})` : ''}`
}

function dependenciesOf({ metadata, spec }: Application, fleet: Fleet): { refs: ApplicationRef[] } | { problem: string } {
  const own = { name: metadata.name, namespace: metadata.namespace ?? '' }
  const refs = new Map<string, ApplicationRef>()
  for (const { name, namespace, selector } of spec.dependsOn ?? []) {
    if (name) refs.set(`${namespace ?? own.namespace}/${name}`, { name, namespace: namespace ?? own.namespace })
    if (!selector) continue
    try {
      const matcher = compileLabelSelector(selector as Parameters<typeof compileLabelSelector>[0])
      for (const { metadata: other } of fleet.all()) {
        const ref = { name: other.name, namespace: other.namespace ?? '' }
        // Its own labels may be those that it waits for: it does not wait for itself.
        if (refKey(ref) !== refKey(own) && ref.namespace === (namespace ?? own.namespace) && matcher.matches(other.labels))
          refs.set(refKey(ref), ref)
      }
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error
      return { problem: `spec.dependsOn: ${error.message}` }
    }
  }
  return { refs: [...refs.values()] }
}

/** The names from the application back to itself. Others' circles are theirs to tell. */
function circleOf(application: Application, fleet: Fleet): string[] | undefined {
  const start = refKey({ name: application.metadata.name, namespace: application.metadata.namespace ?? '' })
  const seen = new Set<string>()
  function walk(from: Application, path: readonly string[]): string[] | undefined {
    if (path.length > deepest) return undefined
    const found = dependenciesOf(from, fleet)
    if ('problem' in found) return undefined
    for (const ref of found.refs) {
      const key = refKey(ref)
      if (key === start) return [...path, ref.name]
      if (seen.has(key)) continue
      seen.add(key)
      const next = fleet.get(ref)
      const circle = next && walk(next, [...path, ref.name])
      if (circle) return circle
    }
    return undefined
  }
  return walk(application, [application.metadata.name])
}
