import type { ClusterPart } from '../../contract.ts'
import type { ControllerContext } from '../context.ts'
import { createEventRecorder, type EventRecorder } from './event-recorder.ts'
import { ObjectWriter } from './object-writer.ts'
import { RelationIndex } from './relation-index.ts'

/** What controllers share. It is started before any of them, so that its indexes are current when they look. */
export interface Machinery extends ClusterPart {
  readonly context: ControllerContext
  readonly writer: ObjectWriter
  readonly relations: RelationIndex
  recorder(component: string): EventRecorder
}

export function createMachinery(context: ControllerContext): Machinery {
  const writer = new ObjectWriter(context)
  const relations = new RelationIndex(context.cache)
  const recorders: EventRecorder[] = []
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
    async start() {
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
