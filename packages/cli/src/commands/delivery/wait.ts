import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryView, StageView } from '@plimsoll/api'
import type { Command } from 'commander'
import { ApiFailure } from '../../client/api-client.ts'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { note, printStructured, requireOutput } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { readSeconds } from '../arguments.ts'
import { deliveryPath } from '../delivery.ts'
import { withClient } from '../with-client.ts'
import { printDelivery } from './show.ts'

interface WaitOptions {
  stage?: string
  release?: string
  approval?: boolean
  timeout: number
  output: string
}

const everyMs = 500

export function addWait(delivery: Command): void {
  const command = delivery
    .command('wait <NAME>')
    .description('wait until a release is verified in a stage; fails at once when it is stopped there')
    .option('--stage <stage>', 'the stage that is meant; else the last one')
    .option('--release <release>', 'the release that is meant; else the newest')
    .option('--approval', 'only until it waits for approval to get into the stage')
    .option('--timeout <seconds>', 'give up after so many seconds; 0: never', readSeconds, 0)
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, options: WaitOptions) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const until = options.timeout === 0 ? Infinity : Date.now() + options.timeout * 1000
      let said = ''
      for (;;) {
        const view = await client.get<DeliveryView>(deliveryPath(name)).catch((error: unknown) => {
          // A server that is restarted meanwhile is waited for.
          if (error instanceof ApiFailure && error.status < 500) throw error
          return undefined
        })
        const stage = view && stageOf(view, options.stage)
        if (view && stage && isReached(view, stage, options)) {
          if (!printStructured(view, options.output)) printDelivery(view)
          return
        }
        const text = view === undefined ? 'the server does not answer' : `${view.phase}: ${view.text}`
        if (text !== said) note(printable(text))
        said = text
        if (Date.now() >= until) {
          throw new CommandFailure(`timed out (${options.timeout}s) waiting for delivery '${name}'`, {
            exitCode: exitCodes.notSo,
            remedy: `\`plimsoll delivery get ${name}\` shows what it is waiting for.`,
          })
        }
        await sleep(everyMs)
      }
    })
  })
}

function stageOf(view: DeliveryView, name: string | undefined): StageView | undefined {
  const stage = name === undefined ? view.stages.at(-1) : view.stages.find((one) => one.name === name)
  if (stage === undefined && view.stages.length > 0)
    throw new CommandFailure(
      `Delivery '${view.name}' has no stage '${name ?? ''}' (its stages: ${view.stages.map((one) => one.name).join(', ')}).`,
    )
  return stage
}

function isReached(view: DeliveryView, stage: StageView, { release, approval }: WaitOptions): boolean {
  const wanted = release ?? view.releases[0]?.name
  if (view.phase === 'Invalid') throw new CommandFailure(view.text, { exitCode: exitCodes.notSo })
  if (wanted === undefined) return false
  if (approval) {
    const unmet = stage.next?.release.name === wanted ? stage.next.requirements.filter(({ isMet }) => !isMet) : []
    return unmet.length > 0 && unmet.every(({ kind }) => kind === 'approvals' || kind === 'manual')
  }
  const upTo = view.stages.slice(0, view.stages.indexOf(stage) + 1)
  const stopped = upTo.find((one) => one.release?.name === wanted && ['Failed', 'Inconclusive', 'RolledBack'].includes(one.phase))
  if (stopped) throw new CommandFailure(`${wanted} is stopped in ${stopped.name}: ${stopped.text}`, { exitCode: exitCodes.notSo })
  return stage.release?.name === wanted && (stage.phase === 'Verified' || stage.phase === 'Finished')
}
