import type { GateReport } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { printReport } from './report-text.ts'

interface ListOptions {
  repository?: string
  pullRequest?: number
  model?: string
  limit: number
  output: string
}

export function addGateReports(gate: Command): void {
  const list = gate
    .command('list')
    .description('what gates said, newest first')
    .option('--repository <name>', 'of one repository')
    .option('--pull-request <number>', 'of one of its pull requests', readCount)
    .option('--model <digest>', 'of one model')
    .option('--limit <count>', 'how many', readCount, 20)
    .option('-o, --output <format>', 'text, json, yaml', 'text')
  list.action(async ({ output, ...filter }: ListOptions) => {
    requireOutput(output, ['text', 'json', 'yaml'])
    await withClient(list, async (client) => {
      const { items } = await client.get<{ items: GateReport[] }>('/api/v1/gates/reports', { ...filter })
      if (printStructured(items, output)) return
      print(
        table(
          ['ID', 'WHEN', 'GATE', 'VERDICT', 'PULL REQUEST', 'MODEL'],
          items.map((report) => [
            report.id,
            report.createdAt,
            report.gate,
            report.override ? `${report.override.verdict} (overridden)` : report.verdict,
            report.pullRequest === undefined ? '' : `${report.repository ?? ''}#${report.pullRequest}`,
            report.candidate.digest.slice(0, 19),
          ]),
        ),
      )
    })
  })

  const get = gate.command('get <ID>').description('one report').option('-o, --output <format>', 'text, markdown, json, yaml', 'text')
  get.action(async (id: string, { output }: { output: string }) => {
    requireOutput(output, ['text', 'markdown', 'json', 'yaml'])
    await withClient(get, async (client) => {
      const report = await client.get<GateReport>(`/api/v1/gates/reports/${encodeURIComponent(id)}`)
      if (output === 'markdown') print((await import('@plimsoll/models')).reportMarkdown(report).trimEnd())
      else if (!printStructured(report, output)) printReport(report, `${client.connection.url}/gates/${report.id}`)
    })
  })

  const override = gate
    .command('override <ID> <VERDICT>')
    .description('let a model through that the gate did not (pass), or stop one that it did (fail); the reason stays on record')
    .requiredOption('--why <reason>', 'why, for everyone to read')
  override.action(async (id: string, verdict: string, { why }: { why: string }) => {
    await withClient(override, async (client) => {
      const report = await client.send<GateReport>('POST', `/api/v1/gates/reports/${encodeURIComponent(id)}/override`, {
        body: { verdict, why },
      })
      print(`gate ${report.gate}: ${report.override?.verdict ?? report.verdict}, by ${report.override?.by ?? ''}`)
    })
  })
}
