import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppProject, AppProjectSpec } from '@plimsoll/api'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { note, print, toYaml } from '../../output/print.ts'
import { addSwitch, collect } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { readSource } from '../read-source.ts'
import { withClient } from '../with-client.ts'
import { changeProject, projectPath, readProject } from './project-change.ts'

interface SpecOptions {
  description?: string
  src?: string[]
  dest?: string[]
  sourceNamespaces?: string[]
  signatureKeys?: string[]
  allowClusterResource?: string[]
  denyClusterResource?: string[]
  allowNamespacedResource?: string[]
  denyNamespacedResource?: string[]
  orphanedResources?: boolean
  orphanedResourcesWarn?: boolean
}

export function addCreate(project: Command): void {
  const command = project
    .command('create [PROJECT]')
    .description('create a project')
    .option('-f, --file <file>', 'of YAML or JSON, or a URL; - for standard input')
  addSpecOptions(command)
  addSwitch(command, '--upsert', 'change one of that name that is there already')
  command.action(async (name: string | undefined, options: SpecOptions & { file?: string; upsert?: boolean }) => {
    const given = options.file === undefined ? undefined : (parse(await readSource(options.file)) as Partial<AppProject> | null)
    const called = name ?? given?.metadata?.name
    if (!called) throw usageFailure('cannot create: name the project, or give a file that does.')
    if (given?.metadata?.name !== undefined && given.metadata.name !== called)
      throw usageFailure(`project name '${called}' does not match project spec metadata.name '${given.metadata.name}'`)
    const created: AppProject = { ...given, metadata: { ...given?.metadata, name: called }, spec: { ...given?.spec, ...specOf(options) } }
    await withClient(command, async (client) => {
      await client.send('POST', '/api/v1/projects', { body: { project: created, upsert: options.upsert ?? false } })
      note(`Project '${called}' created`)
    })
  })
}

export function addSet(project: Command): void {
  const command = project.command('set <PROJECT>').description('change what is given of a project; lists are replaced')
  addSpecOptions(command)
  command.action(async (name: string, options: SpecOptions) => {
    const given = specOf(options)
    if (Object.keys(given).length === 0) throw usageFailure('cannot set: say what shall change.')
    await withClient(command, (client) => changeProject(client, name, (spec) => ({ ...spec, ...given })))
  })
}

export function addEdit(project: Command): void {
  const command = project.command('edit <PROJECT>').description('change the spec of a project in $EDITOR')
  command.action(async (name: string) => {
    const editor = process.env['EDITOR'] ?? 'vi'
    await withClient(command, async (client) => {
      const before = await readProject(client, name)
      const folder = await mkdtemp(join(tmpdir(), 'plimsoll-project-'))
      try {
        const file = join(folder, 'project.yaml')
        const text = toYaml(before.spec)
        await writeFile(file, text, { mode: 0o600 })
        const [program = 'vi', ...args] = editor.split(' ')
        const child = spawn(program, [...args, file], { stdio: 'inherit' })
        const [code] = (await once(child, 'exit')) as [number | null]
        if (code !== 0) throw new CommandFailure(`${program} has ended with ${code ?? 'a signal'}: nothing is changed.`)
        const edited = await readFile(file, 'utf8')
        if (edited === text) return note('nothing is changed')
        const spec = parse(edited) as AppProjectSpec
        await client.send('PUT', projectPath(name), { body: { project: { ...before, spec } } })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  })
}

export function addDelete(project: Command): void {
  const command = project.command('delete <PROJECT...>').description('delete projects that no application is of')
  addSwitch(command, '-y, --yes', 'do not ask')
  command.action(async (names: string[], { yes }: { yes?: boolean }) => {
    await withClient(command, async (client) => {
      for (const name of names) {
        if (!yes && process.stdin.isTTY && !(await confirm(`Are you sure you want to delete '${name}'? [y/n] `)))
          throw new CommandFailure(`The command to delete '${name}' was cancelled`)
        await client.send('DELETE', projectPath(name))
        print(`project '${name}' deleted`)
      }
    })
  })
}

function addSpecOptions(command: Command): void {
  command
    .option('--description <text>', 'what it is for')
    .option('-s, --src <url>', 'a repository; can be repeated', collect)
    .option(
      '-d, --dest <destination>',
      'a server, a comma and a namespace: https://kubernetes.default.svc,default; can be repeated',
      collect,
    )
    .option('--source-namespaces <namespace>', 'whose Applications may be of it; can be repeated', collect)
    .option('--signature-keys <id>', 'a key that commits must be signed with; can be repeated', collect)
    .option('--allow-cluster-resource <kind>', 'GROUP/KIND that is in no namespace; can be repeated', collect)
    .option('--deny-cluster-resource <kind>', 'GROUP/KIND that is in no namespace; can be repeated', collect)
    .option('--allow-namespaced-resource <kind>', 'GROUP/KIND in namespaces; can be repeated', collect)
    .option('--deny-namespaced-resource <kind>', 'GROUP/KIND in namespaces; can be repeated', collect)
  addSwitch(command, '--orphaned-resources', 'look for what belongs to no application')
  addSwitch(command, '--orphaned-resources-warn', 'and warn of it')
}

function specOf(options: SpecOptions): AppProjectSpec {
  const { description, src, dest, sourceNamespaces, signatureKeys, orphanedResources, orphanedResourcesWarn } = options
  return {
    ...(description !== undefined && { description }),
    ...(src && { sourceRepos: src }),
    ...(dest && { destinations: dest.map(readDestination) }),
    ...(sourceNamespaces && { sourceNamespaces }),
    ...(signatureKeys && { signatureKeys: signatureKeys.map((keyID) => ({ keyID })) }),
    ...(options.allowClusterResource && { clusterResourceWhitelist: options.allowClusterResource.map(readKind) }),
    ...(options.denyClusterResource && { clusterResourceBlacklist: options.denyClusterResource.map(readKind) }),
    ...(options.allowNamespacedResource && { namespaceResourceWhitelist: options.allowNamespacedResource.map(readKind) }),
    ...(options.denyNamespacedResource && { namespaceResourceBlacklist: options.denyNamespacedResource.map(readKind) }),
    ...((orphanedResources !== undefined || orphanedResourcesWarn !== undefined) && {
      orphanedResources:
        orphanedResources === false ? null : { ...(orphanedResourcesWarn !== undefined && { warn: orphanedResourcesWarn }) },
    }),
  }
}

function readDestination(text: string): { server: string; namespace: string } {
  const comma = text.indexOf(',')
  if (comma < 1) throw usageFailure(`expected destination of the form: server,namespace; got '${text}'`)
  return { server: text.slice(0, comma), namespace: text.slice(comma + 1) }
}

/** `apps/Deployment`; of the core group `/Pod`, or `Pod`. */
function readKind(text: string): { group: string; kind: string } {
  const slash = text.indexOf('/')
  return { group: slash < 0 ? '' : text.slice(0, slash), kind: text.slice(slash + 1) }
}
