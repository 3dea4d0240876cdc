import { type Fields, fieldsOrEmpty, listOf, textOf } from './reading.ts'

/** Versions that tell on every call that they are deprecated (k8s.io/api core/v1, prerelease-lifecycle markers). */
export const deprecations: ReadonlyMap<string, string> = new Map([
  ['v1/Endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  ['v1/ComponentStatus', 'v1 ComponentStatus is deprecated in v1.19+'],
])

/** Texts for Warning headers, as the strategies of Kubernetes 1.34 give them. */
export function warningsFor(id: string, object: Fields): string[] {
  switch (id) {
    case 'networking.k8s.io/v1/Ingress': {
      const annotations = fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['annotations'])
      return annotations['kubernetes.io/ingress.class'] === undefined
        ? []
        : [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`]
    }
    case 'v1/Pod':
      return podWarnings(fieldsOrEmpty(object['spec']), 'spec')
    case 'apps/v1/Deployment':
    case 'apps/v1/ReplicaSet':
    case 'apps/v1/StatefulSet':
    case 'apps/v1/DaemonSet':
    case 'batch/v1/Job': {
      const template = fieldsOrEmpty(fieldsOrEmpty(object['spec'])['template'])
      return podWarnings(fieldsOrEmpty(template['spec']), 'spec.template.spec')
    }
    case 'apiextensions.k8s.io/v1/CustomResourceDefinition':
      return hasRules(fieldsOrEmpty(object['spec']), 0)
        ? ['x-kubernetes-validations rules are stored but not evaluated by this cluster']
        : []
    default:
      return []
  }
}

function podWarnings(spec: Fields, field: string): string[] {
  const warnings: string[] = []
  listOf(spec['containers']).forEach((item, at) => {
    const container = fieldsOrEmpty(item)
    const seen = new Set<string>()
    listOf(container['env']).forEach((entry, index) => {
      const name = textOf(fieldsOrEmpty(entry)['name'])
      if (seen.has(name)) {
        warnings.push(
          `${field}.containers[${at}].env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        )
      }
      seen.add(name)
    })
    const ports = new Map<string, number>()
    listOf(container['ports']).forEach((entry, index) => {
      const port = fieldsOrEmpty(entry)
      const key = `${String(port['containerPort'])}/${textOf(port['protocol'])}`
      const earlier = ports.get(key)
      if (earlier !== undefined) {
        warnings.push(
          `${field}.containers[${at}].ports[${index}]: duplicate port definition with ${field}.containers[${at}].ports[${earlier}]`,
        )
      }
      ports.set(key, index)
    })
  })
  return warnings
}

function hasRules(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > 200) return false
  if (Array.isArray(value)) return value.some((item) => hasRules(item, depth + 1))
  return Object.hasOwn(value, 'x-kubernetes-validations') || Object.values(value).some((item) => hasRules(item, depth + 1))
}
