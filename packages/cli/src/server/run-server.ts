import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type LaunchedCluster, launchCluster } from '@plimsoll/embedded-cluster'
import { type RunningServer, startServer } from '@plimsoll/server'
import { type Logger, pino } from 'pino'
import { cloneRoot, defaultDataDir, prepareDataDir, removeReadyFile, writeReadyFile } from './data-dir.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { demoApplication, demoFiles, demoName } from './demo.ts'

export interface ServerStartOptions {
  dataDir?: string
  /** Undefined: the one that was used before, or 7420. 0: any free one, chosen once. */
  port?: number
  gatewayPort?: number
  demo: boolean
  kubeconfig?: string
  context?: string
  /** Private hosts that repositories may be fetched from; none by default. */
  allowGitHost?: string[]
  logLevel?: string
}

const defaultPort = 7420

/** Starts everything, and resolves when it has been stopped again. Rejects with a message for people when it cannot start. */
export async function runServer(options: ServerStartOptions): Promise<void> {
  const startedAt = performance.now()
  const dataDir = resolve(options.dataDir ?? defaultDataDir())
  prepareDataDir(dataDir)
  const lock = lockDataDir(dataDir)
  const log = createLog(dataDir, options.logLevel)
  const stopping = new AbortController()
  const signalled = untilSignalled()
  let supervised: SupervisedCluster | undefined
  let server: RunningServer | undefined
  const stop = async (): Promise<void> => {
    stopping.abort()
    removeReadyFile(dataDir, process.pid)
    await server?.close()
    await supervised?.stop()
    lock.release()
  }
  const start = async (): Promise<void> => {
    const port = options.port ?? keptPort(dataDir) ?? defaultPort
    if (!options.kubeconfig) supervised = await superviseCluster({ dataDir: join(dataDir, 'cluster'), ...gatewayPortOf(options, port) }, log, stopping.signal)
    server = await startServer({
      dataDir,
      port,
      demo: options.demo,
      log,
      ...(options.allowGitHost && { allowedGitHosts: options.allowGitHost }),
      ...clusterOptions(options, supervised?.cluster),
      ...(existsSync(join(cloneRoot, 'packages', 'web', 'dist', 'index.html')) && { webRoot: join(cloneRoot, 'packages', 'web', 'dist') }),
    })
    keepPort(dataDir, server.port)
    if (options.demo) await seedDemo(server)
    const kubeconfig = supervised?.cluster.kubeconfig ?? resolve(options.kubeconfig ?? '')
    writeReadyFile(dataDir, {
      url: server.url,
      kubeconfig,
      username: server.username,
      tokenFile: server.tokenFile,
      pid: process.pid,
      ...(supervised && { gateway: supervised.cluster.gatewayUrl }),
    })
    printWelcome(server, { kubeconfig, dataDir, gatewayUrl: supervised?.cluster.gatewayUrl, demo: options.demo, tookMs: performance.now() - startedAt })
  }
  const starting = start()
  try {
    // Ctrl-C may come while it starts: what has begun is let come to its end, so that it can be stopped whole.
    await Promise.race([starting, signalled])
    await signalled
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  console.log('\nStopping: the server, the cluster and every container in it …')
  // A second Ctrl-C does not wait: what is left is found and ended, or adopted, by the next start.
  process.once('SIGINT', () => process.exit(130))
  await starting.catch(() => undefined)
  await stop()
}

function createLog(dataDir: string, level = 'info'): Logger {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: join(dataDir, 'server.log'), sync: false, mkdir: true, mode: 0o600 }))
}

function clusterOptions(options: ServerStartOptions, cluster: LaunchedCluster | undefined): Partial<Parameters<typeof startServer>[0]> {
  if (cluster) return { kubeconfig: cluster.kubeconfig, gatewayUrl: cluster.gatewayUrl, clusterInfo: { kind: 'embedded' } }
  const path = options.kubeconfig ?? ''
  return {
    kubeconfig: isAbsolute(path) ? path : resolve(path),
    ...(options.context && { context: options.context }),
    clusterInfo: { kind: 'kubeconfig', description: path },
  }
}

/** The gateway is the console's neighbour, so that its addresses can be told from memory; any free port beside a console that has one. */
function gatewayPortOf(options: ServerStartOptions, port: number): { gatewayPort?: number } {
  if (options.gatewayPort !== undefined) return { gatewayPort: options.gatewayPort }
  return port === defaultPort ? { gatewayPort: defaultPort + 1 } : {}
}

function keptPort(dataDir: string): number | undefined {
  try {
    const { port } = JSON.parse(readFileSync(join(dataDir, 'port.json'), 'utf8')) as { port?: unknown }
    return typeof port === 'number' ? port : undefined
  } catch {
    return undefined
  }
}

/** Repository addresses carry the port: the next start without `--port` takes the same one. */
function keepPort(dataDir: string, port: number): void {
  if (keptPort(dataDir) !== port) writeFileSync(join(dataDir, 'port.json'), `${JSON.stringify({ port })}\n`, { mode: 0o600 })
}

interface SupervisedCluster {
  readonly cluster: LaunchedCluster
  stop(): Promise<void>
}

const checkEveryMs = 1000

/** A cluster process that ends by itself (killed, out of memory) is started again on the same ports; its containers have gone on and are adopted. */
async function superviseCluster(options: Parameters<typeof launchCluster>[0], log: Logger, stopping: AbortSignal): Promise<SupervisedCluster> {
  let cluster = await launchCluster(options)
  let relaunching: Promise<void> | undefined
  const timer = setInterval(() => {
    if (stopping.aborted || relaunching || isAlive(cluster.pid)) return
    log.error({ pid: cluster.pid }, 'The embedded cluster has ended; it is started again')
    relaunching = launchCluster(options)
      .then((again) => {
        cluster = again
      })
      .catch((error: unknown) => log.error({ error: String(error) }, 'The embedded cluster could not be started again'))
      .finally(() => {
        relaunching = undefined
      })
  }, checkEveryMs)
  timer.unref()
  return {
    get cluster() {
      return cluster
    },
    async stop() {
      clearInterval(timer)
      await relaunching
      await cluster.stop()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const seededSetting = 'demo.seeded'

/** Once for an installation: a demo that somebody has deleted does not come back. */
async function seedDemo(server: RunningServer): Promise<void> {
  if ((await server.records.getSetting(seededSetting)) !== undefined) return
  await server.ready
  const { hosted } = server.repositories
  if (!(await hosted.has(demoName))) await hosted.create(demoName)
  await hosted.commit({
    repo: demoName,
    branch: 'main',
    files: demoFiles(),
    message: 'Serve a small fraud model',
    author: { name: 'Plimsoll', email: 'plimsoll@localhost' },
  })
  await server.applications.create(demoApplication(`${server.url}/git/${demoName}.git`), { upsert: true })
  await server.records.setSetting(seededSetting, new Date().toISOString())
}

function untilSignalled(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done())
  })
}

function printWelcome(
  server: RunningServer,
  facts: { kubeconfig: string; dataDir: string; gatewayUrl: string | undefined; demo: boolean; tookMs: number },
): void {
  const lines = [
    '',
    `Plimsoll is up after ${(facts.tookMs / 1000).toFixed(1)} s.`,
    '',
    `  Console      ${server.url}`,
    `  Sign in      ${server.createSignInLink()}`,
    '               (works once, for 15 minutes)',
  ]
  if (server.initialPassword !== undefined) {
    lines.push(`  Or as        ${server.username}, password ${server.initialPassword}`, '               (shown this one time; a new one: npx plimsoll admin password)')
  }
  lines.push(`  Kubeconfig   ${facts.kubeconfig}`, `  API token    ${server.tokenFile} (also the password for git)`)
  if (facts.gatewayUrl !== undefined) lines.push(`  Services     ${facts.gatewayUrl.replace('127.0.0.1', 'NAME.NAMESPACE.localhost')}`)
  lines.push('', 'Three things to try:')
  const gatewayPort = facts.gatewayUrl === undefined ? '' : new URL(facts.gatewayUrl).port
  const git = new URL(`${server.url}/git/`)
  const repository = facts.demo ? demoName : 'my-app'
  const address = `http://${server.username}:$(cat ${server.tokenFile})@${git.host}/git/${repository}.git`
  if (facts.demo && facts.gatewayUrl !== undefined) {
    lines.push(
      `  1. Ask the demo's model:    curl http://fraud.demo.localhost:${gatewayPort}/v2/models/fraud`,
      `  2. Change it:               git clone ${address}`,
      '                              edit THRESHOLD in k8s/deployment.yaml, commit, push, and watch the console',
      `  3. Look at the cluster:     kubectl --kubeconfig ${facts.kubeconfig} get pods --all-namespaces`,
    )
  } else {
    lines.push(
      `  1. Push a repository:       git push ${address} HEAD:main`,
      `  2. Deploy it:               npx plimsoll app create my-app --repo ${server.url}/git/my-app.git --path . --dest-namespace default --dest-server https://kubernetes.default.svc`,
      `  3. Look at the cluster:     kubectl --kubeconfig ${facts.kubeconfig} get pods --all-namespaces`,
    )
  }
  lines.push('', 'Ctrl-C stops it, and every process it started.', '')
  console.log(lines.join('\n'))
}
