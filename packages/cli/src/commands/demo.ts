import type { PullRequest } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../output/print.ts'
import { withClient } from './with-client.ts'

/** `plimsoll demo …`: somebody proposes a change to the demo's model. */
export function addDemoCommands(program: Command): void {
  const demo = program.command('demo').description("the demo's author proposes a change to its model")
  for (const [name, description] of [
    ['improve', 'open a pull request with a better model'],
    ['regress', 'open a pull request with a worse model, which its gate stops'],
  ] as const) {
    const command = demo.command(name).description(description).option('-o, --output <format>', 'text, json, yaml', 'text')
    command.action(async ({ output }: { output: string }) => {
      requireOutput(output, ['text', 'json', 'yaml'])
      await withClient(command, async (client) => {
        const pull = await client.send<PullRequest>('POST', `/api/v1/demo/${name}`)
        if (printStructured(pull, output)) return
        print(`Pull request ${pull.number}: ${pull.title}, by ${pull.author}`)
        print(`${client.connection.url}/pulls/${encodeURIComponent(pull.repository)}/${pull.number}`)
      })
    })
  }
}
