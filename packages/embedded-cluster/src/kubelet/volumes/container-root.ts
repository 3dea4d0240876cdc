import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { cleanMountPath } from '../mount-paths.ts'
import type { Container } from '../pod.ts'
import { expandVariables } from '../variable-expansion.ts'
import { isSafePath } from './volume-payload.ts'

export interface ContainerRoot {
  root: string
  /** Mount paths in their shortest form. */
  mountPaths: string[]
  workingDir: string
}

/** Where things are, without making them. */
export function rootOf(container: Container, root: string): ContainerRoot {
  const mountPaths = (container.volumeMounts ?? []).flatMap(({ mountPath }) => cleanMountPath(mountPath) ?? [])
  return {
    root,
    mountPaths: [...mountPaths, container.terminationMessagePath ?? '/dev/termination-log'],
    workingDir: join(root, cleanMountPath(container.workingDir ?? '/') ?? '/'),
  }
}

/**
 * Lays out the directory that stands for a container's file system: empty but for its working directory and, at each mount path, a link to
 * the volume. It is made anew for each start of the container, as its writable layer is in a real cluster.
 */
export function layOutContainer(
  container: Container,
  root: string,
  podFolder: string,
  volumes: ReadonlyMap<string, string>,
  env: ReadonlyMap<string, string>,
): ContainerRoot | { problem: string } {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true, mode: 0o755 })
  // Outer before inner, so that `/data/cache` ends up inside of what is at `/data`.
  const mounts = (container.volumeMounts ?? []).toSorted((a, b) => a.mountPath.length - b.mountPath.length)
  for (const mount of mounts) {
    const path = cleanMountPath(mount.mountPath)
    const volume = volumes.get(mount.name)
    if (path === undefined) return { problem: `mountPath ${JSON.stringify(mount.mountPath)} cannot be mounted on this node` }
    if (volume === undefined) return { problem: `volume ${JSON.stringify(mount.name)} not found` }
    const subPath = mount.subPath ?? (mount.subPathExpr && expandVariables(mount.subPathExpr, (name) => env.get(name)))
    const source = subPath ? subPathOf(volume, subPath) : volume
    if (source === undefined)
      return { problem: `failed to create subPath directory for volumeMount "${mount.name}" of container "${container.name}"` }
    const link = join(root, path)
    mkdirSync(dirname(link), { recursive: true, mode: 0o755 })
    // A volume's content is up to the containers that use it: what they put in the way must not lead us out of the pod.
    if (!isInside(realpathSync(dirname(link)), [podFolder, ...volumes.values()]))
      return { problem: `mountPath ${mount.mountPath} leads out of the pod` }
    if (!placeLink(link, source)) return { problem: `something is in the way at mountPath ${mount.mountPath}` }
  }
  const laidOut = rootOf(container, root)
  if (!existsSync(laidOut.workingDir)) mkdirSync(laidOut.workingDir, { recursive: true, mode: 0o755 })
  mkdirSync(dirname(terminationMessageFile(container, root)), { recursive: true, mode: 0o755 })
  return laidOut
}

export function terminationMessageFile(container: Container, root: string): string {
  return join(root, cleanMountPath(container.terminationMessagePath ?? '') ?? '/dev/termination-log')
}

/** Only an empty directory or an older link gives way; what a volume holds stays. */
function placeLink(link: string, source: string): boolean {
  const there = lstatSync(link, { throwIfNoEntry: false })
  if (there?.isSymbolicLink()) {
    if (readlinkSync(link) === source) return true
    rmSync(link)
  } else if (there?.isDirectory()) {
    try {
      rmdirSync(link)
    } catch {
      return false
    }
  } else if (there) return false
  symlinkSync(source, link)
  return true
}

function subPathOf(volume: string, subPath: string): string | undefined {
  const clean = subPath.replace(/\/+$/, '')
  if (!isSafePath(clean)) return undefined
  const path = join(volume, clean)
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o777 })
  return isInside(realpathSync(path), [volume]) ? path : undefined
}

function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const real = realpathSync(folder)
    return path === real || path.startsWith(real + sep)
  })
}
