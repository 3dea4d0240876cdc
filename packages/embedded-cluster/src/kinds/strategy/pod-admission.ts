import type { AdmissionContext } from '../../api-server/kind-registry.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, openObject, setDefault, textOf } from '../reading.ts'
import { defaultPod } from '../defaults/pod.ts'

/**
 * What a real cluster's admission adds to a new pod: service account, priority, tolerations of a node that goes away
 * (five minutes), defaults of the namespace's LimitRanges; and its QoS class. The token volume of the service account
 * is left out: processes here reach the API by kubeconfig.
 */
export function admitPod(pod: Fields, context: AdmissionContext): void {
  const spec = openObject(pod, 'spec')
  if (spec === undefined) return
  const namespace = textOf(fieldsOrEmpty(pod['metadata'])['namespace'])
  if (textOf(spec['serviceAccountName']) === '') spec['serviceAccountName'] = 'default'
  spec['serviceAccount'] = spec['serviceAccountName']
  applyLimitRanges(spec, context.list('', 'limitranges', namespace))
  applyPriority(spec, context)
  tolerateLostNodes(spec)
  delete spec['ephemeralContainers']
  defaultPod(pod)
  pod['status'] = { phase: 'Pending', qosClass: qosClassOf(spec) }
}

function applyPriority(spec: Fields, context: AdmissionContext): void {
  const name = textOf(spec['priorityClassName'])
  const builtIn = new Map([
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ])
  const priorityClass: Fields | undefined =
    name === ''
      ? context.list('scheduling.k8s.io', 'priorityclasses').find((each) => each['globalDefault'] === true)
      : context.find('scheduling.k8s.io', 'priorityclasses', '', name)
  if (name === '' && priorityClass !== undefined) spec['priorityClassName'] = fieldsOrEmpty(priorityClass['metadata'])['name']
  spec['priority'] = priorityClass?.['value'] ?? builtIn.get(name) ?? 0
  setDefault(spec, 'preemptionPolicy', priorityClass?.['preemptionPolicy'] ?? 'PreemptLowerPriority')
}

function tolerateLostNodes(spec: Fields): void {
  const present = listOf(spec['tolerations'])
  const added: Fields[] = []
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const isTolerated = present.some((item) => {
      const toleration = fieldsOrEmpty(item)
      const covers = toleration['key'] === key || (textOf(toleration['key']) === '' && toleration['operator'] === 'Exists')
      return covers && (textOf(toleration['effect']) === '' || toleration['effect'] === 'NoExecute')
    })
    if (!isTolerated) added.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
  }
  if (added.length > 0) spec['tolerations'] = [...present, ...added]
}

function applyLimitRanges(spec: Fields, ranges: readonly Fields[]): void {
  for (const range of ranges) {
    for (const item of listOf(fieldsOrEmpty(range['spec'])['limits'])) {
      const limit = fieldsOrEmpty(item)
      if (limit['type'] !== 'Container') continue
      for (const entry of [...listOf(spec['containers']), ...listOf(spec['initContainers'])]) {
        const container = fieldsOf(entry)
        const resources = container === undefined ? undefined : openObject(container, 'resources')
        if (resources === undefined) continue
        addMissing(resources, 'limits', fieldsOrEmpty(limit['default']))
        addMissing(resources, 'requests', fieldsOrEmpty(limit['defaultRequest']))
      }
    }
  }
}

function addMissing(resources: Fields, field: string, amounts: Fields): void {
  if (Object.keys(amounts).length === 0) return
  const target = openObject(resources, field)
  if (target === undefined) return
  for (const [name, amount] of Object.entries(amounts)) if (!Object.hasOwn(target, name)) target[name] = amount
}

/** Kubernetes `pkg/apis/core/helper/qos`: Guaranteed when every container limits what it asks for, and asks for both. */
export function qosClassOf(spec: Fields): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let isBestEffort = true
  let isGuaranteed = true
  for (const item of [...listOf(spec['containers']), ...listOf(spec['initContainers'])]) {
    const resources = fieldsOrEmpty(fieldsOrEmpty(item)['resources'])
    const limits = fieldsOrEmpty(resources['limits'])
    const requests = fieldsOrEmpty(resources['requests'])
    for (const name of ['cpu', 'memory']) {
      const limit = amountOf(limits[name])
      const request = amountOf(requests[name]) ?? limit
      if (limit !== undefined || request !== undefined) isBestEffort = false
      if (limit === undefined || request !== limit) isGuaranteed = false
    }
  }
  return isBestEffort ? 'BestEffort' : isGuaranteed ? 'Guaranteed' : 'Burstable'
}

function amountOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '0' && value !== '' ? value : undefined
}
