import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, ContainerRole, Pod } from './pod.ts'

export const simulatedAnnotation = 'plimsoll.dev/simulated'

/** How long a simulated container of a Job seems to work. */
const workMs = 1000

/** Why a container cannot run here, or undefined when it can. */
export function reasonToSimulate(container: Container): string | undefined {
  if ((container.command?.length ?? 0) > 0) return undefined
  return `container "${container.name}" has no command: what image "${container.image ?? ''}" would run cannot run on this node`
}

export function simulationReasonOf(pod: Pod): string | undefined {
  const reasons = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => reasonToSimulate(container) ?? [])
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

/** When a simulated container ends, with success: an init container at once, one that a pod does not restart soon, any other never. */
export function simulatedEnd(pod: Pod, role: ContainerRole, startedAt: number): number | undefined {
  if (role === 'init') return startedAt
  return role === 'main' && (pod.spec.restartPolicy ?? 'Always') !== 'Always' ? startedAt + workMs : undefined
}

/** When its probes would have let it through. */
export function simulatedReadyAt(container: Container, startedAt: number): { started: number; ready: number } {
  const started = startedAt + (container.startupProbe?.initialDelaySeconds ?? 0) * 1000
  return { started, ready: Math.max(started, startedAt + (container.readinessProbe?.initialDelaySeconds ?? 0) * 1000) }
}

export function writeSimulatedLog(stateDir: string, container: Container): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(stateDir, 'output.log'), `This container is simulated: ${reasonToSimulate(container) ?? ''}. Nothing runs.\n`, {
    mode: 0o600,
  })
}
