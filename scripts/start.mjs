// `npm start`: installs and builds what has changed, then runs the server in this process.
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

await prepare({ forTests: false })
process.argv.splice(1, 1, join(root, 'packages', 'cli', 'bin', 'plimsoll.js'), 'server', 'start')
await import('../packages/cli/dist/main.js')
