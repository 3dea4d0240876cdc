import { isIP } from 'node:net'
import type { Problems } from '../field-problem.ts'
import { checkLabelName, checkPortNumber, checkQualifiedName, checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { oneOf } from './containers.ts'
import { validateLabels } from './object-meta.ts'
import { validatePort } from './probe.ts'

export const ipRule = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

/** Services and Endpoints: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateService(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const ports = listOf(spec['ports'])
  const type = textOf(spec['type'])
  const isHeadless = spec['clusterIP'] === 'None'
  if (ports.length === 0 && !isHeadless && type !== 'ExternalName') problems.required('spec.ports')
  if (type === 'LoadBalancer' || type === 'NodePort') {
    if (isHeadless) problems.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)
  } else if (type === 'ExternalName') {
    validateExternalName(spec, problems)
  }
  validateServicePorts(ports, type, problems)
  validateLabels(spec['selector'], 'spec.selector', problems)
  oneOf(spec['sessionAffinity'], ['ClientIP', 'None'], 'spec.sessionAffinity', problems)
  validateAffinity(spec, problems)
  if (type !== 'ExternalName') validateClusterIps(spec, problems)
  listOf(spec['externalIPs']).forEach((ip, at) => {
    if (isIP(textOf(ip)) === 0) problems.invalid(`spec.externalIPs[${at}]`, ip, ipRule)
    else validateOrdinaryIp(textOf(ip), `spec.externalIPs[${at}]`, problems)
  })
  oneOf(spec['type'], ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type', problems)
  validateTraffic(spec, type, problems)
  if (old !== undefined) validateServiceUpdate(spec, fieldsOrEmpty(old['spec']), problems)
}

function validateExternalName(spec: Fields, problems: Problems): void {
  if (listOf(spec['clusterIPs']).length > 0) problems.forbidden('spec.clusterIPs', 'may not be set for ExternalName services')
  if (listOf(spec['ipFamilies']).length > 0) problems.forbidden('spec.ipFamilies', 'may not be set for ExternalName services')
  if (spec['ipFamilyPolicy'] !== undefined) problems.forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services')
  const name = textOf(spec['externalName']).replace(/\.$/, '')
  if (name === '') problems.required('spec.externalName')
  else problems.invalidEach('spec.externalName', name, checkSubdomain(name))
}

function validateServicePorts(ports: readonly unknown[], type: string, problems: Problems): void {
  const names = new Set<string>()
  const numbers = new Set<string>()
  const nodePorts = new Set<string>()
  ports.forEach((item, at) => {
    const port = fieldsOf(item)
    if (port === undefined) return
    const here = `spec.ports[${at}]`
    const name = textOf(port['name'])
    if (name === '') {
      if (ports.length > 1) problems.required(`${here}.name`)
    } else {
      problems.invalidEach(`${here}.name`, name, checkLabelName(name))
      if (names.has(name)) problems.duplicate(`${here}.name`, name)
      names.add(name)
    }
    const number = numberOf(port['port']) ?? 0
    problems.invalidEach(`${here}.port`, number, checkPortNumber(number))
    oneOf(port['protocol'], ['SCTP', 'TCP', 'UDP'], `${here}.protocol`, problems)
    validatePort(port['targetPort'], `${here}.targetPort`, problems)
    const appProtocol = port['appProtocol']
    if (typeof appProtocol === 'string') problems.invalidEach(`${here}.appProtocol`, appProtocol, checkQualifiedName(appProtocol))
    const nodePort = numberOf(port['nodePort']) ?? 0
    if (nodePort !== 0 && type === 'ClusterIP') problems.forbidden(`${here}.nodePort`, "may not be used when `type` is 'ClusterIP'")
    const nodeKey = `${textOf(port['protocol'])}/${nodePort}`
    if (nodePort !== 0 && nodePorts.has(nodeKey)) problems.duplicate(`${here}.nodePort`, nodePort)
    nodePorts.add(nodeKey)
    const key = `${textOf(port['protocol'])}/${number}`
    if (numbers.has(key)) problems.duplicate(here, { protocol: port['protocol'], port: number })
    numbers.add(key)
  })
}

function validateAffinity(spec: Fields, problems: Problems): void {
  const config = fieldsOf(spec['sessionAffinityConfig'])
  if (spec['sessionAffinity'] === 'None' && config !== undefined) {
    problems.forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')
  }
  if (spec['sessionAffinity'] !== 'ClientIP') return
  const timeout = numberOf(fieldsOrEmpty(config?.['clientIP'])['timeoutSeconds'])
  if (timeout !== undefined && (timeout <= 0 || timeout > 86400)) {
    problems.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, 'must be greater than 0 and less than 86400')
  }
}

function validateClusterIps(spec: Fields, problems: Problems): void {
  const ip = textOf(spec['clusterIP'])
  const ips = listOf(spec['clusterIPs'])
  if (ip !== '' && ips.length === 0) problems.required('spec.clusterIPs')
  else if (ip !== '' && ips[0] !== ip) problems.invalid('spec.clusterIPs', ips, 'first value must match `clusterIP`')
  else if (ip === '' && ips.length > 0) problems.invalid('spec.clusterIPs', ips, 'must be empty when `clusterIP` is not specified')
  const seen = new Set<unknown>()
  listOf(spec['ipFamilies']).forEach((family, at) => {
    if (family !== 'IPv4' && family !== 'IPv6') problems.notSupported(`spec.ipFamilies[${at}]`, family, ['IPv4', 'IPv6'])
    if (seen.has(family)) problems.duplicate(`spec.ipFamilies[${at}]`, family)
    seen.add(family)
  })
  const policy = spec['ipFamilyPolicy']
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
  if (typeof policy === 'string' && !policies.includes(policy)) problems.notSupported('spec.ipFamilyPolicy', policy, policies)
  ips.forEach((each, at) => {
    if (at === 0 && each === 'None') {
      if (ips.length > 1) problems.invalid('spec.clusterIPs', ips, "'None' must be the first and only value")
    } else if (isIP(textOf(each)) === 0) problems.invalid(`spec.clusterIPs[${at}]`, each, ipRule)
  })
  if (ips.length > 2) problems.invalid('spec.clusterIPs', ips, 'may only hold up to 2 values')
}

function validateTraffic(spec: Fields, type: string, problems: Problems): void {
  const isLoadBalancer = type === 'LoadBalancer'
  if (listOf(spec['loadBalancerSourceRanges']).length > 0 && !isLoadBalancer) {
    problems.forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'")
  }
  if (typeof spec['allocateLoadBalancerNodePorts'] === 'boolean' && !isLoadBalancer) {
    problems.forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'")
  }
  if (typeof spec['loadBalancerClass'] === 'string' && !isLoadBalancer) {
    problems.forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'")
  }
  const external = textOf(spec['externalTrafficPolicy'])
  const isOutside = isLoadBalancer || type === 'NodePort' || (type === 'ClusterIP' && listOf(spec['externalIPs']).length > 0)
  if (!isOutside && external !== '') {
    problems.invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services')
  } else if (isOutside) {
    oneOf(spec['externalTrafficPolicy'], ['Cluster', 'Local'], 'spec.externalTrafficPolicy', problems)
  }
  const internal = textOf(spec['internalTrafficPolicy'])
  if (internal !== '' && !['Cluster', 'Local'].includes(internal)) {
    problems.notSupported('spec.internalTrafficPolicy', internal, ['Cluster', 'Local'])
  }
  const distribution = spec['trafficDistribution']
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone']
  if (typeof distribution === 'string' && !distributions.includes(distribution)) {
    problems.notSupported('spec.trafficDistribution', distribution, distributions)
  }
}

/** A Service keeps its address; only from and to ExternalName may it change. */
function validateServiceUpdate(spec: Fields, before: Fields, problems: Problems): void {
  if (spec['type'] === 'ExternalName' || before['type'] === 'ExternalName') return
  const oldIp = textOf(listOf(before['clusterIPs'])[0] ?? before['clusterIP'])
  const ip = textOf(listOf(spec['clusterIPs'])[0] ?? spec['clusterIP'])
  if (oldIp !== '' && ip !== oldIp) problems.invalid('spec.clusterIPs[0]', listOf(spec['clusterIPs']), 'may not change once set')
  const oldFamilies = listOf(before['ipFamilies'])
  if (oldFamilies.length > 0 && !isSame(listOf(spec['ipFamilies'])[0], oldFamilies[0])) {
    problems.invalid('spec.ipFamilies[0]', listOf(spec['ipFamilies']), 'may not change once set')
  }
  const oldClass = before['loadBalancerClass']
  if (spec['type'] === 'LoadBalancer' && before['type'] === 'LoadBalancer' && !isSame(oldClass, spec['loadBalancerClass'])) {
    problems.invalid('spec.loadBalancerClass', spec['loadBalancerClass'] ?? null, 'may not change once set')
  }
}

export function validateEndpoints(object: Fields, _old: Fields | undefined, problems: Problems): void {
  listOf(object['subsets']).forEach((item, at) => {
    const subset = fieldsOrEmpty(item)
    const here = `subsets[${at}]`
    if (listOf(subset['addresses']).length === 0 && listOf(subset['notReadyAddresses']).length === 0) {
      problems.required(here, 'must specify `addresses` or `notReadyAddresses`')
    }
    for (const part of ['addresses', 'notReadyAddresses']) {
      listOf(subset[part]).forEach((entry, index) => {
        const ip = textOf(fieldsOrEmpty(entry)['ip'])
        const field = `${here}.${part}[${index}].ip`
        if (isIP(ip) === 0) problems.invalid(field, ip, ipRule)
        else validateOrdinaryIp(ip, field, problems)
      })
    }
    const ports = listOf(subset['ports'])
    ports.forEach((entry, index) => {
      const port = fieldsOrEmpty(entry)
      const name = textOf(port['name'])
      if (name === '' && ports.length > 1) problems.required(`${here}.ports[${index}].name`)
      else if (name !== '') problems.invalidEach(`${here}.ports[${index}].name`, name, checkLabelName(name))
      const number = numberOf(port['port']) ?? 0
      problems.invalidEach(`${here}.ports[${index}].port`, number, checkPortNumber(number))
      oneOf(port['protocol'], ['SCTP', 'TCP', 'UDP'], `${here}.ports[${index}].protocol`, problems)
    })
  })
}

export function validateEndpointSlice(object: Fields, old: Fields | undefined, problems: Problems): void {
  const type = textOf(object['addressType'])
  oneOf(object['addressType'], ['FQDN', 'IPv4', 'IPv6'], 'addressType', problems)
  if (old !== undefined && old['addressType'] !== object['addressType']) problems.invalid('addressType', type, 'field is immutable')
  const endpoints = listOf(object['endpoints'])
  if (endpoints.length > 1000) problems.tooMany('endpoints', endpoints.length, 1000)
  endpoints.forEach((item, at) => {
    const addresses = listOf(fieldsOrEmpty(item)['addresses'])
    if (addresses.length === 0) problems.required(`endpoints[${at}].addresses`, 'must contain at least 1 address')
    if (addresses.length > 100) problems.tooMany(`endpoints[${at}].addresses`, addresses.length, 100)
    addresses.forEach((address, index) => {
      const field = `endpoints[${at}].addresses[${index}]`
      const text = textOf(address)
      if (type === 'FQDN') problems.invalidEach(field, text, checkSubdomain(text))
      else if ((type === 'IPv4' && isIP(text) !== 4) || (type === 'IPv6' && isIP(text) !== 6)) {
        problems.invalid(field, text, `must be an ${type} address`)
      } else validateOrdinaryIp(text, field, problems)
    })
  })
}

/** Addresses that would lead to the node itself, or to a cloud's metadata service. */
function validateOrdinaryIp(ip: string, field: string, problems: Problems): void {
  if (ip === '0.0.0.0' || ip === '::') problems.invalid(field, ip, `may not be unspecified (${ip})`)
  if (ip.startsWith('127.') || ip === '::1') problems.invalid(field, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) {
    problems.invalid(field, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  }
  if (ip.startsWith('224.0.0.') || /^ff02/i.test(ip)) {
    problems.invalid(field, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  }
}
