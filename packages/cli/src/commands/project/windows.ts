import type { AppProject, SyncWindow } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { addSwitch, collect, readCount } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../with-client.ts'
import { changeProject, readProject } from './project-change.ts'

interface WindowOptions {
  kind?: string
  schedule?: string
  duration?: string
  applications?: string[]
  namespaces?: string[]
  clusters?: string[]
  manualSync?: boolean
  syncOverrun?: boolean
  timeZone?: string
  useAndOperator?: boolean
  description?: string
}

/** `plimsoll proj windows …`. */
export function addWindows(project: Command): void {
  const windows = project.command('windows').description('when applications of a project may be synced')
  addList(windows)
  addAdd(windows)
  addUpdate(windows)
  addDelete(windows)
  addToggle(windows, 'enable-manual-sync', 'let syncs through that somebody asks for', (window) => ({ ...window, manualSync: true }))
  addToggle(windows, 'disable-manual-sync', 'hold up syncs that somebody asks for', (window) => ({ ...window, manualSync: false }))
  addToggle(windows, 'enable-sync-overrun', 'let a sync end that began when it might', (window) => ({ ...window, syncOverrun: true }))
  addToggle(windows, 'disable-sync-overrun', 'hold up a sync that began when it might', (window) => ({ ...window, syncOverrun: false }))
}

function addList(windows: Command): void {
  const command = windows
    .command('list <PROJECT>')
    .description('show the windows of a project, with the ID that the other commands take')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', '', 'json', 'yaml'])
    await withClient(command, async (client) => {
      const found = windowsOf(await readProject(client, name))
      if (!printStructured(found, output)) print(await windowTable(found))
    })
  })
}

function addAdd(windows: Command): void {
  const command = windows.command('add <PROJECT>').description('add a window').option('-k, --kind <kind>', 'allow or deny')
  addFields(command)
  addSwitch(command, '--manual-sync', 'let syncs through that somebody asks for')
  addSwitch(command, '--sync-overrun', 'let a sync end that began when it might')
  addSwitch(command, '--use-and-operator', 'applications, namespaces and clusters must all match; default: one is enough')
  command.action(async (name: string, options: WindowOptions) => {
    const window: SyncWindow = {
      kind: options.kind ?? '',
      ...given(options),
      timeZone: options.timeZone ?? 'UTC',
      ...(options.manualSync && { manualSync: true }),
      ...(options.syncOverrun && { syncOverrun: true }),
      ...(options.useAndOperator && { andOperator: true }),
    }
    await requireValid(window)
    await withClient(command, (client) => change(client, name, (all) => [...all, window]))
  })
}

function addUpdate(windows: Command): void {
  const command = windows.command('update <PROJECT> <ID>').description('change what is given of a window; lists are replaced')
  addFields(command)
  command.action(async (name: string, id: string, options: WindowOptions) => {
    const fields = given(options)
    if (Object.keys(fields).length === 0)
      throw usageFailure(
        'cannot update: require one or more of schedule, duration, application, namespace, cluster, time-zone or description',
      )
    await withClient(command, (client) =>
      change(client, name, async (all) => {
        const window = { ...at(all, id), ...fields }
        await requireValid(window)
        return all.with(readCount(id), window)
      }),
    )
  })
}

function addDelete(windows: Command): void {
  const command = windows.command('delete <PROJECT> <ID>').description('take a window away')
  addSwitch(command, '-y, --yes', 'do not ask')
  command.action(async (name: string, id: string, { yes }: { yes?: boolean }) => {
    await withClient(command, async (client) => {
      at(windowsOf(await readProject(client, name)), id)
      const asks = !yes && process.stdin.isTTY
      if (asks && !(await confirm('Are you sure you want to delete sync window? [y/n] ')))
        throw new CommandFailure('The command to delete the sync window was cancelled')
      await change(client, name, (all) => {
        at(all, id)
        return all.filter((_, index) => index !== readCount(id))
      })
    })
  })
}

function addToggle(windows: Command, verb: string, description: string, turn: (window: SyncWindow) => SyncWindow): void {
  const command = windows.command(`${verb} <PROJECT> <ID>`).description(description)
  command.action(async (name: string, id: string) => {
    await withClient(command, (client) => change(client, name, (all) => all.with(readCount(id), turn(at(all, id)))))
  })
}

function addFields(command: Command): void {
  command
    .option('--schedule <schedule>', 'when it opens, as cron: "0 22 * * *"')
    .option('--duration <duration>', 'for how long: 1h30m')
    .option('--applications <names>', 'applications by name, with commas between them; wildcards', collect)
    .option('--namespaces <names>', 'applications by namespace, with commas between them; wildcards', collect)
    .option('--clusters <names>', 'applications by cluster, with commas between them; wildcards', collect)
    .option('--time-zone <zone>', 'time zone of the schedule: Europe/Berlin; UTC when nothing is said')
    .option('--description <text>', 'why it is there')
}

/** What the flags say, as fields of a window. */
function given({ schedule, duration, applications, namespaces, clusters, timeZone, description }: WindowOptions): SyncWindow {
  return {
    ...(schedule !== undefined && { schedule }),
    ...(duration !== undefined && { duration }),
    ...(applications && { applications: listOf(applications) }),
    ...(namespaces && { namespaces: listOf(namespaces) }),
    ...(clusters && { clusters: listOf(clusters) }),
    ...(timeZone !== undefined && { timeZone }),
    ...(description !== undefined && { description }),
  }
}

function listOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '')
}

async function requireValid(window: SyncWindow): Promise<void> {
  const { syncWindowProblem } = await import('@plimsoll/api')
  const problem = syncWindowProblem(window)
  if (problem !== undefined) throw usageFailure(`cannot create window: ${problem}`)
}

function windowsOf({ spec }: AppProject): SyncWindow[] {
  return spec.syncWindows ?? []
}

function at(windows: readonly SyncWindow[], id: string): SyncWindow {
  const window = /^\d{1,9}$/.test(id) ? windows[Number(id)] : undefined
  if (!window)
    throw new CommandFailure(`window with id '${id}' not found`, { remedy: '`plimsoll proj windows list PROJECT` shows the ids.' })
  return window
}

async function change(
  client: ApiClient,
  name: string,
  make: (windows: SyncWindow[]) => SyncWindow[] | Promise<SyncWindow[]>,
): Promise<void> {
  await changeProject(client, name, async (spec) => ({ ...spec, syncWindows: await make(spec.syncWindows ?? []) }))
}

async function windowTable(windows: readonly SyncWindow[]): Promise<string> {
  const { syncWindowAt, syncWindowProblem } = await import('@plimsoll/api')
  const statusOf = (window: SyncWindow): string =>
    syncWindowProblem(window) !== undefined ? 'Invalid' : syncWindowAt(window, Date.now()).isOpen ? 'Active' : 'Inactive'
  const headers = 'ID STATUS KIND SCHEDULE DURATION APPLICATIONS NAMESPACES CLUSTERS MANUALSYNC SYNCOVERRUN TIMEZONE USEANDOPERATOR'.split(
    ' ',
  )
  const enabled = (value: boolean | undefined): string => (value ? 'Enabled' : 'Disabled')
  const list = (values: readonly string[] | null | undefined): string => (values && values.length > 0 ? values.join(',') : '-')
  const rows = windows.map((window, index) => [
    String(index),
    statusOf(window),
    window.kind,
    window.schedule,
    window.duration,
    list(window.applications),
    list(window.namespaces),
    list(window.clusters),
    enabled(window.manualSync),
    enabled(window.syncOverrun),
    window.timeZone ?? '',
    enabled(window.andOperator),
  ])
  return table(headers, rows)
}
