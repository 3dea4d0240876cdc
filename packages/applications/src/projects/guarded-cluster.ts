import { PlimsollError } from '@plimsoll/api'
import type { KubeClient, ResourceType, WriteAs } from '@plimsoll/kube'
import type { TargetCluster } from '../contract.ts'
import type { ProjectGuard } from './project-guard.ts'

/**
 * The cluster as one application may change it: each write asks the project in the moment in which it is sent, so that no way past a comparison is
 * one past the project, and a project that changes while a sync runs counts from the next object on. Where the project names a service account for the
 * destination, the write has the rights of that one.
 */
export function guardedCluster(cluster: TargetCluster, guard: ProjectGuard): TargetCluster {
  const { client } = cluster

  function allowed({ group, kind, namespaced }: ResourceType, { name, namespace = '' }: { name: string; namespace?: string }): WriteAs {
    const refusal = guard.refusalOf({ group, kind, name, namespace, isNamespaced: namespaced })
    const writer = guard.writer()
    const problem = refusal ?? writer.problem
    if (problem !== undefined) throw new PlimsollError('project-forbids', problem)
    return writer.user === undefined ? {} : { impersonate: writer.user }
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
      return client.create(type, object, { ...options, ...allowed(type, object.metadata) })
    },
    async update(type, object, options) {
      return client.update(type, object, { ...options, ...allowed(type, object.metadata) })
    },
    async patch(type, ref, patch, options) {
      return client.patch(type, ref, patch, { ...options, ...allowed(type, ref) })
    },
    async apply(type, object, options) {
      return client.apply(type, object, { ...options, ...allowed(type, object.metadata) })
    },
    async delete(type, ref, options) {
      return client.delete(type, ref, { ...options, ...allowed(type, ref) })
    },
  }
  const { server, name, cache, namespaces, clusterResources } = cluster
  return {
    server,
    name,
    cache,
    client: guarded,
    ...(namespaces && { namespaces }),
    ...(clusterResources !== undefined && { clusterResources }),
    problem: () => cluster.problem?.(),
  }
}
