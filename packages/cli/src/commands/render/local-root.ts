import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { CommandFailure } from '../../exit-code.ts'

/**
 * The folder that a render may read, and where in it the chart or kustomization is: the repository that it lies in; without one the folder that we are
 * in, or else the folder itself.
 */
export function localRoot(folder: string): { root: string; path: string } {
  let real: string
  try {
    real = realpathSync(folder)
  } catch {
    throw new CommandFailure(`${folder} does not exist.`, { remedy: 'Give the path of a folder.' })
  }
  if (!statSync(real).isDirectory()) throw new CommandFailure(`${folder} is not a folder.`)
  const root = repositoryAround(real) ?? (isInside(real, realpathSync('.')) ? realpathSync('.') : real)
  return { root, path: relative(root, real).split(sep).join('/') }
}

function repositoryAround(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return current
    if (dirname(current) === current) return undefined
  }
}

function isInside(folder: string, parent: string): boolean {
  return folder === parent || folder.startsWith(parent.endsWith(sep) ? parent : parent + sep)
}
