// `npm start`: installs and builds what has changed, then runs the server in this process.
import './require-node.mjs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'

const { fail, prepare, root } = await import('./prepare.mjs')

refuseSwallowedOptions()
await prepare({ forTests: false })
// Node.js 22 and later keep compiled code: a second start need not compile it again.
nodeModule.enableCompileCache?.(join(root, '.cache', 'compiled'))
// npm changes to the clone's root; a relative --data-dir means where it was typed.
if (process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
process.argv.splice(1, 1, join(root, 'packages', 'cli', 'bin', 'plimsoll.js'), 'server', 'start')
await import('../packages/cli/dist/main.js')

/** `npm start --port 0` gives `--port` to npm, and `0` to us. To start on another port than the one that was asked for would be a lie. */
function refuseSwallowedOptions() {
  const options = {
    data_dir: '--data-dir',
    port: '--port',
    gateway_port: '--gateway-port',
    demo: '--no-demo',
    kubeconfig: '--kubeconfig',
    context: '--context',
  }
  const swallowed = Object.entries(options).find(([name]) => process.env[`npm_config_${name}`] !== undefined)
  if (swallowed)
    fail(`npm has taken ${swallowed[1]} for itself. Options for Plimsoll come after two dashes: npm start -- ${swallowed[1]} …`)
}
