import { setTimeout as sleep } from 'node:timers/promises'
import { askEngine, codeOf, type ContainerEngine, startEngine } from './engine.ts'
import { type SayLine, sayLines } from './say-lines.ts'

/** What an engine says of a container; Docker and Podman say these in the same words. */
interface Inspected {
  State?: { Running?: boolean; ExitCode?: number; Health?: { Status?: string } | null }
  Config?: { Healthcheck?: { Test?: string[] | null; Interval?: number } | null }
  NetworkSettings?: {
    Ports?: Record<string, { HostPort?: string }[] | null> | null
    Networks?: Record<string, { IPAddress?: string }> | null
  }
}

export async function inspectContainer(engine: ContainerEngine, id: string): Promise<Inspected | undefined> {
  const { code, stdout } = await askEngine(engine, ['inspect', '--type=container', id])
  return code === 0 ? (JSON.parse(stdout) as Inspected[])[0] : undefined
}

/** The container's port to that of this machine. */
export function portsOf(facts: Inspected): [string, string][] {
  return Object.entries(facts.NetworkSettings?.Ports ?? {}).flatMap(([port, places]) => {
    const host = places?.[0]?.HostPort
    return host === undefined ? [] : [[port.split('/')[0] ?? port, host] as [string, string]]
  })
}

export function addressOf(facts: Inspected, network: string): string | undefined {
  return facts.NetworkSettings?.Networks?.[network]?.IPAddress || undefined
}

const firstWaitMs = 1_000
const longestWaitMs = 30_000
/** Of both engines. */
const defaultIntervalMs = 30_000
const nanosecondsPerMs = 1e6

/** Waits for the first word of a health check, as long as `signal` lets it. Undefined: it has none, and counts as ready. */
export async function waitForHealth(
  engine: ContainerEngine,
  id: string,
  say: (seconds: number) => void,
  signal: AbortSignal,
): Promise<'healthy' | 'unhealthy' | 'ended' | undefined> {
  let waitMs = firstWaitMs
  for (;;) {
    const facts = await inspectContainer(engine, id)
    const { Test: test, Interval: interval } = facts?.Config?.Healthcheck ?? {}
    if (!test?.length || test[0] === 'NONE') return undefined
    if (facts?.State?.Running === false) return 'ended'
    const status = facts?.State?.Health?.Status
    if (status === 'healthy' || status === 'unhealthy') return status
    say(waitMs / 1000)
    await sleep(waitMs, undefined, { signal })
    if (engine.kind === 'docker') waitMs = Math.min(waitMs * 2, longestWaitMs)
    else {
      // Podman leaves its checks to timers of systemd, which not every machine has: here they are ours, as often as they are meant to be.
      await askEngine(engine, ['healthcheck', 'run', id], { signal })
      waitMs = interval ? interval / nanosecondsPerMs : defaultIntervalMs
    }
  }
}

const mostLines = 10_000

/** The last of what a container has said, on both streams. */
export async function printLogs(engine: ContainerEngine, id: string, say: SayLine): Promise<void> {
  const child = startEngine(engine, ['logs', `--tail=${mostLines}`, id])
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  sayLines([child.stdout, child.stderr], say)
  await codeOf(child)
  if (child.pid !== undefined) await closed
}
