import { lstatSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * `tar` writes the names it is given into the archive, and who asked for `/data/x` (`kubectl cp`) expects `data/x` and not where that is on
 * this machine: what lies below a mount path is named from the container's root. Undefined when the command is no such call.
 */
export function archiveFrom(root: string, command: readonly string[], isMounted: (path: string) => boolean): string[] | undefined {
  const [program = '', flags = '', ...rest] = command
  if (basename(program) !== 'tar' || !/^-?[a-zA-Z]*c[a-zA-Z]*f?$/.test(flags) || !rest.some(isMounted)) return undefined
  return [program, flags, ...rest.flatMap((word) => (isMounted(word) ? ['-C', root, nameInRoot(root, word)] : [word]))]
}

/** A mount is a link here: its content is what is wanted. */
function nameInRoot(root: string, path: string): string {
  const name = path.replace(/^\/+/, '').replace(/\/+$/, '')
  const real = join(root, name)
  const isLinkedFolder =
    lstatSync(real, { throwIfNoEntry: false })?.isSymbolicLink() && statSync(real, { throwIfNoEntry: false })?.isDirectory()
  return isLinkedFolder ? `${name}/.` : name
}
