import { closeSync, constants as flags, existsSync, fchmodSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readWritten } from '../step/command-files.ts'
import { translatePath } from './job-folders.ts'
import type { JobFiles, JobFolders } from './sandbox.ts'

/**
 * Files of a job whose folders are on this machine. `outside`: where they are; a sandbox may show them elsewhere. `isForAnybody`: programs of an image may
 * run as anybody, and on this machine nobody else gets to the folder.
 */
export function openJobFiles(inside: JobFolders, outside: JobFolders, { isForAnybody = false } = {}): JobFiles {
  return {
    async put(name, content, mode = 0o600) {
      const shared = mode | 0o066 | ((mode & 0o100) >> 3) | ((mode & 0o100) >> 6)
      await write(join(outside.commands, name), content, isForAnybody ? shared : mode)
      return join(inside.commands, name)
    },
    read: (name) => Promise.resolve(readWritten(join(outside.commands, name))),
    async remove(names) {
      for (const name of names) rmSync(join(outside.commands, name), { force: true, recursive: true })
    },
    async putAction(name, files) {
      for await (const { path, content, isExecutable } of files) {
        // The folder is new, and nothing that a step has put there.
        const target = join(outside.actions, name, path)
        await mkdir(dirname(target), { recursive: true })
        await writeFile(target, content, { mode: isExecutable ? 0o755 : 0o644, flag: 'wx' })
      }
    },
    async find(program, path) {
      // What is not in the job's folders looks the same from both sides.
      const seen = (folder: string): string => translatePath(folder, inside, outside)
      return path.split(':').map((folder) => join(folder, program)).find((file) => existsSync(seen(file))) // prettier-ignore
    },
  }
}

const newFile = flags.O_WRONLY | flags.O_CREAT | flags.O_EXCL | flags.O_NOFOLLOW

async function write(file: string, content: string | Buffer | Readable, mode: number): Promise<void> {
  if (typeof content !== 'string' && !Buffer.isBuffer(content)) {
    const handle = await open(file, newFile, mode)
    await handle.chmod(mode)
    await pipeline(content, handle.createWriteStream())
    return
  }
  // At once: a job makes dozens of small files, and each turn through Node's threads costs ten times what the call does.
  const descriptor = openSync(file, newFile, mode)
  try {
    // Whatever the umask takes away.
    fchmodSync(descriptor, mode)
    if (content.length > 0) writeFileSync(descriptor, content)
  } finally {
    closeSync(descriptor)
  }
}
