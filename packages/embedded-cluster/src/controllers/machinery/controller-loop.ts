import {
  createWorkQueue,
  isConflict,
  isNotFound,
  keyString,
  runReconciler,
  type CacheChange,
  type GroupKind,
  type KubeObject,
  type ObjectKey,
  type Outcome,
  type RunningReconciler,
  type WorkQueue,
} from '@plimsoll/kube'
import type { ClusterPart } from '../../contract.ts'
import type { ControllerContext } from '../context.ts'

/** A controller as data: what it looks at, which keys a change concerns, and what it does for one key. */
export interface ControllerDefinition {
  name: string
  /** Changes of these kinds are shown to `keysOf`, and at the start every object there is. '*' for all kinds. */
  sources: readonly GroupKind[] | '*'
  /** Which keys to look at again because of a change. Quick: runs for each change of a source. */
  keysOf(change: CacheChange): Iterable<ObjectKey>
  /** Level-based: acts on what it reads, not on what happened. Errors of the API may be thrown: they are retried with back-off. */
  reconcile(key: ObjectKey): Promise<Outcome>
  /** How many keys are worked on at once. */
  workers?: number
}

// Short at first, because most failures here are a write that came from an older state; long at last, so that a hopeless key costs nothing.
const backOff = { baseMs: 10, maxMs: 5 * 60_000 }
const blindRetryMs = 1000
// Timers run by a clock that does not see the machine sleep or its time being set: far dates are looked at now and then.
const longestWaitMs = 10 * 60_000

/** Runs a controller over the shared work queue: a key is worked on once at a time, however many changes name it. */
export function createControllerLoop(context: ControllerContext, definition: ControllerDefinition): ClusterPart {
  const { cache, clock } = context
  const log = context.log.child({ controller: definition.name })
  let queue: WorkQueue | undefined
  let running: RunningReconciler | undefined
  let unsubscribe = (): void => {}

  function notice(change: CacheChange): void {
    try {
      for (const key of definition.keysOf(change)) queue?.add(keyString(key))
    } catch (error) {
      // One strange object must not stop the stream of changes for all others.
      log.error({ key: change.key, err: error }, 'A change could not be attributed')
    }
  }

  /** Missing information must not look like missing objects. Controllers of all kinds ask the API before they destroy anything. */
  function isBlind(): boolean {
    const problems = definition.sources === '*' ? [] : cache.problems()
    return problems.some(
      ({ type }) => definition.sources !== '*' && definition.sources.some((kind) => kind.kind === type.kind && kind.group === type.group),
    )
  }

  async function reconcile(key: string): Promise<Outcome> {
    if (isBlind()) return { again: { afterMs: blindRetryMs, reason: 'a kind that it looks at cannot be read' } }
    const outcome = await definition.reconcile(parseKey(key))
    if ('again' in outcome)
      return { again: { ...outcome.again, afterMs: Math.min(Math.max(1, Math.ceil(outcome.again.afterMs)), longestWaitMs) } }
    return outcome
  }

  return {
    name: definition.name,
    async start() {
      if (running !== undefined) return
      queue = createWorkQueue({ clock, backOff })
      const { sources } = definition
      const kinds = sources === '*' ? undefined : new Set(sources.map((kind) => `${kind.group}/${kind.kind}`))
      unsubscribe = cache.subscribe((change) => {
        if (kinds === undefined || kinds.has(`${change.key.group}/${change.key.kind}`)) notice(change)
      })
      for (const kind of sources === '*' ? cache.types() : sources) {
        for (const current of cache.ofKind(kind)) notice({ key: keyOf(current, kind), previous: undefined, current })
      }
      running = runReconciler({
        queue,
        clock,
        concurrency: definition.workers ?? 8,
        reconcile,
        onOutcome(key, outcome, { retryInMs }) {
          // Somebody else wrote or deleted first: what they did is on its way into the cache.
          const isOvertaken = 'failed' in outcome && (isConflict(outcome.failed) || isNotFound(outcome.failed))
          if ('failed' in outcome && !isOvertaken) log.warn({ key, err: outcome.failed, retryInMs }, 'Reconciling failed')
          if ('stalled' in outcome) log.info({ key, err: outcome.stalled }, 'Reconciling stalled')
        },
      })
    },
    async stop() {
      unsubscribe()
      await running?.stop()
      running = undefined
      queue = undefined
    },
  }
}

function keyOf(object: KubeObject, kind: GroupKind): ObjectKey {
  return { group: kind.group, kind: kind.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

function parseKey(text: string): ObjectKey {
  const [group = '', kind = '', namespace = '', name = ''] = text.split('/')
  return { group, kind, namespace, name }
}
