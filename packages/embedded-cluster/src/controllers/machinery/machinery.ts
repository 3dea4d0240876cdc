import type { Outcome } from '@plimsoll/kube'
import type { ClusterPart } from '../../contract.ts'
import type { ControllerContext } from '../context.ts'
import { createEventRecorder, type EventRecorder } from './event-recorder.ts'
import { ObjectWriter } from './object-writer.ts'
import { RelationIndex } from './relation-index.ts'

// The gateway comes up after the controllers, within this time.
const startupMs = 30_000

/** What controllers share. It is started before any of them, so that its indexes are current when they look. */
export interface Machinery extends ClusterPart {
  readonly context: ControllerContext
  readonly writer: ObjectWriter
  readonly relations: RelationIndex
  recorder(component: string): EventRecorder
  /** For what needs the gateway's address: soon again while the cluster starts, seldom in one that has no gateway. */
  untilGateway(): Outcome
}

export function createMachinery(context: ControllerContext): Machinery {
  const writer = new ObjectWriter(context)
  const relations = new RelationIndex(context.cache)
  const recorders: EventRecorder[] = []
  let startedAt = context.clock.now()
  return {
    name: 'machinery',
    context,
    writer,
    relations,
    recorder(component) {
      const recorder = createEventRecorder({ client: context.client, clock: context.clock, component })
      recorders.push(recorder)
      return recorder
    },
    untilGateway() {
      const isStarting = context.clock.now() - startedAt < startupMs
      return { again: { afterMs: isStarting ? 250 : 60_000, reason: 'the gateway does not listen yet' } }
    },
    async start() {
      startedAt = context.clock.now()
      writer.start()
      relations.start()
    },
    async stop() {
      relations.stop()
      writer.stop()
      await Promise.all(recorders.map((recorder) => recorder.flush()))
    },
  }
}
