import type { ResourceNode } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { isObject, listAt, numberAt, stringsAt, textAt } from '../json.ts'

/** Short facts about a live object, for trees and lists. */

export function imagesOf(object: KubeObject): string[] {
  const podSpecs: unknown[] =
    object.kind === 'Pod'
      ? [object.spec]
      : object.kind === 'CronJob'
        ? [pick(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')]
        : [pick(object, 'spec', 'template', 'spec')]
  return podSpecs.flatMap((spec) =>
    [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]
      .map((container) => textAt(container, 'image'))
      .filter((image) => image !== undefined),
  )
}

function pick(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((current, name) => (isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined), value)
}

/** Addresses under which an object can be opened: an Ingress's rules, and links that somebody set as `link.argocd.argoproj.io/…`. http and https only. */
export function externalUrls(object: KubeObject): string[] {
  const urls = Object.entries(stringsAt(object, 'metadata', 'annotations'))
    .filter(([name, value]) => name.startsWith('link.argocd.argoproj.io/') && isWebLink(value.split('|').at(-1) ?? ''))
    .map(([, value]) => value)
  if (object.kind !== 'Ingress' || splitApiVersion(object.apiVersion).group !== 'networking.k8s.io') return urls

  const [entry] = listAt(object, 'status', 'loadBalancer', 'ingress')
  const fallback = textAt(entry, 'hostname') ?? textAt(entry, 'ip')
  // Of an Ingress that is not on the usual ports, the status says on which it is.
  const port = listAt(entry, 'ports')
    .map((item) => numberAt(item, 'port'))
    .find((number) => number !== undefined && number !== 80 && number !== 443)
  const secure = new Set(listAt(object, 'spec', 'tls').flatMap((item) => listAt(item, 'hosts')))
  for (const rule of listAt(object, 'spec', 'rules')) {
    const host = textAt(rule, 'host') || fallback
    if (host === undefined) continue
    for (const path of listAt(rule, 'http', 'paths')) {
      const scheme = secure.has(host) && port === undefined ? 'https' : 'http'
      urls.push(`${scheme}://${host}${port === undefined ? '' : `:${port}`}${(textAt(path, 'path') ?? '').replace(/\*$/, '')}`)
    }
  }
  return [...new Set(urls)]
}

function isWebLink(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** `info` of a node, with Argo CD's names. */
export function infoOf(object: KubeObject): NonNullable<ResourceNode['info']> {
  const info: { name: string; value: string }[] = []
  const annotations = stringsAt(object, 'metadata', 'annotations')
  const revision =
    annotations['deployment.kubernetes.io/revision'] ??
    (object.kind === 'ControllerRevision' ? String(numberAt(object, 'revision') ?? '') : '')
  if (revision) info.push({ name: 'Revision', value: `Rev:${revision}` })
  if (object.kind === 'Pod' && object.apiVersion === 'v1') info.push(...podInfo(object))
  return info
}

function podInfo(object: KubeObject): { name: string; value: string }[] {
  const info: { name: string; value: string }[] = []
  const statuses = listAt(object, 'status', 'containerStatuses').filter(isObject)
  const total = listAt(object, 'spec', 'containers').length
  const reason = podReason(object)
  if (reason) info.push({ name: 'Status Reason', value: reason })
  const node = textAt(object, 'spec', 'nodeName')
  if (node) info.push({ name: 'Node', value: node })
  info.push({ name: 'Containers', value: `${statuses.filter((status) => status.ready === true).length}/${total}` })
  const restarts = statuses.reduce((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0)
  if (restarts > 0) info.push({ name: 'Restart Count', value: String(restarts) })
  return info
}

/** What `kubectl get pods` shows as STATUS. */
function podReason(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating'
  let reason = textAt(object, 'status', 'reason') ?? textAt(object, 'status', 'phase') ?? ''
  const initial = listAt(object, 'status', 'initContainerStatuses').filter(isObject)
  for (const [index, status] of initial.entries()) {
    if (numberAt(status, 'state', 'terminated', 'exitCode') === 0 || status.started === true) continue
    const why = textAt(status, 'state', 'waiting', 'reason') ?? textAt(status, 'state', 'terminated', 'reason')
    return why && why !== 'PodInitializing' ? `Init:${why}` : `Init:${index}/${listAt(object, 'spec', 'initContainers').length}`
  }
  for (const status of listAt(object, 'status', 'containerStatuses').filter(isObject).toReversed()) {
    reason = textAt(status, 'state', 'waiting', 'reason') ?? textAt(status, 'state', 'terminated', 'reason') ?? reason
  }
  return reason
}
