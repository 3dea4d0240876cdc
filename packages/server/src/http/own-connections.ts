import type { Server } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'

const own = new WeakSet<object>()

/** A connection to this server from within it, for jobs that run where no network leads here. */
export function connectToOwn(server: Server): Duplex {
  const [theirs, ours] = duplexPair()
  own.add(ours)
  // What keeps a note of who has asked finds the same as of a job on this machine.
  server.emit('connection', Object.assign(ours, { remoteAddress: '127.0.0.1' }))
  return theirs
}

/** Nobody's browser is behind it. */
export function isOwnConnection(socket: object): boolean {
  return own.has(socket)
}
