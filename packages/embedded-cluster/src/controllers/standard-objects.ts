import type { ClusterPart } from '../contract.ts'
import { ownIngressClass } from './ingress/ingress-controller.ts'
import { ingressClassKind, storageClassKind } from './kinds.ts'
import type { Machinery } from './machinery/machinery.ts'
import { standardStorageClass } from './volumes/claim-binder.ts'

/** Objects that a cluster has from the start, as one made by a distribution would. Those that are there are left as they are. */
export function standardObjects(machinery: Machinery): ClusterPart {
  return {
    name: 'standard-objects',
    async start() {
      await machinery.writer.createIfAbsent(storageClassKind, standardStorageClass)
      await machinery.writer.createIfAbsent(ingressClassKind, ownIngressClass)
    },
    async stop() {},
  }
}
