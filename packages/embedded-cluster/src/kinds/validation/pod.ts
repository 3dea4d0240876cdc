import { isIP } from 'node:net'
import type { Problems } from '../field-problem.ts'
import { checkLabelName, checkSubdomain, isBetween } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { oneOf, type PodScope, validateContainers, validateId, validateInitContainers } from './containers.ts'
import { validateAnnotations, validateLabels } from './object-meta.ts'
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts'
import { validateVolumes } from './volumes.ts'

/** Pods and pod templates: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validatePod(pod: Fields, problems: Problems): void {
  const spec = fieldsOrEmpty(pod['spec'])
  validatePodSpec(spec, 'spec', problems)
  for (const field of ['containers', 'initContainers']) {
    listOf(spec[field]).forEach((item, at) => {
      const image = textOf(fieldsOrEmpty(item)['image'])
      if (image.trim() !== image) problems.invalid(`spec.${field}[${at}].image`, image, 'must not have leading or trailing whitespace')
    })
  }
}

export function validatePodTemplate(template: unknown, field: string, problems: Problems): void {
  const fields = fieldsOrEmpty(template)
  const metadata = fieldsOrEmpty(fields['metadata'])
  validateLabels(metadata['labels'], `${field}.labels`, problems)
  validateAnnotations(metadata['annotations'], `${field}.annotations`, problems)
  const spec = fieldsOrEmpty(fields['spec'])
  validatePodSpec(spec, `${field}.spec`, problems)
  if (listOf(spec['ephemeralContainers']).length > 0) {
    problems.forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
  }
}

function validatePodSpec(spec: Fields, field: string, problems: Problems): void {
  const gracePeriod = numberOf(spec['terminationGracePeriodSeconds'])
  const claims = new Set(listOf(spec['resourceClaims']).map((item) => textOf(fieldsOrEmpty(item)['name'])))
  const volumes = validateVolumes(spec['volumes'], `${field}.volumes`, problems)
  const scope: PodScope = { volumes, claims, gracePeriod, restartPolicy: textOf(spec['restartPolicy']) }
  validateContainers(spec['containers'], `${field}.containers`, scope, problems)
  validateInitContainers(spec['initContainers'], spec['containers'], `${field}.initContainers`, scope, problems)
  validateHostNetwork(spec, field, problems)
  oneOf(spec['restartPolicy'], ['Always', 'OnFailure', 'Never'], `${field}.restartPolicy`, problems)
  oneOf(spec['dnsPolicy'], ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${field}.dnsPolicy`, problems)
  validateLabels(spec['nodeSelector'], `${field}.nodeSelector`, problems)
  validatePodSecurity(fieldsOrEmpty(spec['securityContext']), `${field}.securityContext`, problems)
  validateAffinity(fieldsOf(spec['affinity']), `${field}.affinity`, problems)
  validateDns(spec, field, problems)
  validateSpread(spec['topologySpreadConstraints'], `${field}.topologySpreadConstraints`, problems)
  for (const part of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    const name = textOf(spec[part])
    if (name !== '') problems.invalidEach(`${field}.${part}`, name, checkSubdomain(name))
  }
  const deadline = numberOf(spec['activeDeadlineSeconds'])
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647)) {
    problems.invalid(`${field}.activeDeadlineSeconds`, deadline, isBetween(1, 2147483647))
  }
  for (const part of ['hostname', 'subdomain']) {
    const name = textOf(spec[part])
    if (name !== '') problems.invalidEach(`${field}.${part}`, name, checkLabelName(name))
  }
  validateTolerations(spec['tolerations'], `${field}.tolerations`, problems)
  listOf(spec['hostAliases']).forEach((item, at) => {
    const alias = fieldsOrEmpty(item)
    const ip = textOf(alias['ip'])
    if (isIP(ip) === 0)
      problems.invalid(`${field}.hostAliases[${at}].ip`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
    listOf(alias['hostnames']).forEach((name, nameAt) =>
      problems.invalidEach(`${field}.hostAliases[${at}].hostnames[${nameAt}]`, name, checkSubdomain(textOf(name))),
    )
  })
  if (typeof spec['preemptionPolicy'] === 'string') {
    oneOf(spec['preemptionPolicy'], ['PreemptLowerPriority', 'Never'], `${field}.preemptionPolicy`, problems)
  }
}

function validateHostNetwork(spec: Fields, field: string, problems: Problems): void {
  if (spec['hostNetwork'] !== true) return
  for (const name of ['containers', 'initContainers']) {
    listOf(spec[name]).forEach((item, at) => {
      listOf(fieldsOrEmpty(item)['ports']).forEach((entry, portAt) => {
        const port = fieldsOrEmpty(entry)
        if (numberOf(port['hostPort']) === numberOf(port['containerPort'])) return
        problems.invalid(
          `${field}.${name}[${at}].ports[${portAt}].hostPort`,
          port['hostPort'] ?? 0,
          'must match `containerPort` when `hostNetwork` is true',
        )
      })
    })
  }
}

function validatePodSecurity(context: Fields, field: string, problems: Problems): void {
  for (const part of ['runAsUser', 'runAsGroup', 'fsGroup']) validateId(context[part], `${field}.${part}`, problems)
  listOf(context['supplementalGroups']).forEach((group, at) => validateId(group, `${field}.supplementalGroups[${at}]`, problems))
  const policy = context['fsGroupChangePolicy']
  if (typeof policy === 'string' && !['Always', 'OnRootMismatch'].includes(policy)) {
    problems.notSupported(`${field}.fsGroupChangePolicy`, policy, ['Always', 'OnRootMismatch'])
  }
  const seccomp = fieldsOf(context['seccompProfile'])
  if (seccomp !== undefined) {
    oneOf(seccomp['type'], ['Localhost', 'RuntimeDefault', 'Unconfined'], `${field}.seccompProfile.type`, problems)
  }
}

function validateDns(spec: Fields, field: string, problems: Problems): void {
  const config = fieldsOf(spec['dnsConfig'])
  const servers = listOf(config?.['nameservers'])
  if (spec['dnsPolicy'] === 'None') {
    if (config === undefined) problems.required(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')
    else if (servers.length === 0) {
      problems.required(`${field}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
    }
  }
  if (servers.length > 3) problems.invalid(`${field}.dnsConfig.nameservers`, servers, 'must not have more than 3 nameservers')
  servers.forEach((server, at) => {
    if (isIP(textOf(server)) === 0) {
      problems.invalid(`${field}.dnsConfig.nameservers[${at}]`, server, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
    }
  })
}

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** A pod is what it was made as: images, a shorter deadline and more tolerations are all that may change. */
export function validatePodUpdate(pod: Fields, old: Fields, problems: Problems): void {
  const spec = fieldsOrEmpty(pod['spec'])
  const before = fieldsOrEmpty(old['spec'])
  for (const field of ['containers', 'initContainers']) {
    if (listOf(spec[field]).length !== listOf(before[field]).length) {
      problems.forbidden(`spec.${field}`, 'pod updates may not add or remove containers')
      return
    }
  }
  const deadline = numberOf(spec['activeDeadlineSeconds'])
  const oldDeadline = numberOf(before['activeDeadlineSeconds'])
  if (deadline === undefined && oldDeadline !== undefined) {
    problems.invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value')
  } else if (deadline !== undefined && oldDeadline !== undefined && deadline > oldDeadline) {
    problems.invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value')
  }
  const removed = listOf(before['tolerations']).some(
    (toleration) => !listOf(spec['tolerations']).some((kept) => isSameToleration(kept, toleration)),
  )
  if (removed) problems.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
  if (!isSame(withoutChangeable(spec, before), before)) {
    problems.forbidden('spec', `pod updates may not change fields other than ${changeable.join(',')}\n`)
  }
}

function isSameToleration(a: unknown, b: unknown): boolean {
  return isSame({ ...fieldsOrEmpty(a), tolerationSeconds: undefined }, { ...fieldsOrEmpty(b), tolerationSeconds: undefined })
}

function withoutChangeable(spec: Fields, before: Fields): Fields {
  const withOldImages = (field: string): unknown[] =>
    listOf(spec[field]).map((item, at) => ({ ...fieldsOrEmpty(item), image: fieldsOrEmpty(listOf(before[field])[at])['image'] }))
  const grace = before['terminationGracePeriodSeconds']
  const keepsGrace = typeof grace === 'number' && grace < 0 && spec['terminationGracePeriodSeconds'] === 1
  return {
    ...spec,
    containers: withOldImages('containers'),
    initContainers: withOldImages('initContainers'),
    // Set by their own subresources or by the scheduler.
    ephemeralContainers: before['ephemeralContainers'],
    nodeName: textOf(before['nodeName']) === '' ? before['nodeName'] : spec['nodeName'],
    activeDeadlineSeconds: before['activeDeadlineSeconds'],
    tolerations: before['tolerations'],
    schedulingGates: before['schedulingGates'],
    ...(keepsGrace ? { terminationGracePeriodSeconds: grace } : {}),
  }
}
