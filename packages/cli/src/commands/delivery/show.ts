import { readFile } from 'node:fs/promises'
import type { DeliveryView, ReleaseView, StageView } from '@plimsoll/api'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { CommandFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { field, printable, table } from '../../output/table.ts'
import { deliveryPath } from '../delivery.ts'
import { withClient } from '../with-client.ts'

export function addList(delivery: Command): void {
  const command = delivery
    .command('list')
    .alias('ls')
    .description('list deliveries')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async ({ output }: { output: string }) => {
    requireOutput(output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: DeliveryView[] }>('/api/v1/deliveries')
      if (printStructured(items, output)) return
      if (output === 'name') for (const { name } of items) print(name)
      else
        print(
          table(
            ['NAME', 'PHASE', 'STAGES', 'MESSAGE'],
            items.map(({ name, phase, stages, text }) => [
              name,
              phase,
              stages.map((stage) => `${stage.name}=${stage.release?.name ?? '-'}`).join(' '),
              text,
            ]),
          ),
        )
    })
  })
}

export function addGet(delivery: Command): void {
  const command = delivery
    .command('get <NAME>')
    .description('show a delivery: what is in each stage, what comes next and what it waits for')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const view = await client.get<DeliveryView>(deliveryPath(name))
      if (!printStructured(view, output)) printDelivery(view)
    })
  })
}

export function printDelivery(view: DeliveryView): void {
  print(field('Name:', view.name))
  print(field('Phase:', view.phase))
  print(field('Message:', view.text))
  print(field('Source:', `${view.source.repoURL} ${view.source.branch}${view.source.head ? ` (${view.source.head.slice(0, 7)})` : ''}`))
  if (view.gate) print(field('Gate:', view.gate))
  if (view.hold) print(field('Held:', `by ${view.hold.by} since ${view.hold.since}: ${view.hold.why}`))
  for (const stage of view.stages) printStage(stage)
}

function printStage(stage: StageView): void {
  print(`\nStage ${printable(stage.name)} (${printable(stage.application)}): ${stage.phase}`)
  if (stage.release) print(`  ${releaseText(stage.release)}${stage.commit ? `, commit ${stage.commit.slice(0, 7)}` : ''}`)
  if (stage.text) print(`  ${printable(stage.text)}`)
  if (stage.approvedBy.length > 0) print(`  approved by ${printable(stage.approvedBy.join(', '))}`)
  for (const step of stage.verification) {
    const overridden = step.overridden ? ` (overridden by ${step.overridden.by}: ${step.overridden.why})` : ''
    print(`  - ${printable(`${step.name}: ${step.state}${step.text ? `, ${step.text}` : ''}${overridden}`)}`)
  }
  if (!stage.next) return
  print(`  Next: ${releaseText(stage.next.release)}`)
  for (const { id, isMet, title, text, figure, overridden } of stage.next.requirements) {
    const more = [figure, text, overridden && `overridden by ${overridden.by}: ${overridden.why}`].filter(Boolean).join('; ')
    print(`    [${isMet ? 'x' : ' '}] ${printable(`${title}${more ? ` (${more})` : ''}`)} [${printable(id)}]`)
  }
}

export function releaseText({ name, model, title, author, pullRequest, verdict }: ReleaseView): string {
  const parts = [
    name,
    model && `model ${model.version ?? ''} ${model.digest.replace(/^sha256:/, '').slice(0, 8)}`.replace('  ', ' '),
    `${pullRequest ? `#${pullRequest.number} ` : ''}${title} (${author})`,
    verdict && `gate ${verdict}`,
  ]
  return printable(parts.filter(Boolean).join(', '))
}

export function addCreate(delivery: Command): void {
  const command = delivery
    .command('create')
    .description('create a delivery from a file')
    .requiredOption('-f, --file <file>', 'YAML or JSON; - for standard input')
    .option('--upsert', 'change it when it is there')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (options: { file: string; upsert?: boolean; output: string }) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const text = await readFile(options.file === '-' ? '/dev/stdin' : options.file, 'utf8').catch((error: unknown) => {
      throw new CommandFailure(`${options.file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    })
    const documents = [...parseAllDocuments(text, { logLevel: 'silent' })].filter((one) => one.contents !== null)
    const [problem] = documents.flatMap(({ errors }) => errors)
    if (problem) throw new CommandFailure(`${options.file} is no YAML: ${problem.message.split('\n')[0] ?? ''}`)
    await withClient(command, async (client) => {
      for (const document of documents) {
        const view = await client.send<DeliveryView>('POST', '/api/v1/deliveries', {
          query: { upsert: options.upsert ?? false },
          body: document.toJS({ maxAliasCount: 100 }),
        })
        if (!printStructured(view, options.output)) print(`delivery '${printable(view.name)}' is kept`)
      }
    })
  })
}

export function addDelete(delivery: Command): void {
  const command = delivery.command('delete <NAME>').description('delete a delivery; its applications stay, and so does what is on record')
  command.action(async (name: string) => {
    await withClient(command, async (client) => {
      await client.send('DELETE', deliveryPath(name))
      print(`delivery '${printable(name)}' is deleted`)
    })
  })
}
