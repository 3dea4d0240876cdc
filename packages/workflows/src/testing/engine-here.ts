import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { confinement } from '../engine/create-arguments.ts'
import { askEngine, type ContainerEngine, whyOf } from '../engine/engine.ts'
import { createEngineSource } from '../engine/probe-engine.ts'
import { defaultLimits } from '../job/default-limits.ts'

/** A container engine of this machine that really runs containers, and an image in it that was made here: nothing is pulled. */
export interface EngineHere {
  engine: ContainerEngine
  /** What tests give as `containerEngine`. */
  program: string
  /** With sh, Node.js and a few programs of this machine. */
  image: string
  close(): Promise<void>
}

/** `why`: for the name of the tests that are left out then. */
export async function findEngineHere(): Promise<EngineHere | { why: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-engine-'))
  const reasons: string[] = []
  for (const program of ['docker', 'podman', wrapper(folder)]) {
    if (program === undefined) continue
    const searchPath = process.env['PATH'] ?? '/usr/bin:/bin'
    const found = await createEngineSource({ containerEngine: program, dataDir: folder, searchPath }).get()
    if ('why' in found) {
      reasons.push(`${program}: ${found.why}`)
      continue
    }
    const { engine } = found
    const image = await importImage(engine, folder)
    const remove = async (): Promise<void> => void (await askEngine(engine, ['rmi', '--force', image]))
    const trial = await askEngine(engine, ['run', '--rm', ...confinement(engine, defaultLimits), image, 'sh', '-c', 'echo works'])
    if (trial.stdout.includes('works')) {
      const close = async (): Promise<void> => {
        await remove()
        rmSync(folder, { recursive: true, force: true })
      }
      return { engine, program, image, close }
    }
    await remove()
    reasons.push(`${program}: ${whyOf(trial)}`)
  }
  rmSync(folder, { recursive: true, force: true })
  return { why: reasons.join('; ') }
}

/** crun refuses to work where both versions of control groups are mounted; root may look away from the second one. */
function wrapper(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const file = join(folder, 'podman-without-unified')
  const away = 'mount --make-rprivate /sys/fs/cgroup && umount /sys/fs/cgroup/unified && exec podman "$@"'
  writeFileSync(file, `#!/bin/sh\nexec unshare --mount --propagation unchanged sh -c '${away}' podman "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

const programs = ['sh', 'cat', 'chmod', 'env', 'grep', 'id', 'ln', 'ls', 'mkdir', 'mv', 'rm', 'setsid', 'sleep', 'tail', 'touch', 'wc']

async function importImage(engine: ContainerEngine, folder: string): Promise<string> {
  const root = join(folder, 'root')
  for (const one of ['usr/bin', 'usr/lib', 'usr/lib64', 'usr/lib32', 'tmp', 'etc', 'proc', 'dev', 'sys', 'root', 'var'])
    mkdirSync(join(root, one), { recursive: true })
  for (const one of ['bin', 'lib', 'lib64', 'lib32']) symlinkSync(`usr/${one}`, join(root, one))
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:ada:/:/bin/sh\n')
  const files = [process.execPath, ...programs.map((name) => execFileSync('sh', ['-c', 'command -v "$1"', 'find', name]).toString().trim())]
  for (const file of files) copy(realpathSync(file), join(root, 'usr/bin', basename(file)))
  for (const library of new Set(files.flatMap(librariesOf))) {
    const place = realpathSync(dirname(library))
    copy(realpathSync(library), join(root, place, basename(library)))
  }
  const tar = join(folder, 'root.tar')
  execFileSync('tar', ['-C', root, '-cf', tar, '.'])
  rmSync(root, { recursive: true })
  const image = `localhost/plimsoll-test:${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const { code, stderr } = await askEngine(engine, ['import', tar, image])
  rmSync(tar)
  if (code !== 0) throw new Error(`The image for tests could not be imported: ${stderr}`)
  return image
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

/** ldd(1). */
function librariesOf(file: string): string[] {
  try {
    return [
      ...execFileSync('ldd', [file])
        .toString()
        .matchAll(/(\/\S+) \(0x/g),
    ].map((match) => match[1] ?? '')
  } catch {
    // It is linked with none.
    return []
  }
}
