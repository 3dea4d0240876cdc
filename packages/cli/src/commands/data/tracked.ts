import { existsSync } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { DvcOutput } from '@plimsoll/models'
import { CommandFailure } from '../../exit-code.ts'

export interface Tracked {
  output: DvcOutput
  /** On this disk. */
  file: string
  /** As it is said to people: from the folder that we are in. */
  shown: string
}

const ignored = new Set(['.git', '.hg', '.dvc', 'node_modules'])
const maxDescriptionBytes = 64 * 1024 * 1024

/** The repository around us that DVC knows. */
export function dvcRoot(): string {
  for (let folder = resolve('.'); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.dvc'))) return folder
    if (dirname(folder) === folder)
      throw new CommandFailure('There is no .dvc folder here or above.', {
        remedy: 'Run it inside of a repository that has data under DVC (`dvc init` makes one).',
      })
  }
}

/** Everything that DVC keeps for a repository, or what the named `.dvc` files, outputs or folders hold of it. */
export async function trackedData(root: string, targets: readonly string[]): Promise<Tracked[]> {
  const { readDvcFile, readDvcLock } = await import('@plimsoll/models')
  const found: Tracked[] = []
  for (const place of await descriptions(root)) {
    const name = relative(root, place)
    const text = await readFile(place, 'utf8')
    const outputs = place.endsWith('.dvc')
      ? readDvcFile(name, text)
      : readDvcLock(name, text, await readFile(place.replace(/lock$/, 'yaml'), 'utf8').catch(() => undefined))
    for (const output of outputs) {
      const file = join(dirname(place), ...output.path.split('/'))
      if (!file.startsWith(root + sep)) throw new CommandFailure(`${name} names '${output.path}', which is outside of the repository.`)
      if (targets.length > 0 && !targets.some((target) => isMeant(resolve(target), [place, file]))) continue
      found.push({ output, file, shown: relative('.', file) })
    }
  }
  if (targets.length > 0 && found.length === 0) throw new CommandFailure(`DVC keeps nothing at ${targets.join(', ')}.`)
  return found
}

/** What a repository names may not lead through a link to elsewhere: its folders are looked at one by one. */
export async function requireOwnFolders(root: string, file: string): Promise<void> {
  const parts = relative(root, dirname(file))
    .split(sep)
    .filter((part) => part !== '')
  for (let depth = 1; depth <= parts.length; depth++) {
    const folder = join(root, ...parts.slice(0, depth))
    const info = await lstat(folder).catch(() => undefined)
    if (info === undefined) return
    if (!info.isDirectory())
      throw new CommandFailure(`${relative('.', folder)} is no folder of this repository: nothing is written or read there.`)
  }
}

/** Every `.dvc` file and `dvc.lock`; links are not followed. */
async function descriptions(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const place = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!ignored.has(entry.name)) found.push(...(await descriptions(place)))
    } else if (entry.isFile() && (entry.name === 'dvc.lock' || (entry.name.endsWith('.dvc') && entry.name !== '.dvc'))) {
      if ((await lstat(place)).size > maxDescriptionBytes) throw new CommandFailure(`${relative('.', place)} is larger than 64 MiB.`)
      found.push(place)
    }
  }
  return found
}

function isMeant(target: string, places: readonly string[]): boolean {
  return places.some((place) => place === target || place.startsWith(target + sep))
}
