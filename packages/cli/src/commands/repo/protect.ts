import type { BranchProtection } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { collect, readCount } from '../arguments.ts'
import { repoPath } from '../pr/pull-argument.ts'
import { withClient } from '../with-client.ts'

interface ProtectOptions {
  approvals?: number
  check?: string[]
  codeOwners?: boolean
  selfApproval?: boolean
  linearHistory?: boolean
  upToDate?: boolean
  mayPush?: string[]
  remove?: boolean
  output: string
}

export function addProtect(repo: Command): void {
  const command = repo
    .command('protect <NAME> [PATTERN]')
    .description(
      'set what a branch, or all that a pattern like release/* names, demands before it moves; without a pattern show what holds',
    )
    .option('--approvals <number>', 'approvals that are needed', readCount)
    .option('--check <name>', 'check that has to succeed, again and again', collect)
    .option('--code-owners', 'the code owners of what changes have to approve')
    .option('--self-approval', 'the approval of an author counts')
    .option('--linear-history', 'no merge commits')
    .option('--up-to-date', 'the head has to hold the newest commit')
    .option('--may-push <name>', 'account or @GROUP that may push to it directly, again and again', collect)
    .option('--remove', 'protect it no more')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, pattern: string | undefined, options: ProtectOptions) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const path = repoPath(name, '/protections')
    await withClient(command, async (client) => {
      let { items } = await client.get<{ items: BranchProtection[] }>(path)
      if (pattern !== undefined) {
        const others = items.filter((one) => one.pattern !== pattern)
        const wanted = options.remove ? others : [...others, protectionOf(pattern, options)]
        ;({ items } = await client.send<{ items: BranchProtection[] }>('PUT', path, { body: { items: wanted } }))
      }
      if (printStructured(items, options.output)) return
      print(table(['PATTERN', 'APPROVALS', 'CHECKS', 'ALSO', 'MAY PUSH'], items.map(rowOf)))
    })
  })
}

/** What is not said is not demanded: the command says all of it. */
function protectionOf(pattern: string, options: ProtectOptions): BranchProtection {
  return {
    pattern,
    requiredChecks: options.check ?? [],
    requiredApprovals: options.approvals ?? 0,
    codeOwners: options.codeOwners ?? false,
    allowSelfApproval: options.selfApproval ?? false,
    linearHistory: options.linearHistory ?? false,
    upToDate: options.upToDate ?? false,
    mayPush: options.mayPush ?? [],
  }
}

function rowOf(one: BranchProtection): string[] {
  const also = [
    one.codeOwners && 'code owners',
    one.linearHistory && 'linear history',
    one.upToDate && 'up to date',
    one.allowSelfApproval && 'self-approval counts',
  ].filter(Boolean)
  return [one.pattern, String(one.requiredApprovals), one.requiredChecks.join(', '), also.join(', '), one.mayPush.join(', ')]
}
