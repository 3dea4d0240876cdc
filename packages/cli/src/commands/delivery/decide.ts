import type { DeliveryView } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { deliveryPath } from '../delivery.ts'
import { withClient } from '../with-client.ts'

const outputs = ['wide', 'json', 'yaml', '']

export function addApprove(delivery: Command): void {
  const command = delivery
    .command('approve <NAME> <STAGE>')
    .description('approve the release that waits for a stage')
    .option('--release <release>', 'the one that is meant; else the one that waits now')
    .option('--comment <text>', 'kept with it')
    .option('--undo', "take one's own approval back")
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, stage: string, options: { release?: string; comment?: string; undo?: boolean; output: string }) => {
    requireOutput(options.output, outputs)
    await withClient(command, async (client) => {
      const release = options.release ?? (await waiting(client, name, stage))
      const view = await client.send<DeliveryView>('POST', deliveryPath(name, options.undo ? '/unapprove' : '/approve'), {
        body: { stage, release, ...(options.comment !== undefined && !options.undo && { comment: options.comment }) },
      })
      say(view, options.output, `${release} is ${options.undo ? 'no longer approved' : 'approved'} for ${stage}`)
    })
  })
}

export function addPromote(delivery: Command): void {
  const command = delivery
    .command('promote <NAME> <STAGE>')
    .description('promote by hand what waits for a stage, once everything else is met')
    .option('--release <release>', 'the one that is meant; else the one that waits now')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, stage: string, options: { release?: string; output: string }) => {
    requireOutput(options.output, outputs)
    await withClient(command, async (client) => {
      const view = await client.send<DeliveryView>('POST', deliveryPath(name, '/promote'), {
        body: { stage, ...(options.release !== undefined && { release: options.release }) },
      })
      say(view, options.output, `${stage} gets ${view.stages.find((one) => one.name === stage)?.release?.name ?? 'it'}`)
    })
  })
}

export function addRevert(delivery: Command): void {
  const command = delivery
    .command('revert <NAME> <STAGE>')
    .description('bring one stage back to an earlier release, by one commit')
    .requiredOption('--to <release>', 'a release that was there')
    .requiredOption('--reason <text>', 'why; it stays on record')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, stage: string, options: { to: string; reason: string; output: string }) => {
    requireOutput(options.output, outputs)
    await withClient(command, async (client) => {
      const body = { stage, release: options.to, why: options.reason }
      const view = await client.send<DeliveryView>('POST', deliveryPath(name, '/revert'), { body })
      say(view, options.output, `${stage} goes back to ${options.to}`)
    })
  })
}

export function addOverride(delivery: Command): void {
  const command = delivery
    .command('override <NAME> <STAGE> <REQUIREMENT>')
    .description('let a release go on although a condition or a step says no: gate, window, errorBudget, verify:STEP; on record')
    .requiredOption('--reason <text>', 'why; it stays on record')
    .option('--release <release>', 'the one that is meant; else the one that waits, or is there, now')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(
    async (name: string, stage: string, requirement: string, options: { reason: string; release?: string; output: string }) => {
      requireOutput(options.output, outputs)
      await withClient(command, async (client) => {
        const release = options.release ?? (await waiting(client, name, stage, requirement.startsWith('verify:')))
        const body = { stage, release, requirement, why: options.reason }
        const view = await client.send<DeliveryView>('POST', deliveryPath(name, '/override'), { body })
        say(view, options.output, `${requirement} is overridden for ${release} in ${stage}`)
      })
    },
  )
}

export function addHold(delivery: Command): void {
  const command = delivery
    .command('hold <NAME>')
    .description('promote nothing until it is resumed')
    .requiredOption('--reason <text>', 'why; everybody sees it')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, options: { reason: string; output: string }) => {
    requireOutput(options.output, outputs)
    await withClient(command, async (client) => {
      const view = await client.send<DeliveryView>('POST', deliveryPath(name, '/hold'), { body: { why: options.reason } })
      say(view, options.output, `promotions of ${name} are held`)
    })
  })
}

export function addResume(delivery: Command): void {
  const command = delivery.command('resume <NAME>').description('promote again').option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, options: { output: string }) => {
    requireOutput(options.output, outputs)
    await withClient(command, async (client) => {
      say(await client.send<DeliveryView>('POST', deliveryPath(name, '/resume')), options.output, `promotions of ${name} go on`)
    })
  })
}

/** What is decided about when nobody names it: what whoever runs the command would see. The server refuses when it has changed meanwhile. */
async function waiting(client: ApiClient, name: string, stage: string, isThere = false): Promise<string> {
  const view = await client.get<DeliveryView>(deliveryPath(name))
  const found = view.stages.find((one) => one.name === stage)
  const release = isThere ? found?.release : found?.next?.release
  if (release) return release.name
  throw new CommandFailure(
    found
      ? `Nothing ${isThere ? 'is in' : 'waits for'} stage '${stage}' of delivery '${name}'.`
      : `Delivery '${name}' has no stage '${stage}'.`,
    { remedy: `\`plimsoll delivery get ${name}\` shows its stages and what waits for them.` },
  )
}

function say(view: DeliveryView, output: string, text: string): void {
  if (printStructured(view, output)) return
  print(printable(text))
  print(printable(`${view.phase}: ${view.text}`))
}
