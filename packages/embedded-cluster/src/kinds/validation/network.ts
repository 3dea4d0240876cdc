import { isIP } from 'node:net'
import type { Problems } from '../field-problem.ts'
import { checkPortNumber, checkPortName, checkQualifiedName, checkSubdomain, checkWildcardSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { validateLabelSelector } from './label-selector.ts'
import { validatePort } from './probe.ts'

/** Ingresses and network policies: Kubernetes `pkg/apis/networking/validation/validation.go`, 1.34. */
export function validateIngress(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const rules = listOf(spec['rules'])
  const backend = fieldsOf(spec['defaultBackend'])
  if (rules.length === 0 && backend === undefined) problems.invalid('spec', spec, 'either `defaultBackend` or `rules` must be specified')
  if (backend !== undefined) validateBackend(backend, 'spec.defaultBackend', problems)
  rules.forEach((item, at) => {
    const rule = fieldsOrEmpty(item)
    const here = `spec.rules[${at}]`
    validateHost(textOf(rule['host']), `${here}.host`, problems)
    const http = fieldsOf(rule['http'])
    if (http === undefined) return
    const paths = listOf(http['paths'])
    if (paths.length === 0) problems.required(`${here}.http.paths`)
    paths.forEach((path, index) => validateHttpPath(fieldsOrEmpty(path), `${here}.http.paths[${index}]`, problems))
  })
  listOf(spec['tls']).forEach((item, at) => {
    listOf(fieldsOrEmpty(item)['hosts']).forEach((host, index) => {
      const text = textOf(host)
      const check = text.startsWith('*') ? checkWildcardSubdomain : checkSubdomain
      problems.invalidEach(`spec.tls[${at}].hosts`, text, check(text).slice(0, index + 1))
    })
    const secret = textOf(fieldsOrEmpty(item)['secretName'])
    if (secret !== '') problems.invalidEach(`spec.tls[${at}].secretName`, secret, checkSubdomain(secret))
  })
  const className = spec['ingressClassName']
  if (typeof className === 'string') problems.invalidEach('spec.ingressClassName', className, checkSubdomain(className))
}

function validateHost(host: string, field: string, problems: Problems): void {
  if (host === '') return
  if (isIP(host) !== 0) problems.invalid(field, host, 'must be a DNS name, not an IP address')
  problems.invalidEach(field, host, host.startsWith('*') ? checkWildcardSubdomain(host) : checkSubdomain(host))
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const forbiddenInPaths = ['//', '/./', '/../', '%2f', '%2F']

function validateHttpPath(path: Fields, field: string, problems: Problems): void {
  const pathType = path['pathType']
  const text = textOf(path['path'])
  if (pathType === undefined) {
    problems.required(`${field}.pathType`, 'pathType must be specified')
  } else if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!text.startsWith('/')) problems.invalid(`${field}.path`, text, 'must be an absolute path')
    for (const part of forbiddenInPaths) {
      if (text.includes(part)) problems.invalid(`${field}.path`, text, `must not contain '${part}'`)
    }
    for (const end of ['/..', '/.']) {
      if (text.endsWith(end)) problems.invalid(`${field}.path`, text, `cannot end with '${end}'`)
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (text !== '' && !text.startsWith('/')) problems.invalid(`${field}.path`, text, 'must be an absolute path')
  } else {
    problems.notSupported(`${field}.pathType`, pathType, pathTypes)
  }
  validateBackend(fieldsOrEmpty(path['backend']), `${field}.backend`, problems)
}

function validateBackend(backend: Fields, field: string, problems: Problems): void {
  const service = fieldsOf(backend['service'])
  const resource = fieldsOf(backend['resource'])
  if (service !== undefined && resource !== undefined) {
    problems.invalid(field, '', 'cannot set both resource and service backends')
    return
  }
  if (resource !== undefined) {
    if (textOf(resource['kind']) === '') problems.required(`${field}.resource.kind`)
    if (textOf(resource['name']) === '') problems.required(`${field}.resource.name`)
    return
  }
  if (service === undefined) {
    problems.required(`${field}.service.name`)
    return
  }
  const name = textOf(service['name'])
  if (name === '') problems.required(`${field}.service.name`)
  else problems.invalidEach(`${field}.service.name`, name, checkSubdomain(name))
  const port = fieldsOrEmpty(service['port'])
  const portName = textOf(port['name'])
  const number = numberOf(port['number']) ?? 0
  if (portName !== '' && number !== 0) problems.invalid(field, '', 'cannot set both port name & port number')
  else if (portName !== '') problems.invalidEach(`${field}.service.port.name`, portName, checkPortName(portName))
  else if (number === 0) problems.required(field, 'port name or number is required')
  else problems.invalidEach(`${field}.service.port.number`, number, checkPortNumber(number))
}

export function validateIngressClass(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const controller = textOf(spec['controller'])
  if (controller === '') problems.required('spec.controller')
  else if (!/^[^/]+\/.+$/.test(controller)) {
    problems.invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
  }
  if (controller.length > 250) problems.tooLong('spec.controller', 250)
  if (old !== undefined && fieldsOrEmpty(old['spec'])['controller'] !== controller) {
    problems.invalid('spec.controller', controller, 'field is immutable')
  }
}

export function validateNetworkPolicy(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  validateLabelSelector(spec['podSelector'], 'spec.podSelector', problems)
  for (const [direction, peersField] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    listOf(spec[direction]).forEach((item, at) => {
      const rule = fieldsOrEmpty(item)
      const here = `spec.${direction}[${at}]`
      listOf(rule['ports']).forEach((port, index) => validatePolicyPort(fieldsOrEmpty(port), `${here}.ports[${index}]`, problems))
      listOf(rule[peersField]).forEach((peer, index) => validatePeer(fieldsOrEmpty(peer), `${here}.${peersField}[${index}]`, problems))
    })
  }
  const types = listOf(spec['policyTypes'])
  if (types.length > 2) {
    problems.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')
    return
  }
  types.forEach((type, at) => {
    if (type !== 'Ingress' && type !== 'Egress') problems.notSupported(`spec.policyTypes[${at}]`, type, ['Egress', 'Ingress'])
  })
}

function validatePolicyPort(port: Fields, field: string, problems: Problems): void {
  const protocol = port['protocol']
  if (typeof protocol === 'string' && !['TCP', 'UDP', 'SCTP'].includes(protocol)) {
    problems.notSupported(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])
  }
  const endPort = numberOf(port['endPort'])
  if (port['port'] === undefined) {
    if (endPort !== undefined) problems.required(`${field}.port`, 'must be specified when `endPort` is set')
    return
  }
  validatePort(port['port'], `${field}.port`, problems)
  if (endPort === undefined) return
  if (typeof port['port'] === 'string')
    problems.invalid(`${field}.port`, port['port'], 'may not be specified when `port` is not an integer')
  else if (typeof port['port'] === 'number' && endPort < port['port']) {
    problems.invalid(`${field}.endPort`, endPort, 'must be greater than or equal to `port`')
  }
}

function validatePeer(peer: Fields, field: string, problems: Problems): void {
  const block = fieldsOf(peer['ipBlock'])
  const hasSelector = peer['podSelector'] !== undefined || peer['namespaceSelector'] !== undefined
  validateLabelSelector(peer['podSelector'], `${field}.podSelector`, problems)
  validateLabelSelector(peer['namespaceSelector'], `${field}.namespaceSelector`, problems)
  if (block === undefined && !hasSelector) problems.required(field, 'must specify a peer')
  else if (block !== undefined && hasSelector) problems.forbidden(field, 'may not specify both ipBlock and another peer')
  if (block === undefined) return
  const cidr = textOf(block['cidr'])
  if (cidr === '') problems.required(`${field}.ipBlock.cidr`)
  else if (!isCidr(cidr)) problems.invalid(`${field}.ipBlock.cidr`, cidr, cidrRule)
  listOf(block['except']).forEach((each, at) => {
    if (!isCidr(textOf(each))) problems.invalid(`${field}.ipBlock.except[${at}]`, each, cidrRule)
  })
}

const cidrRule = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

function isCidr(text: string): boolean {
  const [ip = '', bits = '', ...more] = text.split('/')
  const version = isIP(ip)
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

export function validateDisruptionBudget(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
    problems.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')
  }
  for (const part of ['minAvailable', 'maxUnavailable']) {
    const value = spec[part]
    if (typeof value === 'string' && !/^[0-9]+%$/.test(value)) {
      problems.invalid(
        `spec.${part}`,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      )
    } else if (typeof value === 'string' && Number.parseInt(value, 10) > 100) {
      problems.invalid(`spec.${part}`, value, 'must not be greater than 100%')
    } else problems.nonNegative(`spec.${part}`, value)
  }
  validateLabelSelector(spec['selector'], 'spec.selector', problems)
  const eviction = spec['unhealthyPodEvictionPolicy']
  if (typeof eviction === 'string' && !['AlwaysAllow', 'IfHealthyBudget'].includes(eviction)) {
    problems.notSupported('spec.unhealthyPodEvictionPolicy', eviction, ['AlwaysAllow', 'IfHealthyBudget'])
  }
}

export function validateRuntimeClass(object: Fields, old: Fields | undefined, problems: Problems): void {
  const handler = textOf(object['handler'])
  if (handler === '') problems.required('handler')
  if (old !== undefined && !isSame(object['handler'], old['handler'])) problems.invalid('handler', handler, 'field is immutable')
}

export function validateQualified(name: string, field: string, problems: Problems): void {
  problems.invalidEach(field, name, checkQualifiedName(name))
}
