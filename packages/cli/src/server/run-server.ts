import { existsSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { collectGarbageAfterBursts } from '@plimsoll/processes'
import type { RunningServer } from '@plimsoll/server'
import { readPairs } from '../commands/arguments.ts'
import { CommandFailure } from '../exit-code.ts'
import { problemAtStart, tellClusterNews } from './cluster-news.ts'
import { cloneRoot, dataDirFailure, defaultDataDir, prepareDataDir, type ReadyFile, removeReadyFile, writeReadyFile } from './data-dir.ts'
import { type DataDirLock, lockDataDir } from './data-dir-lock.ts'
import { chooseGatewayPort, choosePort, keepPort, keptPort } from './ports.ts'
import type { DemoProposal } from './demo-story.ts'
import { seedDemo } from './seed-demo.ts'
import { readPlugins } from './plugins.ts'
import { readPodOptions } from './pod-options.ts'
import { openServerLog, type ServerLog } from './server-log.ts'
import { listenForStop, type StopSignal } from './stop-signal.ts'
import { type SupervisedCluster, superviseCluster } from './supervised-cluster.ts'
import { welcome } from './welcome.ts'

export interface ServerStartOptions {
  dataDir?: string
  /** Undefined: the one that was used before, or 7420. 0: the one that was used before, or any free one. */
  port?: number
  gatewayPort?: number
  /** Undefined: with the embedded cluster. Nobody's real cluster gets a demo unasked. */
  demo?: boolean
  kubeconfig?: string
  context?: string
  /** Private hosts that repositories may be fetched from; none by default. */
  allowGitHost?: string[]
  /** Addresses of forges that application sets may ask. */
  allowedScmProviders?: string[]
  scmProviders?: boolean
  /** Namespaces of Applications; each may be several with commas between them. */
  applicationNamespaces?: string[]
  /** `NAME=PATH`: foreign programs that rendering may start. */
  program?: string[]
  /** `NAME=PATH`: credential commands that clusters may name. */
  clusterCommand?: string[]
  clusterCommandEnv?: string[]
  remoteBases?: boolean
  /** Folder of ConfigManagementPlugin files. */
  plugins?: string
  /** True, or a `node_modules` folder that such applications may import. */
  cdk8s?: boolean | string
  ciRunOn?: 'pods' | 'machine'
  ciImage?: string
  ciNamespace?: string
  ciPodTemplate?: string
  ciServerUrl?: string
  /** Of workflows: a program, `auto` or `none`. */
  containerEngine?: string
  outsideContainers?: boolean
  logLevel?: string
}

interface Start {
  options: ServerStartOptions
  dataDir: string
  startedAt: number
  stop: StopSignal
  stopping: AbortController
  lock: DataDirLock
  serverLog: ServerLog
  cluster?: SupervisedCluster
  /** What has begun, so that it can be stopped whole, last first. */
  closers: (() => Promise<void> | void)[]
}

/** Starts everything, and resolves when it has been stopped again. Rejects with a message for people when it cannot start. */
export async function runServer(options: ServerStartOptions): Promise<void> {
  const startedAt = performance.now()
  const stop = listenForStop()
  surviveClosedTerminal()
  const dataDir = resolve(options.dataDir ?? defaultDataDir())
  prepareDataDir(dataDir)
  const lock = lockDataDir(dataDir)
  removeReadyFile(dataDir)
  const serverLog = openServerLog(dataDir, options.logLevel)
  const start: Start = {
    options,
    dataDir,
    startedAt,
    stop,
    stopping: new AbortController(),
    lock,
    serverLog,
    closers: [() => lock.release(), () => serverLog.close()],
  }
  containFailures(start)

  const starting = startAll(start)
  try {
    // Ctrl-C may come while it starts: what has begun is let come to its end, so that it can be stopped whole.
    await Promise.race([starting, stop.asked])
    await stop.asked
  } catch (error) {
    await close(start)
    throw explained(error, start)
  }
  console.log(options.kubeconfig ? '\nStopping …' : '\nStopping: the server, the cluster and every container in it …')
  stop.onImpatience(() => leave(start))
  await starting.catch(() => undefined)
  await close(start)
  console.log('Stopped.')
}

async function startAll(start: Start): Promise<void> {
  const { options, dataDir, serverLog, closers, lock, stop, stopping } = start
  const pods = readPodOptions(options)
  const port = await choosePort(dataDir, options.port)
  const portBefore = keptPort(dataDir)
  const { log } = serverLog
  // Both take their time: the cluster boots in a process of its own while this one loads the server.
  const loading = loadServer(dataDir, options)
  loading.catch(() => undefined)
  let cluster: SupervisedCluster | undefined
  if (!options.kubeconfig) {
    const gatewayPort = await chooseGatewayPort(options.gatewayPort, port)
    const supervised = await superviseCluster(
      { dataDir: join(dataDir, 'cluster'), ...(gatewayPort !== undefined && { gatewayPort }) },
      log,
      stopping.signal,
    )
    closers.push(() => supervised.stop())
    start.cluster = cluster = supervised
  }
  lock.check()
  const { startServer } = await loading
  const webRoot = join(cloneRoot, 'packages', 'web', 'dist')
  const kubeconfig = cluster?.current.kubeconfig ?? resolve(options.kubeconfig ?? '')
  const demo = options.demo ?? !options.kubeconfig
  const server: RunningServer = await startServer({
    dataDir,
    port,
    demo,
    ...(demo && {
      demoActions: {
        propose: async (proposal: DemoProposal) => (await import('./demo-story.ts')).proposeInDemo(server, proposal),
        ask: async () => (await import('./demo-question.ts')).askDemo(cluster?.current.gatewayUrl),
      },
    }),
    log,
    kubeconfig,
    readyTimeoutMs: cluster ? 20_000 : 8_000,
    ...(options.context && !cluster && { context: options.context }),
    ...(options.allowGitHost && { allowedGitHosts: options.allowGitHost }),
    ...scmProviders(options),
    ...applicationNamespaces(options),
    ...(options.program && { programs: readPairs(options.program, 'program') }),
    ...(options.clusterCommand && { clusterCommands: readPairs(options.clusterCommand, 'cluster-command') }),
    ...(options.clusterCommandEnv && { clusterCommandVariables: options.clusterCommandEnv }),
    ci: {
      ...pods,
      searchPath: `${process.env['PATH'] ?? '/usr/bin:/bin'}:${join(cloneRoot, 'packages', 'cli', 'path')}`,
      visibleFolders: ['node_modules', 'packages'].map((folder) => join(cloneRoot, folder)),
      ...(options.containerEngine !== undefined && { containerEngine: options.containerEngine }),
      ...(options.outsideContainers && { outsideContainers: true }),
    },
    allowRemoteBases: options.remoteBases ?? true,
    plugins: await readPlugins(options),
    ...(cluster
      ? { gatewayUrl: cluster.current.gatewayUrl, clusterInfo: { kind: 'embedded' as const } }
      : { clusterInfo: { kind: 'kubeconfig' as const, description: options.kubeconfig ?? '' } }),
    ...(existsSync(join(webRoot, 'index.html')) && { webRoot }),
  })
  closers.push(
    () => server.close(),
    () => removeReadyFile(dataDir),
    collectGarbageAfterBursts(),
  )
  keepPort(dataDir, server.port)
  if (stop.isAsked) return

  const gatewayUrl = cluster?.current.gatewayUrl
  const clusterProblem = await problemAtStart(server)
  const context = cluster ? undefined : options.context
  const access = { kubeconfig, ...(context !== undefined && { context }), ...(gatewayUrl !== undefined && { gateway: gatewayUrl }) }
  const onceRead = becomeReady(server, demo, dataDir, access, start)
  // Whoever stops it does not wait for a cluster that may never answer.
  if (clusterProblem === undefined) await Promise.race([onceRead, stop.asked])
  onceRead.catch((error: unknown) => log.error({ error: String(error) }, 'the start was not finished'))
  if (stop.isAsked) return
  const facts = {
    dataDir,
    kubeconfig,
    context,
    gatewayUrl,
    demo,
    tookMs: performance.now() - start.startedAt,
    clusterProblem,
  }
  console.log(welcome(server, facts))
  if (portBefore !== undefined && portBefore !== server.port) {
    console.log(
      `Note: port ${portBefore} was used before. Applications whose repository address carries it find nothing there until that is changed.\n`,
    )
  }
  if (!cluster) void tellClusterNews(server, stopping.signal)
}

/** The client library of Kubernetes takes a third of a second to load, and is first needed when the cluster is up: it is loaded meanwhile. */
async function loadServer(dataDir: string, options: ServerStartOptions): Promise<typeof import('@plimsoll/server')> {
  const before = options.kubeconfig ? resolve(options.kubeconfig) : join(dataDir, 'cluster', 'kubeconfig')
  const server = import('@plimsoll/server')
  const { createKubeClient } = await import('@plimsoll/kube')
  await createKubeClient({ kubeconfigPath: before }).then(
    (client) => client.close(),
    () => undefined,
  )
  return server
}

/** The file that says so appears once the cluster has been read, which may be long after the welcome. */
async function becomeReady(
  server: RunningServer,
  demo: boolean,
  dataDir: string,
  cluster: Pick<ReadyFile, 'kubeconfig' | 'context' | 'gateway'>,
  start: Start,
): Promise<void> {
  const isLate = !server.isReady
  await server.ready
  if (start.stop.isAsked) return
  if (demo) await seedDemo(server)
  const { kubeconfig, context, gateway } = cluster
  writeReadyFile(dataDir, {
    url: server.url,
    kubeconfig,
    ...(context !== undefined && { context }),
    username: server.username,
    tokenFile: server.tokenFile,
    pid: process.pid,
    ...(gateway !== undefined && { gateway }),
  })
  if (isLate) console.log('The cluster answers: Plimsoll is ready.')
}

/** Without waiting. A cluster that is asked to end does so by itself; one that still boots is found by the next start. */
function leave({ cluster, dataDir }: Start): never {
  removeReadyFile(dataDir)
  if (cluster) {
    try {
      process.kill(cluster.current.pid, 'SIGTERM')
    } catch {
      // It has ended already.
    }
  }
  console.log('Not waiting. What still runs ends within seconds; `npx plimsoll server stop` makes sure.')
  process.exit(130)
}

async function close({ closers, serverLog, stopping }: Start): Promise<void> {
  // Some waits below hold no process up by themselves.
  const staying = setInterval(() => undefined, 1000)
  stopping.abort()
  for (const closer of closers.splice(0).toReversed()) {
    try {
      await closer()
    } catch (error) {
      serverLog.log.error({ error: String(error) }, 'a part did not stop in order')
    }
  }
  clearInterval(staying)
}

/** A terminal that is gone must not end the process before it has stopped what it started. */
function surviveClosedTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', () => undefined)
  }
}

/** A failure that nobody caught is a bug of ours: it is written down, and costs what it was about, not everything. */
function containFailures({ serverLog }: Start): void {
  process.on('unhandledRejection', (error) => serverLog.log.error({ err: error }, 'a promise was rejected and nobody looked'))
  process.on('uncaughtException', (error) => serverLog.log.error({ err: error }, 'an error was thrown and nobody caught it'))
}

/** What went wrong, in words for whoever has typed `npm start`. */
function explained(error: unknown, { dataDir, options }: Start): unknown {
  if (error instanceof CommandFailure) return error
  if (error instanceof Error && error.name === 'KubeConnectionError') {
    return new CommandFailure(error.message, {
      remedy: options.kubeconfig
        ? `Check --kubeconfig and --context: \`kubectl --kubeconfig ${options.kubeconfig} get namespaces\` must work as you.`
        : undefined,
    })
  }
  if (isDiskFull(error, dataDir)) return dataDirFailure(dataDir, Object.assign(new Error('disk full'), { code: 'ENOSPC' }))
  const message = error instanceof Error ? error.message : String(error)
  return new CommandFailure(message, { remedy: `More is in ${join(dataDir, 'server.log')}.` })
}

/** A process that dies of a full disk cannot always say so. */
function isDiskFull(error: unknown, dataDir: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  if (/ENOSPC|SQLITE_FULL|EDQUOT|no space left|disk is full/i.test(`${code ?? ''} ${message}`)) return true
  try {
    const { bavail, bsize } = statfsSync(dataDir)
    return bavail * bsize < 1_000_000
  } catch {
    return false
  }
}

/** By the flag, or by the variable that Argo CD reads (argo-cd docs/operator-manual/app-any-namespace.md). Neither: its ConfigMap says. */
function applicationNamespaces(options: ServerStartOptions): { applicationNamespaces?: string[] } {
  const given = options.applicationNamespaces ?? (process.env['ARGOCD_APPLICATION_NAMESPACES'] || undefined)
  if (given === undefined) return {}
  const patterns = [given].flat().flatMap((one) => one.split(','))
  return { applicationNamespaces: patterns.map((one) => one.trim()).filter((one) => one !== '') }
}

/** By flags, or by the variables that Argo CD's controller reads (argo-cd docs/operator-manual/applicationset/Appset-Any-Namespace.md). */
function scmProviders(options: ServerStartOptions): { allowedScmProviders?: string[]; enableScmProviders: boolean } {
  const listed = process.env['ARGOCD_APPLICATIONSET_CONTROLLER_ALLOWED_SCM_PROVIDERS']?.split(',').map((one) => one.trim())
  const allowed = options.allowedScmProviders ?? listed?.filter((one) => one !== '')
  const isOn = process.env['ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_SCM_PROVIDERS'] !== 'false'
  return {
    ...(allowed && allowed.length > 0 && { allowedScmProviders: allowed }),
    enableScmProviders: (options.scmProviders ?? true) && isOn,
  }
}
