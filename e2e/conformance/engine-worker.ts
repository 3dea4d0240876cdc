import { parentPort } from 'node:worker_threads'
import type { RenderCase } from './cases.ts'
import { renderOurs } from './engines.ts'

const port = parentPort
if (port === null) throw new Error('This runs as a worker thread')
port.on('message', ({ one, version }: { one: RenderCase; version: '3' | '4' }) => port.postMessage(renderOurs(one, version)))
port.postMessage('ready')
