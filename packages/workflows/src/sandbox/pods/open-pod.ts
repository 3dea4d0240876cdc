import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { KubeObject } from '@plimsoll/kube'
import type { SandboxRequest } from '../probe.ts'
import type { Sandbox } from '../sandbox.ts'
import { ask } from './ask.ts'
import { keepLinked } from './keep-linked.ts'
import { Link } from './link.ts'
import type { LinkStream } from './link-stream.ts'
import { bridgeCommand, mainContainer } from './pod-manifest.ts'
import { checkedFacts, filesInPod, startInPod } from './pod-sandbox.ts'
import { refuse, servicesOf, type PodService } from './pod-services.ts'
import { nameOf, readPodState, runsAsProcesses } from './pod-state.ts'
import { removePod, type StartContext, startPod } from './start-pod.ts'

export interface PodsContext extends StartContext {
  /** How long a job outlives that nobody can reach its pod. */
  lostAfterMs: number
  /** Steps reach the server through the pod's own connection. */
  connectToServer?: () => Duplex
  /** Where they reach it otherwise. Undefined: at its own address. */
  stepsServerUrl?: string
  serverUrl(): string
}

/** A job in a pod of its own, from its creation to its deletion. */
export async function openPod(context: PodsContext, request: SandboxRequest): Promise<Sandbox> {
  const { container } = request
  if (container) {
    refuse("The job's container", container)
    if (container.options.trim() !== '')
      request.say(`Options of the job's container that a pod does not have are left out: ${container.options}`)
  }
  const services = servicesOf(request.services, String(Math.floor(context.memoryBytes)), (text) => request.say(text))
  const pod = await startPod(context, request, services)
  try {
    return await enter(context, request, pod, services)
  } catch (error) {
    await removePod(context, pod)
    throw error
  }
}

async function enter(context: PodsContext, request: SandboxRequest, pod: KubeObject, services: readonly PodService[]): Promise<Sandbox> {
  const { cluster } = context
  const name = nameOf(pod)
  const isBare = runsAsProcesses(pod)
  if (isBare && request.isOutside)
    throw new Error('This cluster runs containers as processes of its machine, which keeps nothing apart: nothing from outside runs in it.')
  const lost = new AbortController()
  const lose = (why: string): void => {
    kept.stop()
    lost.abort(new Error(why))
    link.close(new Error(why))
  }
  const link: Link = new Link({
    firstStream: 1,
    accept: (header, stream) => acceptTunnel(context, header, stream),
    down: () => kept.lost() && context.log.warn({ pod: name }, 'the connection into the pod of a job broke, and is made again'),
    failed: ({ message }) => lose(`What the agent of pod ${name} says makes no sense (${message}): a step may have taken its place.`),
  })
  const kept = keepLinked({
    link,
    connect: () => cluster.connect(pod.metadata.name, mainContainer, bridgeCommand),
    async whyOver() {
      const now = await cluster.get(pod.metadata.name)
      if (now === undefined || now.metadata.uid !== pod.metadata.uid)
        return `Pod ${name} was deleted while its job ran, and not by Plimsoll.`
      const state = readPodState(now, services)
      return state.kind === 'over' ? state.why : undefined
    },
    givenUp: lose,
    forMs: context.lostAfterMs,
  })
  const onAbort = (): void => lose('The job is not wanted any more.')
  request.signal.addEventListener('abort', onAbort, { once: true })
  try {
    await kept.linked
    const facts = checkedFacts(await ask(link, 'describe', {}))
    const serverUrl = context.connectToServer ? await openTunnel(link, context.serverUrl()) : context.stepsServerUrl
    const { nodeName = 'unknown' } = pod['spec'] as { nodeName?: string }
    request.say(`Pod ${name} runs on node ${nodeName}`)
    return {
      isolation: isBare ? 'none' : 'pod',
      shared: isBare
        ? 'everything: this cluster runs containers as processes of its machine'
        : `the kernel of node ${nodeName}, and what pods of the cluster reach by its network`,
      place: `in image '${request.container?.image ?? context.image}'`,
      inside: facts.folders,
      files: filesInPod(link, facts.folders),
      path: facts.path,
      node: facts.node,
      arch: facts.arch,
      scripts: facts.scripts,
      env: new Map(facts.env),
      ...(serverUrl !== undefined && { serverUrl }),
      services: new Map(services.map((service) => [service.name, service.ports])),
      lost: lost.signal,
      start: (command, { streams = 'both' } = {}) => Promise.resolve(startInPod(link, command, streams)),
      usage: async () => (link.isUp ? ((await ask(link, 'usage', {})) ?? undefined) : undefined),
      async close() {
        kept.stop()
        link.close()
        await removePod(context, pod)
      },
    }
  } catch (error) {
    lose('It could not be entered.')
    throw error
  } finally {
    request.signal.removeEventListener('abort', onAbort)
  }
}

/** Steps reach the server through the pod's own connection: the cluster needs no way to it. */
async function openTunnel(link: Link, serverUrl: string): Promise<string> {
  const { port, hostname } = new URL(serverUrl)
  const isLocal = hostname === '127.0.0.1' || hostname === 'localhost'
  // At the same address, where that is one of this machine: then links in logs are right for people as well.
  const opened = await ask(link, 'tunnel', { port: isLocal ? Number(port || 80) : 0 })
  if (!Number.isInteger(opened.port) || opened.port <= 0 || opened.port > 65_535) throw new Error("the pod's agent opened no tunnel")
  return `http://127.0.0.1:${opened.port}`
}

function acceptTunnel({ connectToServer }: PodsContext, header: unknown, stream: LinkStream): void {
  if (!connectToServer || (header as { kind?: unknown } | null)?.kind !== 'tunnel') return void stream.destroy()
  const connection = connectToServer()
  pipeline(stream, connection, stream).catch(() => undefined)
}
