import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { print } from '../output/print.ts'
import { defaultDataDir } from '../server/data-dir.ts'
import type { ServerStartOptions } from '../server/run-server.ts'

/** `plimsoll server start`: what `npm start` runs; and the way to end one that has no terminal any more. */
export function addServerCommands(program: Command): void {
  const server = program.command('server').description('run Plimsoll on this machine')
  server
    .command('start')
    .description('start the server, the embedded cluster and Git hosting, and stay until Ctrl-C')
    .option('--data-dir <dir>', 'where everything is kept (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .option(
      '--port <port>',
      'of console, API and git; 0: any free one, chosen once and kept (default: the one used before, or 7420)',
      readPort,
    )
    .option('--gateway-port <port>', 'where Services and Ingresses of the embedded cluster are reached', readPort)
    .option('--demo', 'with the demo repository and application (default: with the embedded cluster only)')
    .option('--no-demo', 'without them')
    .option('--kubeconfig <file>', 'use a real cluster as home and first target, in the place of the embedded one')
    .option('--context <name>', 'of that kubeconfig; its current one by default')
    .option(
      '--allow-git-host <host...>',
      'host names, addresses and ranges (10.0.0.0/8) inside your network that repositories may be fetched from',
    )
    .option('--log-level <level>', 'of server.log in the data directory: debug, info, warn, error', 'info')
    // The whole server comes with it: the commands that only talk to one do not wait for that.
    .action(async (options: ServerStartOptions) => (await import('../server/run-server.ts')).runServer(options))
  server
    .command('stop')
    .description('stop the server that was started here, its cluster and every container in it, also when a crash has left them behind')
    .option('--data-dir <dir>', 'of the server (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .action(async (options: { dataDir?: string }) => {
      const { stopServer } = await import('../server/stop-server.ts')
      print(await stopServer(resolve(options.dataDir ?? defaultDataDir())))
    })
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}
