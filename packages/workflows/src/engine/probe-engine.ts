import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { findExecutable } from '@plimsoll/processes'
import { askEngine, type ContainerEngine, whyOf } from './engine.ts'
import { instanceLabel, removeLabelled } from './left-behind.ts'

/** What was found of an engine, or why there is none, in words. */
export type FoundEngine = { readonly engine: ContainerEngine; readonly problems?: readonly string[] } | { readonly why: string }

/** Looked for once, and what an earlier server has left in it is removed: whoever asks waits for that. One that is not there may come: it is looked for again. */
export interface EngineSource {
  get(): Promise<FoundEngine>
}

export interface EngineOptions {
  /** `auto`: the first of docker and podman that answers. `none`: containers are never used. Otherwise a program, by name or path. */
  containerEngine: string
  /** Of runs: by it what an earlier server of the same folder left behind is known. */
  dataDir: string
  searchPath: string
}

const probeMs = 10_000

/** Of our own environment, what tells an engine's command line where its engine and its settings are. */
const handedOn = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'DBUS_SESSION_BUS_ADDRESS', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG',
  'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'DOCKER_API_VERSION', 'CONTAINER_HOST', 'CONTAINERS_CONF', 'CONTAINERS_STORAGE_CONF', 'CONTAINERS_REGISTRIES_CONF',
  'REGISTRY_AUTH_FILE', 'STORAGE_DRIVER', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
] // prettier-ignore

export function createEngineSource(options: EngineOptions): EngineSource {
  let found: Promise<FoundEngine> | undefined
  const look = async (): Promise<FoundEngine> => {
    const result = await probeEngine(options)
    if ('why' in result) found = undefined
    return result
  }
  return { get: () => (found ??= look()) }
}

async function probeEngine({ containerEngine, dataDir, searchPath }: EngineOptions): Promise<FoundEngine> {
  if (containerEngine === 'none') return { why: 'containers are turned off' }
  const environment: Record<string, string> = { LC_ALL: 'C.UTF-8', DISABLE_HC_SYSTEMD: 'true' }
  for (const name of handedOn) if (process.env[name] !== undefined) environment[name] = process.env[name]
  const instance = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16)
  const reasons: string[] = []
  for (const name of containerEngine === 'auto' ? ['docker', 'podman'] : [containerEngine]) {
    let program: string
    try {
      program = findExecutable(name, searchPath, '/')
    } catch {
      reasons.push(`${name} is not installed`)
      continue
    }
    const found = await ask(program, environment)
    if ('engine' in found) {
      if (dataDir.includes(':')) return { why: `folders below '${dataDir}' cannot be mounted, because of the colon in its name` }
      const engine = { ...found.engine, instance }
      return { engine, problems: await removeLabelled(engine, instanceLabel(instance)) }
    }
    reasons.push(`${name}: ${found.why}`)
  }
  return { why: reasons.join('; ') }
}

interface Version {
  Client?: { Version?: string; ApiVersion?: string; APIVersion?: string }
  Server?: { Version?: string; Components?: { Name?: string }[] | null } | null
}

/** By what it says of itself: `docker` may be Podman under another name. */
async function ask(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ engine: Omit<ContainerEngine, 'instance'> } | { why: string }> {
  const told = await askEngine({ program, environment }, ['version', '--format', '{{json .}}'], { timeoutMs: probeMs })
  if (told.code !== 0) return { why: whyOf({ code: told.code, stderr: told.stderr }) }
  const version = parse<Version>(told.stdout)
  if (version?.Client === undefined) return { why: 'it does not say its version as Docker and Podman do' }
  const isPodman = version.Client.APIVersion !== undefined
  return isPodman ? podman(program, environment, version) : docker(program, environment, version)
}

interface PodmanInfo {
  host?: {
    cgroupControllers?: string[] | null
    serviceIsRemote?: boolean
    security?: { rootless?: boolean; selinuxEnabled?: boolean }
  }
}

async function podman(program: string, environment: Readonly<Record<string, string>>, version: Version): ReturnType<typeof ask> {
  const told = await askEngine({ program, environment }, ['info', '--format', '{{json .}}'], { timeoutMs: probeMs })
  const host = told.code === 0 ? parse<PodmanInfo>(told.stdout)?.host : undefined
  if (!host) return { why: whyOf(told) }
  if (host.serviceIsRemote && process.platform === 'linux')
    return { why: 'its engine runs on another machine, where folders of jobs are not' }
  const controllers = host.cgroupControllers ?? []
  return {
    engine: {
      kind: 'podman',
      program,
      version: version.Client?.Version ?? '?',
      ...(host.security?.rootless && { confinedBy: 'rootless' as const }),
      hasSelinux: host.security?.selinuxEnabled === true,
      keeps: { memory: controllers.includes('memory'), processes: controllers.includes('pids') },
      environment,
    },
  }
}

interface DockerInfo {
  SecurityOptions?: string[] | null
  MemoryLimit?: boolean
  PidsLimit?: boolean
}

async function docker(program: string, environment: Readonly<Record<string, string>>, version: Version): ReturnType<typeof ask> {
  if (!version.Server?.Version) return { why: 'no engine answers it' }
  // What is asked by Docker's words does not look after health checks, and loses exit codes.
  if (version.Server.Components?.some(({ Name }) => Name === 'Podman Engine'))
    return { why: 'it is Podman that answers it, by the words of Docker' }
  const told = await askEngine({ program, environment }, ['info', '--format', '{{json .}}'], { timeoutMs: probeMs })
  const info = told.code === 0 ? parse<DockerInfo>(told.stdout) : undefined
  if (!info) return { why: whyOf(told) }
  const context = await askEngine({ program, environment }, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
    timeoutMs: probeMs,
  })
  const host = environment['DOCKER_HOST'] ?? (context.code === 0 ? context.stdout.trim() : '')
  if (host !== '' && !host.startsWith('unix://')) return { why: `its engine is at ${host}, and folders of jobs are on this machine` }
  const { DOCKER_CONTEXT: _context, ...withoutContext } = environment
  const security = (info.SecurityOptions ?? []).map((option) => /name=([^,]+)/.exec(option)?.[1])
  const confinedBy = security.includes('rootless') ? 'rootless' : security.includes('userns') ? 'user namespaces' : undefined
  return {
    engine: {
      kind: 'docker',
      program,
      version: version.Server.Version,
      ...(confinedBy && { confinedBy }),
      hasSelinux: security.includes('selinux'),
      keeps: { memory: info.MemoryLimit === true, processes: info.PidsLimit === true },
      // Its own settings, and with them the context, are left out where others' credentials are given.
      environment: host === '' ? environment : { ...withoutContext, DOCKER_HOST: host },
    },
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
