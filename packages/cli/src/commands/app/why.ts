import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { applicationPath, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface Why {
  state: string
  sentence: string
  evidence: { about: string; says: string; since?: string }[]
  next: string[]
}

export function addWhy(app: Command): void {
  const command = app
    .command('why <APPNAME>')
    .description('say in one sentence why it is in the state that it is in, by what that was seen, and what to do')
    .option('-o, --output <format>', 'text, json, yaml', 'text')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { output: string; appNamespace?: string }) => {
    requireOutput(options.output, ['text', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const argument = readApplicationName(name, options.appNamespace)
      const why = await client.get<Why>(applicationPath(argument, '/why'), { appNamespace: argument.appNamespace })
      if (options.output !== 'text' && printStructured(why, options.output)) return
      print(`${why.state}: ${why.sentence}`)
      for (const { about, says, since } of why.evidence) print(`  ${about}: ${says}${since ? ` (since ${since})` : ''}`)
      for (const line of why.next) print(`  → ${line}`)
    })
  })
}
