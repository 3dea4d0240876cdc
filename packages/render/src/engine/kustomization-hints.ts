import { normalPath } from '../repository-path.ts'

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const maxTokens = 5_000

/** A folder that may be a kustomization: the names under which it would say so. */
export function kustomizationPaths(folder: string): string[] {
  return fileNames.map((name) => (folder === '' ? name : `${folder}/${name}`))
}

/**
 * Whatever in a kustomization could be a path, seen from its folder. Not read as YAML: a guess too many costs a look, and the engine has the last
 * word on what it reads.
 */
export function pathsIn(text: string, folder: string): Set<string> {
  const paths = new Set<string>()
  for (const [token] of text.matchAll(/[A-Za-z0-9._@/+-]+/g)) {
    if (paths.size >= maxTokens) break
    if (token.length > 300 || token === '.' || token.startsWith('/')) continue
    const path = normalPath(token, folder)
    if (path !== undefined && path !== folder) paths.add(path)
  }
  return paths
}
