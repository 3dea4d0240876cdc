import { createServer } from 'node:net'

/** Below the ports that systems choose for outgoing connections (Linux from 32768, others from 49152) and below NodePorts (30000). */
const firstPort = 20_000
const portCount = 10_000

export interface HostPorts {
  /** A free port of this machine: `wanted` when it is free, else another one. */
  take(wanted?: number): Promise<number>
  /** For a port that a process of ours has from before. */
  claim(port: number): void
  release(port: number): void
}

export function createHostPorts(random: () => number = Math.random): HostPorts {
  const taken = new Set<number>()
  let next = firstPort + Math.floor(random() * portCount)
  return {
    async take(wanted) {
      if (wanted !== undefined && !taken.has(wanted)) {
        taken.add(wanted)
        if (await isFree(wanted)) return wanted
        taken.delete(wanted)
      }
      for (let turn = 0; turn < portCount; turn++) {
        const port = next
        next = next + 1 === firstPort + portCount ? firstPort : next + 1
        if (taken.has(port)) continue
        // Before the first await, so that two containers never look at the same one.
        taken.add(port)
        if (await isFree(port)) return port
        taken.delete(port)
      }
      throw new Error(`no free port between ${firstPort} and ${firstPort + portCount}`)
    },
    claim: (port) => void taken.add(port),
    release: (port) => void taken.delete(port),
  }
}

/** Listening on all addresses fails when anybody listens on any of them. It lasts for a moment and accepts nobody. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'))
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
