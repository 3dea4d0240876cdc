import type { KubeObject, ObjectMeta } from '@plimsoll/kube'
import { ageOf, columnsOf, nameOf } from '../kinds/tables/table.ts'
import type { KindDefinition } from './kind-registry.ts'
import { valueAt } from './tree.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

export function partialObject(object: { metadata: ObjectMeta }): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

/** A meta.k8s.io/v1 Table. `metadata` is that of the list, or only the resource version for one object. */
export function tableOf(
  definition: Pick<KindDefinition, 'columns' | 'cells'>,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
  options: { include: IncludeObject; now: number; withColumns: boolean },
): unknown {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.withColumns ? definition.columns : [],
    rows: objects.map((object) => ({
      cells: definition.cells(object, options.now),
      ...(options.include === 'None' ? {} : { object: options.include === 'Object' ? object : partialObject(object) }),
    })),
  }
}

/** An autoscaling/v1 Scale, as printers.go prints it. */
export const scaleTable: Pick<KindDefinition, 'columns' | 'cells'> = {
  columns: columnsOf('Name', 'Desired#', 'Available#', 'Age'),
  cells: (scale, now) => [
    nameOf(scale),
    valueAt(scale, ['spec', 'replicas']) ?? 0,
    valueAt(scale, ['status', 'replicas']) ?? 0,
    ageOf(scale, now),
  ],
}
