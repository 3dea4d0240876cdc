import { AppProject, type ProjectToken } from '@plimsoll/api'
import type { ClusterCache } from '@plimsoll/kube'

/** Whether a project lists a token for a role that it has: under `status`, or under the role, as older versions of Argo CD have it. */
export function listsProjectToken(
  cache: ClusterCache,
  namespace: string,
  { project, role, id, issuedAt }: { project: string; role: string; id: string; issuedAt: number },
): boolean {
  const object = cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name: project })
  const read = object && AppProject.safeParse(object)
  if (!read?.success || object?.metadata.deletionTimestamp !== undefined) return false
  return tokensOfRole(read.data, role).some((token) => (token.id ?? String(token.iat)) === id && token.iat === Math.floor(issuedAt / 1000))
}

/** None for a role that the project does not have. */
export function tokensOfRole({ spec, status }: AppProject, name: string): ProjectToken[] {
  const role = (spec.roles ?? []).find((one) => one.name === name)
  if (!role) return []
  const byRole = status?.jwtTokensByRole ?? {}
  const listed = Object.hasOwn(byRole, name) ? (byRole[name]?.items ?? []) : []
  const ids = new Set(listed.map(({ id, iat }) => id ?? String(iat)))
  return [...listed, ...(role.jwtTokens ?? []).filter(({ id, iat }) => !ids.has(id ?? String(iat)))].toSorted((a, b) => b.iat - a.iat)
}
