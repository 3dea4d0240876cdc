import type { LogEntry } from '@plimsoll/api'
import type { Command } from 'commander'
import { ApiFailure } from '../../client/api-client.ts'
import { print } from '../../output/print.ts'
import { addSwitch, applicationPath, readApplicationName, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { requireApplication } from './wait.ts'

interface LogOptions {
  group?: string
  kind?: string
  namespace?: string
  name?: string
  container?: string
  tail?: number
  sinceSeconds?: number
  untilTime?: string
  filter?: string
  follow?: boolean
  previous?: boolean
  matchCase?: boolean
  appNamespace?: string
}

export function addLogs(app: Command): void {
  const command = app
    .command('logs <APPNAME>')
    .description("show the logs of an application's pods")
    .option('--group <group>', 'of a resource of this group …')
    .option('--kind <kind>', '… and kind')
    .option('--namespace <namespace>', '… in this namespace')
    .option('--name <name>', '… with this name')
    .option('-c, --container <name>', 'of one container')
    .option('--tail <lines>', 'so many lines from the end', readCount)
    .option('--since-seconds <seconds>', 'of the last so many seconds', readCount)
    .option('--until-time <time>', 'until a time, as 2026-01-31T12:00:00Z')
    .option('--filter <text>', 'only lines with this text; with a leading !, only those without it')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '-f, --follow', 'go on as lines are written')
  addSwitch(command, '-p, --previous', 'of the containers that ended before')
  addSwitch(command, '-m, --match-case', 'letter case counts in --filter')
  command.action(async (name: string, options: LogOptions) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      await requireApplication(client, argument)
      const query = {
        appNamespace: argument.appNamespace,
        group: options.group,
        kind: options.kind,
        namespace: options.namespace,
        resourceName: options.name,
        container: options.container,
        tailLines: options.tail,
        sinceSeconds: options.sinceSeconds,
        untilTime: options.untilTime,
        filter: options.filter,
        follow: options.follow,
        previous: options.previous,
        matchCase: options.matchCase,
      }
      for await (const entry of client.stream<LogEntry>(applicationPath(argument, '/logs'), query)) {
        if (entry.last) return
        print(entry.content)
      }
      if (options.follow) throw new ApiFailure(503, 'The server ended the log.', undefined, 'Run the command again to go on.')
    })
  })
}
