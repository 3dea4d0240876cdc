import { PlimsollError } from '@plimsoll/api'
import type { KubeClient, ResourceType } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import type { ProjectGuard } from './project-guard.ts'

/**
 * The cluster as one application may change it: each write asks the project in the moment in which it is sent, so that no way past a comparison is
 * one past the project, and a project that changes while a sync runs counts from the next object on.
 */
export function guardedCluster(cluster: TargetCluster, guard: ProjectGuard): TargetCluster {
  const { client } = cluster

  function check({ group, kind, namespaced }: ResourceType, { name, namespace = '' }: { name: string; namespace?: string }): void {
    const refusal = guard.refusalOf({ group, kind, name, namespace, isNamespaced: namespaced })
    if (refusal !== undefined) throw new PlimsollError('project-forbids', refusal)
  }

  const guarded: KubeClient = {
    types: (options) => client.types(options),
    typeOf: (apiVersion, kind) => client.typeOf(apiVersion, kind),
    version: () => client.version(),
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    logs: (...args) => client.logs(...args),
    async create(type, object, options) {
      check(type, object.metadata)
      return client.create(type, object, options)
    },
    async update(type, object, options) {
      check(type, object.metadata)
      return client.update(type, object, options)
    },
    async patch(type, ref, patch, options) {
      check(type, ref)
      return client.patch(type, ref, patch, options)
    },
    async apply(type, object, options) {
      check(type, object.metadata)
      return client.apply(type, object, options)
    },
    async delete(type, ref, options) {
      check(type, ref)
      return client.delete(type, ref, options)
    },
  }
  return { ...cluster, client: guarded }
}
