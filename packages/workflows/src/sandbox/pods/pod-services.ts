import type { AskedContainer } from '../../job/asked-containers.ts'
import { literal } from './pod-manifest.ts'

/** A service of a job, as a further container of its pod. */
export interface PodService {
  /** As the workflow calls it. */
  name: string
  /** By which steps reach it, besides `localhost`. */
  host: string
  /** By port of its container: nothing is mapped, because all containers of a pod share their network. */
  ports: ReadonlyMap<string, string>
  container: { name: string; [field: string]: unknown }
}

/** What service images start as (root, who then becomes somebody else), and no more. */
const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'NET_BIND_SERVICE', 'SETGID', 'SETUID']

/** Throws a sentence for what a pod cannot give. `told`: what is left out, in words. */
export function servicesOf(services: ReadonlyMap<string, AskedContainer>, memory: string, told: (text: string) => void): PodService[] {
  return [...services].map(([name, service], at) => {
    refuse(`Service '${name}'`, service)
    const ports = service.ports.map((port) => portOf(name, port))
    const { health, rest } = readOptions(service.options)
    if (rest.length > 0) told(`Options of service '${name}' that a pod does not have are left out: ${rest.join(' ')}`)
    const words = (text: string): string[] => splitWords(text).map(literal)
    const container = {
      name: `service-${at + 1}`,
      image: service.image,
      ...(service.entrypoint !== '' && { command: words(service.entrypoint) }),
      ...(service.command !== '' && { args: words(service.command) }),
      env: [...service.env].map(([key, value]) => ({ name: key, value: literal(value) })),
      ports: ports.map(({ port, protocol }) => ({ containerPort: Number(port), protocol })),
      ...(health && { readinessProbe: health }),
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: capabilities } },
      terminationMessagePolicy: 'FallbackToLogsOnError',
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory } },
    }
    const host = name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 63) // prettier-ignore
    return { name, host: host || `service-${at + 1}`, ports: new Map(ports.map(({ port }) => [port, port])), container }
  })
}

/** What neither a job's container nor a service has in a pod. */
export function refuse(what: string, { volumes, hasCredentials }: AskedContainer): void {
  if (volumes.length > 0)
    throw new Error(`${what} asks for volumes, and a pod of a job has none but its own: have a step copy what it needs.`)
  if (hasCredentials)
    throw new Error(
      `${what} brings credentials for its image. Have the operator put them into the cluster as a pull secret (imagePullSecrets of the pod template) and leave them out here.`,
    )
}

function portOf(service: string, text: string): { port: string; protocol: 'TCP' | 'UDP' } {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/.exec(text.trim())
  const [, host, port = ''] = match ?? []
  if (!match) throw new Error(`'${text}' is no port of service '${service}': a pod takes PORT or PORT:PORT, with /tcp or /udp.`)
  if (host !== undefined && host !== port)
    throw new Error(
      `Service '${service}' maps its port ${port} to ${host}. In a pod steps reach it where it listens: write '${port}:${port}'.`,
    )
  return { port, protocol: match[3] === 'udp' ? 'UDP' : 'TCP' }
}

interface Probe {
  exec: { command: string[] }
  periodSeconds: number
  timeoutSeconds: number
  failureThreshold: number
}

/** Health checks of `docker create`, which runners wait for. */
function readOptions(text: string): { health?: Probe; rest: string[] } {
  const found = new Map<string, string>()
  const rest: string[] = []
  const words = splitWords(text)
  for (let at = 0; at < words.length; at++) {
    const [, name = '', value] =
      /^--health-(cmd|interval|timeout|retries|start-period|start-interval)(?:=(.*))?$/s.exec(words[at] ?? '') ?? []
    if (name === '') rest.push(words[at] ?? '')
    else found.set(name, value ?? words[++at] ?? '')
  }
  const command = found.get('cmd')
  if (command === undefined) return { rest }
  return {
    health: {
      exec: { command: ['/bin/sh', '-c', literal(command)] },
      // Looked at often: a job waits for it.
      periodSeconds: Math.min(seconds(found.get('interval'), 5), 5),
      timeoutSeconds: seconds(found.get('timeout'), 30),
      failureThreshold: Math.max(1, Number.parseInt(found.get('retries') ?? '3', 10) || 3),
    },
    rest,
  }
}

/** `1m30s`, as docker has it. */
function seconds(text: string | undefined, otherwise: number): number {
  let sum = 0
  for (const [, count, unit] of (text ?? '').matchAll(/(\d+)(ms|s|m|h)/g))
    sum += Number(count) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit as 's']
  return sum > 0 ? Math.max(1, Math.round(sum)) : otherwise
}

/** Words as a shell splits them, with quotes and backslashes and nothing else. */
function splitWords(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs))
    words.push(word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, plain?: string, quoted?: string, one?: string) => plain ?? quoted?.replaceAll(/\\(["\\$`])/g, '$1') ?? one ?? '')) // prettier-ignore
  return words
}
