import type { Cluster } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { note, print } from '../../output/print.ts'
import { addSwitch, collect, readPairs } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../with-client.ts'
import { clusterPath } from './cluster-argument.ts'

interface SetOptions {
  name?: string
  namespace?: string[]
  label?: string[]
  annotation?: string[]
}

export function addSet(cluster: Command): void {
  const command = cluster
    .command('set <NAME>')
    .description('change what is given of a cluster')
    .option('--name <name>', 'another name')
    .option('--namespace <name>', "namespaces that may be deployed to, instead of those before; '*' for all", collect)
    .option('--label <key=value>', 'labels, instead of those before', collect)
    .option('--annotation <key=value>', 'annotations, instead of those before', collect)
  command.action(async (argument: string, { name, namespace, label, annotation }: SetOptions) => {
    const body = {
      ...(name !== undefined && { name }),
      ...(namespace && { namespaces: namespace.includes('*') ? [] : namespace }),
      ...(label && { labels: readPairs(label, 'label') }),
      ...(annotation && { annotations: readPairs(annotation, 'annotation') }),
    }
    if (Object.keys(body).length === 0)
      throw usageFailure('Specify the cluster field to be updated.', 'Give --name, --namespace, --label or --annotation.')
    await withClient(command, async (client) => {
      await client.send('PUT', clusterPath(argument, '', { updatedFields: Object.keys(body).join(',') }), { body })
      print(`Cluster '${argument}' updated.`)
    })
  })
}

export function addRemove(cluster: Command): void {
  const command = cluster.command('rm <SERVER/NAME...>').description('forget clusters; what runs there stays')
  addSwitch(command, '-y, --yes', 'do not ask')
  command.action(async (names: string[], { yes }: { yes?: boolean }) => {
    await withClient(command, async (client) => {
      for (const name of names) {
        const found = await client.get<Cluster>(clusterPath(name))
        const many = found.info.applicationsCount
        const question = `Are you sure you want to remove '${name}'? Its ${many} applications will go to health status Unknown, and what they have there stays. [y/n] `
        if (!yes && !(await confirm(question))) {
          note(`The command to remove '${name}' was cancelled.`)
          continue
        }
        await client.send('DELETE', clusterPath(name))
        print(`Cluster '${name}' removed`)
        note(
          'Its service account is still there, with its rights. Where nobody else uses it, delete ServiceAccount argocd-manager with its roles.',
        )
      }
    })
  })
}

export function addRotateAuth(cluster: Command): void {
  const command = cluster
    .command('rotate-auth <SERVER/NAME>')
    .description('have another token made for its service account, and end the one that was used')
  command.action(async (name: string) => {
    await withClient(command, async (client) => {
      await client.send('POST', clusterPath(name, '/rotate-auth'))
      print(`Cluster '${name}' rotated auth`)
    })
  })
}

export function addInvalidateCache(cluster: Command): void {
  const command = cluster.command('invalidate-cache <SERVER/NAME>').description('have everything in it read anew')
  command.action(async (name: string) => {
    await withClient(command, async (client) => {
      await client.send('POST', clusterPath(name, '/invalidate-cache'))
      print(`Cluster '${name}' is read anew`)
    })
  })
}
