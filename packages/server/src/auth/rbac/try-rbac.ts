import { accountRoles } from '@plimsoll/api'
import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import type { Principal } from '../principal.ts'
import { createEnforcer, readRbac } from './enforcer.ts'

/** What the data of a ConfigMap `argocd-rbac-cm` would say, without a cluster. `subject`: a user, a group, or a role. */
export function tryRbac(
  data: Readonly<Record<string, string>>,
  asked: { subject: string; resource: string; action: string; object: string },
): { may: boolean; problem?: string } {
  const { problem } = readRbac(data)
  if (problem !== undefined) return { may: false, problem }
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-rbac-cm' }, data } as unknown as KubeObject
  const cache = { get: ({ kind }: { kind: string }) => (kind === 'ConfigMap' ? settings : undefined), ofKind: () => [] }
  const role = accountRoles.find((one) => asked.subject === `role:${one}`) ?? 'none'
  const principal: Principal = { username: asked.subject, role, groups: [], tokenId: '', via: 'bearer' }
  return { may: createEnforcer(cache as unknown as ClusterCache, '').permits(principal, asked.resource, asked.action, asked.object) }
}
