import { posix } from 'node:path'

/**
 * Processes have no file system of their own here, so what a pod mounts at `/etc/model` is really at `ROOT/etc/model`, where ROOT is a
 * directory of the container (`PLIMSOLL_ROOT`; also its working directory, so that `./etc/model` is the same). Where a word of the command
 * or the value of a variable names a mount path, it is replaced by the real one: the whole word (`/etc/model`), a path below it
 * (`/etc/model/a.json`), and inside a longer text where it stands as a path of its own (`cat /etc/model/a.json`, `--model=/etc/model`).
 * It is not replaced inside another path or a URL (`/opt/etc/model`, `http://host/etc/model`), nor in files.
 */
export function rewriteMountPaths(text: string, mountPaths: readonly string[], root: string): string {
  if (mountPaths.length === 0 || !text.includes('/')) return text
  const alternatives = mountPaths
    .toSorted((a, b) => b.length - a.length)
    .map((path) => path.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('|')
  const pattern = new RegExp(`(?<=^|file://|[^\\w.\\-/~})])(?:${alternatives})(?=$|/|[^\\w.\\-])`, 'g')
  return text.replaceAll(pattern, (path) => root + path)
}

/** The mount path in its shortest form, or undefined when nothing can be mounted there: `/` itself, or a path that is not absolute. */
export function cleanMountPath(mountPath: string): string | undefined {
  if (mountPath.includes('\0')) return undefined
  // Kubernetes takes a relative mount path as one from the root.
  const path = posix.normalize(posix.join('/', mountPath)).replace(/\/+$/, '')
  return path === '' ? undefined : path
}
