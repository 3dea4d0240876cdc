import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DvcOutput } from '@plimsoll/models'
import type { Command } from 'commander'
import type { GlobalOptions } from '../../client/connection.ts'
import { CommandFailure } from '../../exit-code.ts'
import { note, print } from '../../output/print.ts'
import { inTurns, md5Of } from './local-content.ts'
import { type DataRemote, remotesOf } from './remote.ts'
import { dvcRoot, requireOwnFolders, type Tracked, trackedData } from './tracked.ts'

type Models = typeof import('@plimsoll/models')

export function addDataPull(data: Command): void {
  const command = data
    .command('pull [TARGET...]')
    .description('fetch what .dvc files and dvc.lock name, or the named of them, as `dvc pull` does')
    .option('-r, --remote <name>', 'remote of .dvc/config (default: its core.remote)')
  command.action(async (targets: string[], { remote: wanted }: { remote?: string }) => {
    const root = dvcRoot()
    const tracked = await trackedData(root, targets)
    const remoteOf = remotesOf(root, wanted, command.optsWithGlobals<GlobalOptions>())
    const models = await import('@plimsoll/models')
    let fetched = 0
    let name = ''
    for (const one of tracked) {
      const remote = await remoteOf(one.output.remote)
      name = remote.name
      try {
        fetched += await pullOutput(models, root, remote, one)
      } catch (error) {
        // Nobody is expected to have pushed it: `dvc repro` makes it again.
        if (!(error instanceof MissingData) || !one.output.isPrivate) throw error
        note(`${one.shown} is not pushed by those who have it (push: false), and not here.`)
      }
    }
    print(fetched === 0 ? 'Everything is up to date.' : `${fetched} ${fetched === 1 ? 'file' : 'files'} fetched from '${name}'.`)
  })
}

class MissingData extends CommandFailure {}

/** How many files it has fetched. */
async function pullOutput(models: Models, root: string, remote: DataRemote, one: Tracked): Promise<number> {
  const { output, file, shown } = one
  if (!output.md5.endsWith('.dir')) return (await pullFile(models, root, remote, one)) ? 1 : 0
  const listing = join(root, '.dvc', `tmp-${randomUUID()}`)
  try {
    await pullFile(models, root, remote, { output: { ...output, isLegacy: output.isLegacy }, file: listing, shown })
    const files = models.readDvcFolder(shown, await readFile(listing, 'utf8'))
    const fetched = await inTurns(files, ({ path, md5 }) =>
      pullFile(models, root, remote, { output: { ...output, path, md5 }, file: join(file, ...path.split('/')), shown: join(shown, path) }),
    )
    return fetched.filter(Boolean).length
  } finally {
    await rm(listing, { force: true })
  }
}

/** False when it is there already. What comes is checked before it takes its place. */
async function pullFile(models: Models, root: string, remote: DataRemote, { output, file, shown }: Tracked): Promise<boolean> {
  await requireOwnFolders(root, file)
  const wanted = output.md5.slice(0, 32)
  if ((await md5Of(models, file, output.isLegacy)) === wanted) return false
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}`
  try {
    if (!(await remote.fetch(models.remotePath(output), temporary))) throw missing(output, shown, remote)
    const found = await md5Of(models, temporary, output.isLegacy)
    if (found !== wanted) throw new CommandFailure(`${shown} came as md5 ${found ?? 'nothing'}, not as ${wanted}: it is not used.`)
    await rename(temporary, file)
    return true
  } finally {
    await rm(temporary, { force: true })
  }
}

function missing(output: DvcOutput, shown: string, remote: DataRemote): MissingData {
  return new MissingData(`${shown} (${output.md5}) is not in remote '${remote.name}'.`, {
    remedy: output.isImported
      ? 'It comes from another repository: only `dvc pull` fetches it from there.'
      : 'Whoever has it pushes it: `dvc push`, or `plimsoll data push`.',
  })
}
