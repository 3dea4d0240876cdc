import { collectGarbageAfterBursts, identify } from '@plimsoll/processes'
import pino from 'pino'
import { StorageError } from '../storage/index.ts'
import { type ClusterRecord, removeClusterRecord, writeClusterRecord } from './cluster-record.ts'
import { type ClusterSettings, startCluster } from './start-cluster.ts'
import { exitInUse } from './launch.ts'
import { limitLog } from './limit-log.ts'

/** The entry of the cluster process: starts everything, says where it is, and ends in order when asked to. Started by `launchCluster` only. */
const settings = JSON.parse(process.argv[2] ?? '{}') as ClusterSettings
const log = pino({ level: 'info', base: { pid: process.pid } }, pino.destination({ fd: 1, sync: true }))

async function run(): Promise<void> {
  const cluster = await startCluster(settings, log)
  const identity = identify(process.pid)
  if (identity === undefined) throw new Error('this process cannot be identified')
  const record: ClusterRecord = { identity, kubeconfig: cluster.kubeconfig, apiUrl: cluster.apiUrl, gatewayUrl: cluster.gatewayUrl }
  let isStopping = false

  async function stop(signal: string): Promise<void> {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    stopLimiting()
    await cluster.stop()
    await removeClusterRecord(settings.dataDir)
    log.info({}, 'stopped')
    process.exit(0)
  }

  const stopLimiting = limitLog(settings.dataDir)
  collectGarbageAfterBursts()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, 'could not stop in order')
        process.exit(1)
      })
    })
  }
  // Whoever started us may be gone: nothing here depends on a terminal.
  process.on('SIGHUP', () => undefined)
  await writeClusterRecord(settings.dataDir, record)
  log.info({ apiUrl: cluster.apiUrl, gatewayUrl: cluster.gatewayUrl }, 'ready')
}

process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody looked'))
process.on('uncaughtException', (error) => log.error({ err: error }, 'an error was thrown and nobody caught it'))

run().catch((error: unknown) => {
  if (error instanceof StorageError) log.error({ code: error.code }, error.message)
  else log.error({ err: error }, 'the cluster did not start')
  process.exit(error instanceof StorageError && error.code.startsWith('SQLITE_BUSY') ? exitInUse : 1)
})
