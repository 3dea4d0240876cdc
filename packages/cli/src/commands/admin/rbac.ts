import type { Command } from 'commander'
import { parse } from 'yaml'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { addSwitch } from '../arguments.ts'
import { readSource } from '../read-source.ts'

/** `plimsoll admin settings rbac …`, as argocd has it: policies tried on a file, without a server. */
export function addRbac(admin: Command): void {
  const rbac = admin
    .command('settings')
    .description('settings, tried before they are applied')
    .command('rbac')
    .description('who may do what')

  const can = rbac
    .command('can <ROLE> <ACTION> <RESOURCE> [OBJECT]')
    .description('whether a role, user or group may, by a policy in a file')
    .option('--policy-file <file>', 'of policies, or the ConfigMap argocd-rbac-cm; - for standard input')
    .option('--default-role <role>', 'of everybody; default: what the ConfigMap says')
  addSwitch(can, '--quiet', 'answer by the exit code alone')
  can.action(
    async (
      subject: string,
      action: string,
      resource: string,
      object = '*',
      options: { policyFile?: string; defaultRole?: string; quiet?: boolean },
    ) => {
      const { tryRbac } = await import('@plimsoll/server')
      const data = await dataOf(options.policyFile)
      const withDefault = options.defaultRole === undefined ? data : { ...data, 'policy.default': options.defaultRole }
      const answer = tryRbac(withDefault, { subject, action, resource, object })
      if (answer.problem !== undefined) throw new CommandFailure(answer.problem)
      if (!options.quiet) print(answer.may ? 'Yes' : 'No')
      if (!answer.may) process.exitCode = 1
    },
  )

  const validate = rbac
    .command('validate')
    .description('whether a policy can be read')
    .option('--policy-file <file>', 'of policies, or the ConfigMap argocd-rbac-cm; - for standard input')
  validate.action(async ({ policyFile }: { policyFile?: string }) => {
    if (policyFile === undefined) throw usageFailure('name the policy: --policy-file FILE')
    const { tryRbac } = await import('@plimsoll/server')
    const { problem } = tryRbac(await dataOf(policyFile), { subject: '', action: '', resource: '', object: '' })
    if (problem !== undefined) throw new CommandFailure(problem)
    print('Policy is valid.')
  })
}

/** A ConfigMap is told by its fields; anything else is CSV. */
async function dataOf(file: string | undefined): Promise<Record<string, string>> {
  if (file === undefined) return {}
  const text = await readSource(file)
  if (!/^\s*(kind|apiVersion)\s*:/m.test(text) && !text.trimStart().startsWith('{')) return { 'policy.csv': text }
  const { data } = (parse(text) ?? {}) as { data?: Record<string, string> }
  if (typeof data !== 'object' || data === null) throw new CommandFailure(`${file} has no data: it is no ConfigMap argocd-rbac-cm.`)
  return data
}
