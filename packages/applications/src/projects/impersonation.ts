import type { Application, AppProjectSpec } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { compileGlob } from '@plimsoll/render'
import { stringsAt } from '../json.ts'

/** Who writes to the cluster for an application. Neither: the server itself. `problem`: nobody may. */
export interface Writer {
  user?: string
  problem?: string
}

/**
 * The service account that a project has for a destination, where ConfigMap argocd-cm says that syncs use one (argo-cd
 * docs/operator-manual/app-sync-using-impersonation.md and `util/settings/impersonation.go`, 3.5).
 */
export function writerOf(
  settings: KubeObject | undefined,
  { destinationServiceAccounts }: AppProjectSpec,
  { metadata, spec: { destination } }: Application,
  server: string,
): Writer {
  const data = stringsAt(settings, 'data')
  if (data['application.sync.impersonation.enabled'] !== 'true') return {}
  const namespace = destination.namespace ?? ''
  const found = (destinationServiceAccounts ?? []).find((one) => isLike(one.server, server) && isLike(one.namespace, namespace))
  if (!found) {
    const isEnforced = (data['application.sync.impersonation.enforced'] ?? 'true') === 'true'
    if (!isEnforced) return {}
    return { problem: `no matching service account found for destination server ${server} and namespace ${namespace}` }
  }
  const account = found.defaultServiceAccount
  if (!isServiceAccount(account))
    return { problem: `failed to derive service account to impersonate: default service account contains invalid chars '${account}'` }
  return { user: `system:serviceaccount:${account.includes(':') ? account : `${namespace || metadata.namespace || ''}:${account}`}` }
}

/** Without what a pattern is made of, and nothing that a header could not hold. */
export function isServiceAccount(text: string): boolean {
  return /^[^!*[\]{}\\/\s\p{Cc}]+$/u.test(text)
}

function isLike(pattern: string, text: string): boolean {
  return pattern === text || (compileGlob(pattern)?.matches(text) ?? false)
}
