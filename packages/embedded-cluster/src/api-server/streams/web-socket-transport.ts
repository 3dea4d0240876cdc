import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** The bytes in a WebSocket's binary messages as one stream, for SPDY that is tunnelled through it. */
export function webSocketTransport(socket: WebSocket): Duplex {
  const transport = new Duplex({
    read() {
      socket.resume()
    },
    write(chunk: Buffer, _encoding, callback) {
      if (socket.readyState === socket.OPEN) socket.send(chunk, { binary: true }, (error) => callback(error))
      else callback()
    },
    final(callback) {
      socket.close(1000)
      callback()
    },
    destroy(error, callback) {
      socket.terminate()
      callback(error)
    },
  })
  socket.on('message', (data: Buffer) => {
    if (!transport.push(data)) socket.pause()
  })
  socket.on('close', () => {
    transport.push(null)
    transport.destroy()
  })
  socket.on('error', () => transport.destroy())
  return transport
}
