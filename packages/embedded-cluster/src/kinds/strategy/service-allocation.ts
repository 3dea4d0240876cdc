import type { AdmissionContext, FieldProblem } from '../../api-server/kind-registry.ts'
import { Problems } from '../field-problem.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'

/** Cluster addresses are 10.96.0.0/16, node ports 30000 to 32767, as kubeadm and kube-apiserver have them by default. */
const ipPrefix = '10.96.'
const firstNodePort = 30000
const nodePortCount = 2768
/** An address that was handed out but is not stored yet stays taken for so long. */
const reservationMs = 60_000

/**
 * Hands out cluster addresses and node ports. What is taken is read from the stored Services each time, so a restart
 * forgets nothing; addresses of writes that are still on their way are remembered for a minute.
 */
export class ServiceAllocator {
  readonly #reserved = new Map<string, { until: number; owner: string }>()
  readonly #problems = new WeakMap<object, FieldProblem[]>()

  /** What could not be allocated for this object; validation tells it. */
  problemsOf(service: object): readonly FieldProblem[] {
    return this.#problems.get(service) ?? []
  }

  admit(service: Fields, old: Fields | undefined, context: AdmissionContext): void {
    const spec = fieldsOf(service['spec'])
    if (spec === undefined) return
    if (old !== undefined) keepAllocated(spec, fieldsOrEmpty(old['spec']))
    const type = textOf(spec['type'])
    if (type === 'ExternalName') {
      if (old !== undefined) dropAddresses(spec, fieldsOrEmpty(old['spec']))
      return
    }
    const metadata = fieldsOrEmpty(service['metadata'])
    const owner = `${textOf(metadata['namespace'])}/${textOf(metadata['name'])}`
    const problems = new Problems()
    const others = lazily(() => this.#taken(context, owner))
    this.#allocateIp(spec, owner, context, others, problems)
    if (spec['ipFamilies'] === undefined) spec['ipFamilies'] = [textOf(spec['clusterIP']).includes(':') ? 'IPv6' : 'IPv4']
    if (spec['ipFamilyPolicy'] === undefined) spec['ipFamilyPolicy'] = 'SingleStack'
    if (type === 'NodePort' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false)) {
      this.#allocateNodePorts(spec, owner, context.now, others, problems)
    }
    if (problems.list.length > 0) this.#problems.set(service, problems.list)
  }

  #allocateIp(spec: Fields, owner: string, context: AdmissionContext, others: () => Set<string>, problems: Problems): void {
    const { now } = context
    const wanted = textOf(spec['clusterIP']) || textOf(listOf(spec['clusterIPs'])[0])
    if (wanted !== '') {
      spec['clusterIP'] = wanted
      if (listOf(spec['clusterIPs']).length === 0) spec['clusterIPs'] = [wanted]
      if (wanted !== 'None' && this.#isHeld(wanted, owner, context)) {
        problems.invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: provided IP is already allocated`)
      }
      this.#reserve(wanted, owner, now)
      return
    }
    const start = hash(owner)
    for (let offset = 0; offset < 65_000; offset++) {
      // The first 256 are left to those who ask for one by number.
      const index = 256 + ((start + offset) % 65_000)
      const ip = `${ipPrefix}${index >> 8}.${index & 255}`
      // The first guess is nearly always free: to ask for it alone is much cheaper than to know all that is taken.
      if (offset < 4 ? this.#isHeld(ip, owner, context) : others().has(ip)) continue
      spec['clusterIP'] = ip
      spec['clusterIPs'] = [ip]
      this.#reserve(ip, owner, now)
      return
    }
    problems.invalid('spec.clusterIPs', null, 'failed to allocate IP: range is full')
  }

  #allocateNodePorts(spec: Fields, owner: string, now: number, others: () => Set<string>, problems: Problems): void {
    const own = new Set(listOf(spec['ports']).map((port) => `port ${numberOf(fieldsOrEmpty(port)['nodePort']) ?? 0}`))
    listOf(spec['ports']).forEach((item, at) => {
      const port = fieldsOf(item)
      if (port === undefined) return
      const wanted = numberOf(port['nodePort']) ?? 0
      if (wanted !== 0) {
        const field = `spec.ports[${at}].nodePort`
        if (wanted < firstNodePort || wanted >= firstNodePort + nodePortCount) {
          problems.invalid(field, wanted, `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-32767`)
        } else if (others().has(`port ${wanted}`)) problems.invalid(field, wanted, 'provided port is already allocated')
        this.#reserve(`port ${wanted}`, owner, now)
        return
      }
      const taken = others()
      const start = hash(`${owner}/${at}`)
      for (let offset = 0; offset < nodePortCount; offset++) {
        const candidate = firstNodePort + ((start + offset) % nodePortCount)
        const key = `port ${candidate}`
        if (taken.has(key) || own.has(key)) continue
        port['nodePort'] = candidate
        own.add(key)
        this.#reserve(key, owner, now)
        return
      }
    })
  }

  #isHeld(ip: string, owner: string, context: AdmissionContext): boolean {
    const reserved = this.#reserved.get(ip)
    if (reserved !== undefined && reserved.until >= context.now && reserved.owner !== owner) return true
    return context.list('', 'services').some((other) => {
      const spec = fieldsOrEmpty(other['spec'])
      return (
        (spec['clusterIP'] === ip || listOf(spec['clusterIPs']).includes(ip)) &&
        `${other.metadata.namespace ?? ''}/${other.metadata.name}` !== owner
      )
    })
  }

  #taken(context: AdmissionContext, owner: string): Set<string> {
    const taken = new Set<string>()
    for (const other of context.list('', 'services')) {
      if (`${other.metadata.namespace ?? ''}/${other.metadata.name}` === owner) continue
      const spec = fieldsOrEmpty(other['spec'])
      for (const ip of listOf(spec['clusterIPs'])) taken.add(textOf(ip))
      for (const port of listOf(spec['ports'])) taken.add(`port ${numberOf(fieldsOrEmpty(port)['nodePort']) ?? 0}`)
    }
    for (const [key, { until, owner: holder }] of this.#reserved) {
      if (until < context.now) this.#reserved.delete(key)
      else if (holder !== owner) taken.add(key)
    }
    taken.delete('port 0')
    return taken
  }

  #reserve(key: string, owner: string, now: number): void {
    if (key === 'None') return
    this.#reserved.set(key, { until: now + reservationMs, owner })
    if (this.#reserved.size % 1000 !== 0) return
    for (const [held, { until }] of this.#reserved) if (until < now) this.#reserved.delete(held)
  }
}

/** An update that does not speak of addresses keeps them. */
function keepAllocated(spec: Fields, before: Fields): void {
  const wasInside = textOf(before['type']) !== 'ExternalName'
  if (wasInside && textOf(spec['type']) !== 'ExternalName') {
    if (textOf(spec['clusterIP']) === '' && listOf(spec['clusterIPs']).length === 0) {
      spec['clusterIP'] = before['clusterIP']
      spec['clusterIPs'] = structuredClone(before['clusterIPs'])
    } else if (textOf(spec['clusterIP']) === '') spec['clusterIP'] = listOf(spec['clusterIPs'])[0]
    if (spec['ipFamilies'] === undefined && before['ipFamilies'] !== undefined) spec['ipFamilies'] = structuredClone(before['ipFamilies'])
    if (spec['ipFamilyPolicy'] === undefined && before['ipFamilyPolicy'] !== undefined) spec['ipFamilyPolicy'] = before['ipFamilyPolicy']
  }
  const needsNodePorts = spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer'
  const oldPorts = new Map(listOf(before['ports']).map((item) => [portKey(fieldsOrEmpty(item)), numberOf(fieldsOrEmpty(item)['nodePort'])]))
  for (const item of listOf(spec['ports'])) {
    const port = fieldsOf(item)
    if (port === undefined) continue
    const old = oldPorts.get(portKey(port))
    if (old === undefined) continue
    if (needsNodePorts && (numberOf(port['nodePort']) ?? 0) === 0) port['nodePort'] = old
    // A port that stayed from when the type still had one.
    if (!needsNodePorts && port['nodePort'] === old) delete port['nodePort']
  }
  if (!needsNodePorts && listOf(spec['externalIPs']).length === 0) delete spec['externalTrafficPolicy']
  if (spec['type'] !== 'LoadBalancer' && before['type'] === 'LoadBalancer') {
    delete spec['allocateLoadBalancerNodePorts']
    delete spec['loadBalancerClass']
  }
}

/** A Service that becomes an ExternalName gives its address back where it only carried it along. */
function dropAddresses(spec: Fields, before: Fields): void {
  if (spec['clusterIP'] === before['clusterIP']) {
    delete spec['clusterIP']
    delete spec['clusterIPs']
  }
  delete spec['ipFamilies']
  delete spec['ipFamilyPolicy']
}

function portKey(port: Fields): string {
  return `${textOf(port['protocol']) || 'TCP'}/${numberOf(port['port']) ?? 0}`
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** FNV-1a: the same Service gets the same address again where it can. */
function hash(text: string): number {
  let value = 2166136261
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16777619)
  return value >>> 0
}
