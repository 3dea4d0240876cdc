import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '@plimsoll/processes'

/** What a running cluster process writes about itself when it is ready, so that others can find and adopt it. */
export interface ClusterRecord {
  identity: ProcessIdentity
  kubeconfig: string
  /** `https://127.0.0.1:PORT`. */
  apiUrl: string
  /** `http://127.0.0.1:PORT`. */
  gatewayUrl: string
}

/** Ports that were chosen once and are kept, because URLs carry them. */
export interface KeptPorts {
  apiPort: number
  gatewayPort: number
}

export const clusterFiles = {
  record: (dataDir: string) => join(dataDir, 'cluster.json'),
  ports: (dataDir: string) => join(dataDir, 'ports.json'),
  log: (dataDir: string) => join(dataDir, 'cluster.log'),
}

export async function readClusterRecord(dataDir: string): Promise<ClusterRecord | undefined> {
  const value = await readJson(clusterFiles.record(dataDir))
  const record = value as Partial<ClusterRecord> | undefined
  const isWhole =
    typeof record?.identity?.pid === 'number' &&
    typeof record.identity.started === 'string' &&
    typeof record.kubeconfig === 'string' &&
    typeof record.apiUrl === 'string' &&
    typeof record.gatewayUrl === 'string'
  return isWhole ? (record as ClusterRecord) : undefined
}

export async function writeClusterRecord(dataDir: string, record: ClusterRecord): Promise<void> {
  await writeJson(clusterFiles.record(dataDir), record)
}

export async function removeClusterRecord(dataDir: string): Promise<void> {
  await rm(clusterFiles.record(dataDir), { force: true })
}

export async function readKeptPorts(dataDir: string): Promise<Partial<KeptPorts>> {
  const value = (await readJson(clusterFiles.ports(dataDir))) as Partial<Record<keyof KeptPorts, unknown>> | undefined
  const port = (name: keyof KeptPorts): Partial<KeptPorts> => {
    const found = value?.[name]
    return typeof found === 'number' && Number.isInteger(found) && found > 0 && found < 65_536 ? { [name]: found } : {}
  }
  return { ...port('apiPort'), ...port('gatewayPort') }
}

export async function writeKeptPorts(dataDir: string, ports: KeptPorts): Promise<void> {
  await writeJson(clusterFiles.ports(dataDir), ports)
}

/** Undefined when there is no such file, or what is in it is no JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.new`
  await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true })
  await rename(temporary, path)
}

/** The end of the cluster's log, for a person who wants to know why it did not start. */
export async function readLogTail(dataDir: string, maxBytes = 4_000): Promise<string> {
  try {
    const file = await open(clusterFiles.log(dataDir), 'r')
    try {
      const { size } = await file.stat()
      const start = Math.max(0, size - maxBytes)
      const buffer = Buffer.alloc(size - start)
      await file.read(buffer, 0, buffer.length, start)
      const text = buffer.toString('utf8')
      return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

export async function makeDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
}
