import { lstat, readdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Command } from 'commander'
import { CommandFailure, usageFailure } from '../exit-code.ts'
import { print } from '../output/print.ts'
import { printable } from '../output/table.ts'
import { collect } from './arguments.ts'

/** `plimsoll image set`: what a pipeline does to the manifests once it has built. */
export function addImageCommands(program: Command): void {
  const image = program.command('image').description('images in manifests')
  const command = image
    .command('set <IMAGE> [PATHS...]')
    .description('set the version of an image in manifests: NAME=NEWNAME:TAG, NAME:TAG, NAME@DIGEST; nothing else in the files changes')
    .option('--field <path>', 'in Helm values or JSON: the field that holds the tag, image.tag; again for several', collect)
    .option('--dry-run', 'only say which files would change')
  command.action(async (text: string, paths: string[], options: { field?: string[]; dryRun?: boolean }) => {
    await setImage(text, paths.length === 0 ? ['.'] : paths, options)
  })
}

const manifest = /\.(ya?ml|json)$|^Kustomization$/
const maxFiles = 10_000

async function setImage(text: string, paths: readonly string[], options: { field?: string[]; dryRun?: boolean }): Promise<void> {
  const { readField, writeField, parseImage, imageValue } = await import('@plimsoll/delivery')
  const equals = text.indexOf('=')
  const wanted = parseImage(equals < 0 ? text : text.slice(equals + 1))
  const name = equals < 0 ? wanted?.repository : text.slice(0, equals)
  if (wanted === undefined || name === undefined || name === '' || (wanted.tag === undefined && wanted.digest === undefined))
    throw usageFailure(`'${text}' is no image with a version.`, 'Write NAME=NEWNAME:TAG, NAME:TAG or NAME@DIGEST.')
  const { repository, tag, digest } = wanted
  const value = imageValue({
    ...(repository !== name && { newName: repository }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  })
  let found = 0
  for (const file of await manifestsBelow(paths)) {
    const before = await readFile(file, 'utf8')
    const fields =
      options.field === undefined
        ? [{ field: { file: basename(file), image: name }, put: value }]
        : options.field.map((path) => ({ field: { file: basename(file), path }, put: digest ?? tag ?? '' }))
    let after = before
    try {
      for (const { field, put } of fields) {
        if (readField(after, field) === undefined) continue
        found++
        after = writeField(after, field, put)
      }
    } catch (error) {
      // Templates and the like lie beside manifests; a file that was named must be readable.
      if (!paths.includes(file)) continue
      throw new CommandFailure(error instanceof Error ? error.message : String(error))
    }
    if (after === before) continue
    if (!options.dryRun) await writeFile(file, after)
    print(`${options.dryRun ? 'would change' : 'changed'} ${printable(file)}`)
  }
  if (found === 0) {
    throw new CommandFailure(`No manifest below ${paths.join(', ')} has ${options.field ? options.field.join(', ') : `image '${name}'`}.`, {
      exitCode: 1,
      remedy: 'Name the folder of the manifests, or the field with --field.',
    })
  }
}

/** Regular files only: a link could lead out of the folder. */
async function manifestsBelow(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    const facts = await lstat(path).catch(() => undefined)
    if (facts === undefined) throw new CommandFailure(`There is nothing at '${path}'.`)
    if (facts.isFile()) {
      files.push(path)
      continue
    }
    const root = await realpath(path)
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !manifest.test(entry.name)) continue
      const inside = relative(root, join(entry.parentPath, entry.name))
      if (inside.split('/').some((part) => part === '.git' || part === 'node_modules')) continue
      files.push(join(path, inside))
      if (files.length > maxFiles)
        throw new CommandFailure(`There are more than ${maxFiles} files below '${path}': name a folder further down.`)
    }
  }
  return files.toSorted()
}
