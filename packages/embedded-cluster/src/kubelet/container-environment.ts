import type { KubeObject } from '@plimsoll/kube'
import { valuesOf, type ConfigReader } from './config-reader.ts'
import { readField, readResourceField, type MachineCapacity, type PodAddresses } from './field-reference.ts'
import { allContainers, type Container, type EnvVar, type Pod } from './pod.ts'
import { expandVariables } from './variable-expansion.ts'

export type ServiceAddress = Promise<{ host: string; port: number } | undefined> | { host: string; port: number } | undefined

export interface EnvironmentContext {
  reader: ConfigReader
  addresses: PodAddresses
  machine: MachineCapacity
  /** What every container of this machine has, such as PATH and HOME: the pod's own variables come on top. */
  base: Record<string, string>
  /** Real port by container port. */
  ports: ReadonlyMap<number, number>
  /** Where a port of a Service can be reached from this machine. */
  serviceAddress(namespace: string, name: string, port: number): ServiceAddress
  /** Mount paths in a value become real ones. */
  rewrite(value: string): string
}

/** An environment has its limits (execve(2), E2BIG), and each link costs a listener. */
const mostLinks = 100

/** A container's environment, or why it cannot be made, in the words of a kubelet. */
export type EnvironmentResult = { env: Map<string, string> } | { problem: string }

/**
 * As the kubelet's makeEnvironmentVariables: services, then `envFrom`, then `env` in order, each of which can use the ones before it by
 * `$(NAME)`. A variable `PORT` whose value is one of the container's own ports becomes the port it really has here.
 */
export async function resolveEnvironment(pod: Pod, container: Container, context: EnvironmentContext): Promise<EnvironmentResult> {
  const namespace = pod.metadata.namespace ?? ''
  const env = new Map(Object.entries(context.base))
  // The API's own Service is linked everywhere (kubelet, getServiceEnvVarMap).
  const isApi = (service: KubeObject) => service.metadata.name === 'kubernetes'
  const linked = context.reader.services('default').filter(isApi)
  if (pod.spec.enableServiceLinks !== false) linked.push(...context.reader.services(namespace).slice(0, mostLinks))
  for (const service of linked) await addServiceLinks(env, service, context)

  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef
    if (reference === undefined) continue
    const object = await (source.configMapRef
      ? context.reader.configMap(namespace, reference.name)
      : context.reader.secret(namespace, reference.name))
    if (object === undefined) {
      if (reference.optional) continue
      return { problem: `${source.configMapRef ? 'configmap' : 'secret'} "${reference.name}" not found` }
    }
    for (const [key, value] of valuesOf(object)) {
      const name = (source.prefix ?? '') + key
      if (name !== '' && !name.includes('=') && !name.includes('\0')) env.set(name, context.rewrite(value.toString()))
    }
  }

  for (const variable of container.env ?? []) {
    const result = await resolveVariable(pod, container, variable, env, context)
    if (result === undefined) continue
    if (typeof result !== 'string') return result
    env.set(variable.name, context.rewrite(result))
  }

  const real = context.ports.get(Number(env.get('PORT')))
  if (real !== undefined) env.set('PORT', String(real))
  return { env }
}

async function resolveVariable(
  pod: Pod,
  container: Container,
  variable: EnvVar,
  env: Map<string, string>,
  context: EnvironmentContext,
): Promise<string | { problem: string } | undefined> {
  const namespace = pod.metadata.namespace ?? ''
  const from = variable.valueFrom
  if (variable.value !== undefined && variable.value !== '') return expandVariables(variable.value, (name) => env.get(name))
  if (from === undefined) return ''
  if (from.fieldRef) {
    return readField(pod, from.fieldRef.fieldPath, context.addresses) ?? { problem: `unsupported fieldPath: ${from.fieldRef.fieldPath}` }
  }
  if (from.resourceFieldRef) {
    const wanted = from.resourceFieldRef.containerName
    const subject = wanted === undefined || wanted === '' ? container : allContainers(pod).find(({ name }) => name === wanted)
    if (subject === undefined) return { problem: `container ${wanted ?? ''} not found` }
    return (
      readResourceField(subject, from.resourceFieldRef, context.machine) ?? {
        problem: `unsupported container resource : ${from.resourceFieldRef.resource}`,
      }
    )
  }
  const selector = from.configMapKeyRef ?? from.secretKeyRef
  if (selector === undefined) return ''
  const isConfigMap = from.configMapKeyRef !== undefined
  const object = await (isConfigMap ? context.reader.configMap(namespace, selector.name) : context.reader.secret(namespace, selector.name))
  const value = object && valuesOf(object).get(selector.key)
  if (value !== undefined) return value.toString()
  if (selector.optional) return undefined
  if (object === undefined) return { problem: `${isConfigMap ? 'configmap' : 'secret'} "${selector.name}" not found` }
  return { problem: `couldn't find key ${selector.key} in ${isConfigMap ? 'ConfigMap' : 'Secret'} ${namespace}/${selector.name}` }
}

/** pkg/kubelet/envvars: the two forms that are used; the older ones of Docker's links are left out. */
async function addServiceLinks(env: Map<string, string>, service: KubeObject, context: EnvironmentContext): Promise<void> {
  const { clusterIP, ports } = (service['spec'] ?? {}) as { clusterIP?: string; ports?: { name?: string; port: number }[] }
  const { name, namespace = '' } = service.metadata
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None' || !Array.isArray(ports)) return
  const prefix = environmentName(name)
  for (const [index, port] of ports.entries()) {
    const address = await context.serviceAddress(namespace, name, port.port)
    if (address === undefined) continue
    if (index === 0) env.set(`${prefix}_SERVICE_HOST`, address.host).set(`${prefix}_SERVICE_PORT`, String(address.port))
    if (port.name) env.set(`${prefix}_SERVICE_PORT_${environmentName(port.name)}`, String(address.port))
  }
}

/** Upper case, and `_` for what a variable's name cannot have. */
export function environmentName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}
