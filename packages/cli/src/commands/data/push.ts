import { randomUUID } from 'node:crypto'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DvcFolderFile } from '@plimsoll/models'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { GlobalOptions } from '../../client/connection.ts'
import { CommandFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { inTurns, listFolder, localContent } from './local-content.ts'
import { type DataRemote, remotesOf } from './remote.ts'
import { dvcRoot, requireOwnFolders, type Tracked, trackedData } from './tracked.ts'

type Models = typeof import('@plimsoll/models')

export function addDataPush(data: Command): void {
  const command = data
    .command('push [TARGET...]')
    .description('hand over what .dvc files and dvc.lock name, as `dvc push` does; what has changed since `dvc add` is refused')
    .option('-r, --remote <name>', 'remote of .dvc/config (default: its core.remote)')
  command.action(async (targets: string[], { remote: wanted }: { remote?: string }) => {
    const root = dvcRoot()
    const models = await import('@plimsoll/models')
    const remoteOf = remotesOf(root, wanted, command.optsWithGlobals<GlobalOptions>())
    let pushed = 0
    let name = ''
    for (const one of await trackedData(root, targets)) {
      if (one.output.isPrivate || one.output.isImported) continue
      await requireOwnFolders(root, one.file)
      const remote = await remoteOf(one.output.remote)
      name = remote.name
      pushed += one.output.md5.endsWith('.dir') ? await pushFolder(models, root, remote, one) : await pushFile(models, root, remote, one)
    }
    print(pushed === 0 ? 'Everything is up to date.' : `${pushed} ${pushed === 1 ? 'file' : 'files'} pushed to '${name}'.`)
  })
}

/** How many it has sent: none when it is there already. */
async function pushFile(models: Models, root: string, remote: DataRemote, { output, file, shown }: Tracked): Promise<number> {
  const path = models.remotePath(output)
  if (await remote.has(path)) return 0
  const content = await localContent(models, root, output, file)
  if (content === undefined) throw await changed(file, shown)
  await remote.store(path, content)
  return 1
}

/** Its files first, then its list: whoever finds the list finds them all, which is what DVC counts on too. */
async function pushFolder(models: Models, root: string, remote: DataRemote, tracked: Tracked): Promise<number> {
  const { output, file, shown } = tracked
  const path = models.remotePath(output)
  if (await remote.has(path)) return 0
  const { files, text } = await folderOf(models, root, tracked)
  const sent = await inTurns(uniqueContent(files), (one) =>
    pushFile(models, root, remote, {
      output: { ...output, md5: one.md5 },
      file: join(file, ...one.path.split('/')),
      shown: join(shown, one.path),
    }),
  )
  const list = join(root, '.dvc', `tmp-${randomUUID()}`)
  try {
    await writeFile(list, text)
    await remote.store(path, list)
  } finally {
    await rm(list, { force: true })
  }
  return sent.reduce((sum, count) => sum + count, 1)
}

/** As it is on this disk, where it is what was added; else as DVC's cache has it. */
async function folderOf(models: Models, root: string, { output, file, shown }: Tracked): Promise<{ files: DvcFolderFile[]; text: string }> {
  const info = await stat(file).catch(() => undefined)
  if (info?.isDirectory()) {
    const { files } = await listFolder(models, file, output.isLegacy)
    const text = models.dvcFolderText(files)
    const { createHash } = await import('node:crypto')
    if (`${createHash('md5').update(text).digest('hex')}.dir` === output.md5) return { files, text }
  }
  const cached = await localContent(models, root, output, join(root, '.dvc', 'none'))
  if (cached === undefined) throw await changed(file, shown)
  const text = await readFile(cached, 'utf8')
  return { files: models.readDvcFolder(shown, text), text }
}

function uniqueContent(files: readonly DvcFolderFile[]): DvcFolderFile[] {
  return [...new Map(files.map((one) => [one.md5, one])).values()]
}

async function changed(file: string, shown: string): Promise<CommandFailure> {
  const isThere = (await stat(file).catch(() => undefined)) !== undefined
  return new CommandFailure(isThere ? `${shown} has changed since it was added.` : `${shown} is not here.`, {
    remedy: isThere
      ? `Run \`plimsoll data add ${shown}\` (or \`dvc add\`, \`dvc commit\`) and commit its .dvc file.`
      : 'Fetch it with `plimsoll data pull`, or push from where it is.',
  })
}
