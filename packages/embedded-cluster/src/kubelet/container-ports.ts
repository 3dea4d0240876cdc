import { environmentName } from './container-environment.ts'
import type { HostPorts } from './host-ports.ts'
import type { Container, Pod, Probe } from './pod.ts'

/** Key of the port in `PORT` where a container names none. */
export const unnamedPort = ''

/**
 * Gives every port of a container a free one of this machine, the same as before where that is still free. With `hostNetwork` a pod asked
 * for the ports themselves. A container that names no port has one in `PORT` all the same.
 */
export async function choosePorts(
  pod: Pod,
  container: Container,
  before: Record<string, number>,
  hostPorts: HostPorts,
): Promise<Record<string, number>> {
  const wanted = new Map<string, number | undefined>()
  for (const { containerPort, hostPort } of container.ports ?? []) {
    wanted.set(String(containerPort), pod.spec.hostNetwork ? containerPort : hostPort || undefined)
  }
  for (const port of probedPorts(container))
    if (!wanted.has(String(port))) wanted.set(String(port), pod.spec.hostNetwork ? port : undefined)
  if (wanted.size === 0) wanted.set(unnamedPort, undefined)

  for (const port of Object.values(before)) hostPorts.release(port)
  const chosen: Record<string, number> = Object.create(null) as Record<string, number>
  for (const [key, fixed] of wanted) chosen[key] = await hostPorts.take(fixed ?? before[key])
  return chosen
}

/** `PORT` is the first port; `PORT_NAME` are those with a name. */
export function portVariables(container: Container, ports: Record<string, number>): Record<string, string> {
  const variables: Record<string, string> = Object.create(null) as Record<string, string>
  const firstKey = container.ports?.[0] ? String(container.ports[0].containerPort) : Object.keys(ports)[0]
  if (firstKey !== undefined && ports[firstKey] !== undefined) variables['PORT'] = String(ports[firstKey])
  for (const { name, containerPort } of container.ports ?? []) {
    const port = ports[String(containerPort)]
    if (name !== undefined && name !== '' && port !== undefined) variables[`PORT_${environmentName(name)}`] = String(port)
  }
  return variables
}

/** The number that a probe or Service means by a port's name. */
export function containerPortOf(container: Container, port: number | string): number | undefined {
  const number = Number(port)
  if (Number.isInteger(number) && number > 0) return number
  return container.ports?.find(({ name }) => name === port)?.containerPort
}

/**
 * Where a container port really is. A program that does not know of `PORT` listens on the container port itself, which works as long as
 * nobody else on the machine does: `listening` are the ports that its processes have been seen to listen on.
 */
export function realPortOf(ports: Record<string, number>, containerPort: number, listening: ReadonlySet<number>): number | undefined {
  const given = ports[String(containerPort)]
  if (given !== undefined && listening.has(given)) return given
  if (listening.has(containerPort)) return containerPort
  return given
}

function probedPorts(container: Container): number[] {
  const probes: (Probe | undefined)[] = [container.startupProbe, container.readinessProbe, container.livenessProbe]
  return probes.flatMap((probe) => {
    const port = Number(probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port)
    return Number.isInteger(port) && port > 0 ? [port] : []
  })
}
