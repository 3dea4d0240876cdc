import type { AppProjectSpec, ProjectClusterKind } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { CommandFailure } from '../../exit-code.ts'
import { note } from '../../output/print.ts'
import { addSwitch } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { changeProject } from './project-change.ts'

/** What is added to a list of a project, and taken from it, one by one. */
export function addLists(project: Command): void {
  addTexts(project, 'source', 'URL', 'a repository', 'sourceRepos')
  addTexts(project, 'source-namespace', 'NAMESPACE', 'a namespace whose Applications may be of it', 'sourceNamespaces')
  addDestinations(project)
  addServiceAccounts(project)
  addKinds(project, 'cluster', 'that are in no namespace', {
    white: 'clusterResourceWhitelist',
    black: 'clusterResourceBlacklist',
    list: 'allow',
  })
  addKinds(project, 'namespace', 'in namespaces', {
    white: 'namespaceResourceWhitelist',
    black: 'namespaceResourceBlacklist',
    list: 'deny',
  })
  addOrphanedIgnores(project)
  addSignatureKeys(project)
}

function addTexts(project: Command, what: string, argument: string, described: string, list: 'sourceRepos' | 'sourceNamespaces'): void {
  edit(project, `add-${what} <PROJECT> <${argument}>`, `add ${described}`, (spec, [text = '']) => ({
    ...spec,
    [list]: added(spec[list], text, (one) => one === text, `${text} is in the list already`),
  }))
  edit(project, `remove-${what} <PROJECT> <${argument}>`, `take ${described} away`, (spec, [text = '']) => ({
    ...spec,
    [list]: removed(spec[list], (one) => one === text, `${text} is not in the list`),
  }))
}

function addDestinations(project: Command): void {
  for (const verb of ['add', 'remove'] as const) {
    const command = project
      .command(`${verb}-destination <PROJECT> <CLUSTER> <NAMESPACE>`)
      .description(`${verb === 'add' ? 'add' : 'take away'} a cluster, by its address, with a namespace`)
    addSwitch(command, '--name', 'it is the name of the cluster')
    command.action(async (name: string, cluster: string, namespace: string, { name: isName }: { name?: boolean }) => {
      const wanted = { ...(isName ? { name: cluster } : { server: cluster }), namespace }
      const isIt = (one: { server?: string | undefined; name?: string | undefined; namespace?: string | undefined }): boolean =>
        (isName ? one.name === cluster : one.server === cluster) && (one.namespace ?? '') === namespace
      const told = `destination ${cluster}, ${namespace}`
      await withClient(command, (client) =>
        changeProject(client, name, (spec) => ({
          ...spec,
          destinations:
            verb === 'add'
              ? added(spec.destinations, wanted, isIt, `Specified destination is already defined in project: ${told}`)
              : removed(spec.destinations, isIt, `Specified destination does not exist in project: ${told}`),
        })),
      )
    })
  }
}

function addServiceAccounts(project: Command): void {
  const add = project
    .command('add-destination-service-account <PROJECT> <SERVER> <NAMESPACE> <SERVICE_ACCOUNT>')
    .description('add whose rights a sync to a cluster and namespace has')
    .option('--service-account-namespace <namespace>', 'of the service account, where it is another')
  add.action(async (name: string, server: string, namespace: string, account: string, options: { serviceAccountNamespace?: string }) => {
    const defaultServiceAccount = options.serviceAccountNamespace ? `${options.serviceAccountNamespace}:${account}` : account
    await withClient(add, (client) =>
      changeProject(client, name, (spec) => ({
        ...spec,
        destinationServiceAccounts: added(
          spec.destinationServiceAccounts,
          { server, namespace, defaultServiceAccount },
          (one) => one.server === server && one.namespace === namespace,
          'Specified destination service account is already defined in project',
        ),
      })),
    )
  })
  const remove = project
    .command('remove-destination-service-account <PROJECT> <SERVER> <NAMESPACE> [SERVICE_ACCOUNT]')
    .description('take away whose rights a sync to a cluster and namespace has')
  remove.action(async (name: string, server: string, namespace: string, account?: string) => {
    await withClient(remove, (client) =>
      changeProject(client, name, (spec) => ({
        ...spec,
        destinationServiceAccounts: removed(
          spec.destinationServiceAccounts,
          (one) => one.server === server && one.namespace === namespace && (account === undefined || one.defaultServiceAccount === account),
          'Specified destination service account does not exist in project',
        ),
      })),
    )
  })
}

type KindList = 'clusterResourceWhitelist' | 'clusterResourceBlacklist' | 'namespaceResourceWhitelist' | 'namespaceResourceBlacklist'

/** As in argocd: to allow is to add to the list of what is allowed, or to take away from the list of what is not. */
function addKinds(
  project: Command,
  scope: 'cluster' | 'namespace',
  described: string,
  lists: { white: KindList; black: KindList; list: string },
): void {
  for (const verb of ['allow', 'deny'] as const) {
    const command = project
      .command(`${verb}-${scope}-resource <PROJECT> <GROUP> <KIND>`)
      .description(`${verb} objects of a kind ${described}`)
      .addOption(new Option('-l, --list <list>', 'which list is changed').choices(['allow', 'deny']).default(lists.list))
    if (scope === 'cluster') command.option('--name <pattern>', 'only those of this name')
    command.action(async (name: string, group: string, kind: string, options: { list: 'allow' | 'deny'; name?: string }) => {
      const list = options.list === 'allow' ? lists.white : lists.black
      const rule: ProjectClusterKind = { group, kind, ...(options.name !== undefined && { name: options.name }) }
      const isIt = (one: ProjectClusterKind): boolean =>
        one.group === group && one.kind === kind && (one.name ?? '') === (options.name ?? '')
      const isAdded = options.list === verb
      await withClient(command, async (client) => {
        let isThere = false
        await changeProject(client, name, (spec) => {
          const known: ProjectClusterKind[] = spec[list] ?? []
          isThere = known.some(isIt)
          if (isAdded) return { ...spec, [list]: isThere ? known : [...known, rule] }
          return { ...spec, [list]: known.filter((one) => !isIt(one)) }
        })
        if (isThere === isAdded) note(`Group '${group}' and kind '${kind}' ${isThere ? 'are in the list already' : 'are not in the list'}`)
      })
    })
  }
}

function addOrphanedIgnores(project: Command): void {
  for (const verb of ['add', 'remove'] as const) {
    const command = project
      .command(`${verb}-orphaned-ignore <PROJECT> <GROUP> <KIND>`)
      .description(`${verb === 'add' ? 'leave out' : 'leave out no more'} objects of a kind where orphaned ones are looked for`)
      .option('--name <pattern>', 'only those of this name')
    command.action(async (name: string, group: string, kind: string, options: { name?: string }) => {
      const rule = { group, kind, ...(options.name !== undefined && { name: options.name }) }
      const isIt = (one: { group?: string | undefined; kind?: string | undefined; name?: string | undefined }): boolean =>
        (one.group ?? '') === group && one.kind === kind && (one.name ?? '') === (options.name ?? '')
      await withClient(command, (client) =>
        changeProject(client, name, (spec) => {
          const { orphanedResources } = spec
          if (!orphanedResources && verb === 'remove') throw new CommandFailure(`Project '${name}' does not look for orphaned resources.`)
          const ignore =
            verb === 'add'
              ? added(orphanedResources?.ignore, rule, isIt, 'it is left out already')
              : removed(orphanedResources?.ignore, isIt, 'it is not left out')
          return { ...spec, orphanedResources: { ...orphanedResources, ignore } }
        }),
      )
    })
  }
}

function addSignatureKeys(project: Command): void {
  edit(project, 'add-signature-key <PROJECT> <KEY-ID>', 'add a key that commits must be signed with', (spec, [key = '']) => ({
    ...spec,
    signatureKeys: added(
      spec.signatureKeys ?? [],
      { keyID: key },
      ({ keyID }) => keyID === key,
      `Specified signature key is already defined in project: ${key}`,
    ),
  }))
  edit(project, 'remove-signature-key <PROJECT> <KEY-ID>', 'take a key away', (spec, [key = '']) => ({
    ...spec,
    signatureKeys: removed(
      spec.signatureKeys ?? [],
      ({ keyID }) => keyID === key,
      `Specified signature key is not configured for project: ${key}`,
    ),
  }))
}

function edit(project: Command, usage: string, description: string, make: (spec: AppProjectSpec, args: string[]) => AppProjectSpec): void {
  const command = project.command(usage).description(description)
  command.action(async (name: string, ...rest: unknown[]) => {
    const args = rest.filter((one) => typeof one === 'string')
    await withClient(command, (client) => changeProject(client, name, (spec) => make(spec, args)))
  })
}

function added<T>(list: readonly T[] | null | undefined, one: T, isIt: (known: T) => boolean, why: string): T[] {
  if ((list ?? []).some(isIt)) throw new CommandFailure(why)
  return [...(list ?? []), one]
}

function removed<T>(list: readonly T[] | null | undefined, isIt: (known: T) => boolean, why: string): T[] {
  if (!(list ?? []).some(isIt)) throw new CommandFailure(why)
  return (list ?? []).filter((one) => !isIt(one))
}
