import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CommandFailure } from '../exit-code.ts'

export const defaultPort = 7420
const host = '127.0.0.1'

/** The port that this data directory was used with before. */
export function keptPort(dataDir: string): number | undefined {
  try {
    const { port } = JSON.parse(readFileSync(join(dataDir, 'port.json'), 'utf8')) as { port?: unknown }
    return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
  } catch {
    return undefined
  }
}

/** Repository addresses carry the port: the next start takes the same one. */
export function keepPort(dataDir: string, port: number): void {
  if (keptPort(dataDir) !== port) writeFileSync(join(dataDir, 'port.json'), `${JSON.stringify({ port })}\n`, { mode: 0o600 })
}

/** `wanted` is undefined or 0 when nobody asked for a particular one; 0 is answered when any will do. Throws when it is taken. */
export async function choosePort(dataDir: string, wanted: number | undefined): Promise<number> {
  const kept = keptPort(dataDir)
  const port = wanted || (kept ?? (wanted === 0 ? 0 : defaultPort))
  const problem = port === 0 ? undefined : await problemOf(port)
  if (problem === undefined) return port
  const remedy =
    kept === port && !wanted
      ? `Repository addresses of this data directory carry that port, so it is not changed unasked: stop the other program, or start with --port N and change those addresses.`
      : 'Stop the other program, or start on any free port with `npm start -- --port 0`. A second Plimsoll needs a data directory of its own: `--data-dir DIR`.'
  throw new CommandFailure(problem, { remedy })
}

/** The gateway is the console's neighbour, so that its addresses can be told from memory; any free port where that one is taken. */
export async function chooseGatewayPort(wanted: number | undefined, port: number): Promise<number | undefined> {
  if (wanted !== undefined) return wanted
  return port === defaultPort && (await problemOf(defaultPort + 1)) === undefined ? defaultPort + 1 : undefined
}

function problemOf(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(`Port ${port} of ${host} is used by another program.`)
      else if (error.code === 'EACCES') resolve(`Port ${port} needs rights that this user does not have (below 1024, as a rule).`)
      else resolve(`Nothing can listen on port ${port} of ${host}: ${error.message}.`)
    })
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)))
  })
}
