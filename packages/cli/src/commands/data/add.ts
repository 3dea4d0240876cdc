import { createHash, randomUUID } from 'node:crypto'
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Command } from 'commander'
import { Document, isMap, parseDocument, type YAMLMap } from 'yaml'
import { CommandFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { listFolder, md5Of } from './local-content.ts'
import { dvcRoot } from './tracked.ts'

interface Added {
  md5: string
  size: number
  nfiles?: number
}

export function addDataAdd(data: Command): void {
  const command = data
    .command('add <PATH>')
    .description('put a file or folder under DVC, as `dvc add` does: writes PATH.dvc, to be committed, and PATH into .gitignore')
  command.action(async (given: string) => {
    const path = given.replace(/[/\\]+$/, '')
    const root = dvcRoot()
    if (!resolve(path).startsWith(root + sep)) throw new CommandFailure(`${path} is not inside of the repository at ${root}.`)
    await requireUntracked(path)
    const added = await digestOf(path)
    const place = `${path}.dvc`
    await replaceFile(place, described(await readFile(place, 'utf8').catch(() => undefined), place, { ...added, path: basename(path) }))
    await ignoreInGit(path)
    print(`${place} names ${added.md5}. Commit it, and hand the data over with \`plimsoll data push\`.`)
  })
}

async function digestOf(path: string): Promise<Added> {
  const models = await import('@plimsoll/models')
  const info = await lstat(path).catch(() => undefined)
  if (info?.isFile()) {
    const md5 = await md5Of(models, path, false)
    if (md5 !== undefined) return { md5, size: info.size }
  }
  if (!info?.isDirectory()) throw new CommandFailure(`${path} is neither a file nor a folder.`)
  const patterns = await readFile(join(dvcRoot(), '.dvcignore'), 'utf8').catch(() => '')
  if (patterns.split(/\r?\n/).some((line) => line.trim() !== '' && !line.startsWith('#')))
    throw new CommandFailure('.dvcignore has patterns, which only DVC itself follows.', { remedy: `Run \`dvc add ${path}\`.` })
  const { files, size } = await listFolder(models, path, false)
  if (files.length === 0) throw new CommandFailure(`${path} is an empty folder.`)
  const md5 = `${createHash('md5').update(models.dvcFolderText(files)).digest('hex')}.dir`
  return { md5, size, nfiles: files.length }
}

/** What people have written beside (`desc`, `meta`, `remote`, comments) stays. */
function described(text: string | undefined, place: string, { md5, size, nfiles, path }: Added & { path: string }): string {
  const fresh = { md5, size, ...(nfiles !== undefined && { nfiles }), hash: 'md5', path }
  const known = text === undefined ? undefined : parseDocument(text)
  const output: unknown = known?.getIn(['outs', 0])
  if (!known || known.errors.length > 0 || !isMap(output)) return new Document({ outs: [fresh] }).toString({ indentSeq: false })
  if (known.has('deps'))
    throw new CommandFailure(`${place} was imported from elsewhere: adding would lose that.`, {
      remedy: `Remove it first, or run \`dvc update ${place}\`.`,
    })
  const map: YAMLMap = output
  map.delete('nfiles')
  for (const [key, value] of Object.entries(fresh)) map.set(key, value)
  return known.toString({ indentSeq: false })
}

/** Git and DVC would both have it, and each checkout would undo the other's. */
async function requireUntracked(path: string): Promise<void> {
  const { execFile } = await import('node:child_process')
  const isTracked = await new Promise<boolean>((done) => {
    execFile('git', ['-C', dirname(resolve(path)), 'ls-files', '-z', '--', basename(path)], { timeout: 30_000 }, (error, stdout) =>
      done(!error && stdout.length > 0),
    )
  })
  if (isTracked)
    throw new CommandFailure(`${path} is in Git already.`, {
      remedy: `Take it out first: \`git rm -r --cached ${path}\`, and commit that.`,
    })
}

async function ignoreInGit(path: string): Promise<void> {
  const file = join(dirname(path), '.gitignore')
  const text = await readFile(file, 'utf8').catch(() => '')
  // What has a meaning in patterns is meant as it stands.
  const line = `/${basename(path).replaceAll(/[\\*?[\]!#]/g, String.raw`\$&`)}`
  if (text.split(/\r?\n/).includes(line)) return
  await replaceFile(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`)
}

async function replaceFile(place: string, text: string): Promise<void> {
  const temporary = `${place}.${randomUUID()}`
  try {
    await writeFile(temporary, text)
    await rename(temporary, place)
  } finally {
    await rm(temporary, { force: true })
  }
}
