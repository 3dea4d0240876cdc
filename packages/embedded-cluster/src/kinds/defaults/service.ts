import { type Fields, fieldsOf, listOf, openObject, setDefault, setDefaultForZero, textOf } from '../reading.ts'

/** Defaults of kinds that lead traffic: Kubernetes `pkg/apis/{core,networking,discovery}/v1/defaults.go`, 1.34. */
export function defaultService(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefaultForZero(spec, 'type', 'ClusterIP')
  setDefaultForZero(spec, 'sessionAffinity', 'None')
  defaultAffinity(spec)
  for (const item of listOf(spec['ports'])) {
    const port = fieldsOf(item)
    if (port === undefined) continue
    setDefaultForZero(port, 'protocol', 'TCP')
    setDefaultForZero(port, 'targetPort', (port['port'] as number | undefined) ?? 0)
  }
  const type = textOf(spec['type'])
  const isOutside = type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && listOf(spec['externalIPs']).length > 0)
  if (isOutside) setDefaultForZero(spec, 'externalTrafficPolicy', 'Cluster')
  if (type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP') setDefault(spec, 'internalTrafficPolicy', 'Cluster')
  if (type !== 'LoadBalancer') return
  setDefault(spec, 'allocateLoadBalancerNodePorts', true)
  for (const item of listOf(fieldsOf(fieldsOf(object['status'])?.['loadBalancer'])?.['ingress'])) {
    const ingress = fieldsOf(item)
    if (ingress !== undefined && textOf(ingress['ip']) !== '') setDefault(ingress, 'ipMode', 'VIP')
  }
}

function defaultAffinity(spec: Fields): void {
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig']
  if (spec['sessionAffinity'] !== 'ClientIP') return
  const config = openObject(spec, 'sessionAffinityConfig')
  const clientIp = config === undefined ? undefined : openObject(config, 'clientIP')
  // Three hours.
  if (clientIp !== undefined) setDefault(clientIp, 'timeoutSeconds', 10800)
}

export function defaultEndpoints(object: Fields): void {
  for (const subset of listOf(object['subsets'])) {
    for (const item of listOf(fieldsOf(subset)?.['ports'])) {
      const port = fieldsOf(item)
      if (port !== undefined) setDefaultForZero(port, 'protocol', 'TCP')
    }
  }
}

export function defaultEndpointSlice(object: Fields): void {
  for (const item of listOf(object['ports'])) {
    const port = fieldsOf(item)
    if (port === undefined) continue
    setDefault(port, 'name', '')
    setDefault(port, 'protocol', 'TCP')
  }
  // `endpoints` has no omitempty: an empty list is written as null.
  if (object['endpoints'] === undefined) object['endpoints'] = null
}

export function defaultIngressClass(object: Fields): void {
  const parameters = fieldsOf(fieldsOf(object['spec'])?.['parameters'])
  if (parameters !== undefined) setDefault(parameters, 'scope', 'Cluster')
}

export function defaultNetworkPolicy(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  openObject(spec, 'podSelector')
  if (listOf(spec['policyTypes']).length === 0) {
    spec['policyTypes'] = listOf(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  }
  for (const rule of [...listOf(spec['ingress']), ...listOf(spec['egress'])]) {
    for (const item of listOf(fieldsOf(rule)?.['ports'])) {
      const port = fieldsOf(item)
      if (port !== undefined) setDefault(port, 'protocol', 'TCP')
    }
  }
}
