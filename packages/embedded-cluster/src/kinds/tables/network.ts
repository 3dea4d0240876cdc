import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { printSelector } from '../validation/label-selector.ts'
import { ageOf, columnsOf, firstOf, type KindTable, nameOf, printLabels } from './table.ts'

export const serviceTable: KindTable = {
  columns: columnsOf('Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const ports = listOf(spec['ports']).map((item) => {
      const port = fieldsOrEmpty(item)
      const nodePort = numberOf(port['nodePort']) ?? 0
      return `${numberOf(port['port']) ?? 0}${nodePort > 0 ? `:${nodePort}` : ''}/${textOf(port['protocol'])}`
    })
    return [
      nameOf(object),
      textOf(spec['type']),
      textOf(listOf(spec['clusterIPs'])[0]) || '<none>',
      externalIp(spec, fieldsOrEmpty(object['status'])),
      ports.join(',') || '<none>',
      ageOf(object, now),
      printLabels(spec['selector']),
    ]
  },
}

function externalIp(spec: Fields, status: Fields): string {
  const external = listOf(spec['externalIPs']).map(textOf)
  switch (spec['type']) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>'
    case 'LoadBalancer':
      return [...loadBalancerAddresses(status), ...external].join(',') || '<pending>'
    case 'ExternalName':
      return textOf(spec['externalName'])
    default:
      return '<unknown>'
  }
}

function loadBalancerAddresses(status: Fields): string[] {
  const addresses = listOf(fieldsOrEmpty(status['loadBalancer'])['ingress'])
    .map((item) => textOf(fieldsOrEmpty(item)['ip']) || textOf(fieldsOrEmpty(item)['hostname']))
    .filter((address) => address !== '')
  return [...new Set(addresses)].sort()
}

export const ingressTable: KindTable = {
  columns: columnsOf('Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    return [
      nameOf(object),
      textOf(spec['ingressClassName']) || '<none>',
      printHosts(listOf(spec['rules'])),
      loadBalancerAddresses(fieldsOrEmpty(object['status'])).join(','),
      listOf(spec['tls']).length > 0 ? '80, 443' : '80',
      ageOf(object, now),
    ]
  },
}

function printHosts(rules: readonly unknown[]): string {
  const hosts = rules.map((rule) => textOf(fieldsOrEmpty(rule)['host'])).filter((host) => host !== '')
  const shown = hosts.slice(0, 3).join(',') || '*'
  return hosts.length >= 3 && rules.length > 3 ? `${shown} + ${rules.length - 3} more...` : shown
}

export const ingressClassTable: KindTable = {
  columns: columnsOf('Name', 'Controller', 'Parameters', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const parameters = fieldsOf(spec['parameters'])
    const group = textOf(parameters?.['apiGroup'])
    const shown =
      parameters === undefined ? '<none>' : `${textOf(parameters['kind'])}${group === '' ? '' : `.${group}`}/${textOf(parameters['name'])}`
    return [nameOf(object), textOf(spec['controller']), shown, ageOf(object, now)]
  },
}

export const networkPolicyTable: KindTable = {
  columns: columnsOf('Name', 'Pod-Selector', 'Age'),
  cells: (object, now) => [nameOf(object), printSelector(fieldsOrEmpty(object['spec'])['podSelector']), ageOf(object, now)],
}

export const endpointsTable: KindTable = {
  columns: columnsOf('Name', 'Endpoints', 'Age'),
  cells(object, now) {
    const addresses = listOf(object['subsets']).flatMap((item) => {
      const subset = fieldsOrEmpty(item)
      const ips = listOf(subset['addresses']).map((address) => textOf(fieldsOrEmpty(address)['ip']))
      const ports = listOf(subset['ports'])
      if (ports.length === 0) return ips
      return ports.flatMap((port) => ips.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${numberOf(fieldsOrEmpty(port)['port']) ?? 0}`))
    })
    return [nameOf(object), firstOf(addresses, 3, listOf(object['subsets']).length === 0 ? '<none>' : ''), ageOf(object, now)]
  },
}

export const endpointSliceTable: KindTable = {
  columns: columnsOf('Name', 'AddressType', 'Ports', 'Endpoints', 'Age'),
  cells(object, now) {
    const ports = listOf(object['ports']).map((item) => {
      const port = fieldsOrEmpty(item)
      return port['port'] === undefined ? textOf(port['name']) || '*' : String(numberOf(port['port']) ?? 0)
    })
    const addresses = listOf(object['endpoints']).flatMap((endpoint) => listOf(fieldsOrEmpty(endpoint)['addresses']).map(textOf))
    return [
      nameOf(object),
      textOf(object['addressType']),
      firstOf(ports, 3, '<unset>'),
      firstOf(addresses, 3, '<unset>'),
      ageOf(object, now),
    ]
  },
}
