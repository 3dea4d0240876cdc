import { archiveFrom } from './archive-command.ts'
import type { CommandPlace } from './command-session.ts'
import { resolveEnvironment } from './container-environment.ts'
import { portVariables } from './container-ports.ts'
import { rewriteMountPaths } from './mount-paths.ts'
import type { NodeContext } from './node-context.ts'
import type { Container, Pod } from './pod.ts'
import type { ContainerRecord } from './pod-record.ts'
import { expandVariables } from './variable-expansion.ts'
import { rootOf } from './volumes/container-root.ts'

/** The part of a pod that a container's environment is made from. */
interface Host {
  readonly node: NodeContext
  readonly podIP: string
  pod(): Pod
}

/** A container as it is now: its spec may change while it runs. */
interface Inside {
  container: Container
  root: string
  ports: ContainerRecord['ports']
}

/** Environment, words and directory of a container: for its own process, and for commands that are run beside it. */
export class ContainerSurroundings {
  readonly #host: Host
  readonly #inside: () => Inside
  #place: Promise<CommandPlace | { problem: string }> | undefined

  constructor(host: Host, inside: () => Inside) {
    this.#host = host
    this.#inside = inside
  }

  environment(pod: Pod): ReturnType<typeof resolveEnvironment> {
    const { node, podIP } = this.#host
    const { container, root: folder, ports: given } = this.#inside()
    const { root, mountPaths } = rootOf(container, folder)
    const ports = new Map(Object.entries(given).flatMap(([key, port]) => (key === '' ? [] : [[Number(key), port] as const])))
    return resolveEnvironment(pod, container, {
      reader: node.reader,
      addresses: { podIP, hostIP: node.hostIP },
      machine: node.machine,
      base: {
        ...node.machineEnv,
        HOME: root,
        HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
        PLIMSOLL_ROOT: root,
        ...portVariables(container, given),
      },
      ports,
      serviceAddress: (namespace, name, port) => node.serviceAddress(namespace, name, port),
      rewrite: (value) => rewriteMountPaths(value, mountPaths, root),
    })
  }

  /** Where the container's own command runs; commands beside it run there too, until the next start. */
  placeOf(env: ReadonlyMap<string, string>): CommandPlace {
    const { container, root: folder } = this.#inside()
    const { root, mountPaths, workingDir } = rootOf(container, folder)
    const words = [...(container.command ?? []), ...(container.args ?? [])]
    const expanded = words.map((word) =>
      rewriteMountPaths(
        expandVariables(word, (name) => env.get(name)),
        mountPaths,
        root,
      ),
    )
    const path = env.get('PATH')
    const machinePath = this.#host.node.machineEnv['PATH'] ?? ''
    const place: CommandPlace = {
      command: expanded,
      // A PATH that was written for an image still finds what is on this machine.
      env: { ...Object.fromEntries(env), PATH: path === undefined || path === machinePath ? machinePath : `${path}:${machinePath}` },
      workingDir,
    }
    this.#place = Promise.resolve(place)
    return place
  }

  /** A command in the place of the container, with its paths as they really are. */
  async commandIn(command: string[]): Promise<CommandPlace | { problem: string }> {
    const { container, root: folder } = this.#inside()
    this.#place ??= this.environment(this.#host.pod()).then((result) => ('problem' in result ? result : this.placeOf(result.env)))
    const place = await this.#place
    if ('problem' in place) return place
    const { root, mountPaths } = rootOf(container, folder)
    const rewritten = (word: string): string => rewriteMountPaths(word, mountPaths, root)
    const isMounted = (word: string): boolean => word.startsWith('/') && rewritten(word) === `${root}${word}`
    return { ...place, command: archiveFrom(root, command, isMounted) ?? command.map(rewritten) }
  }
}
