import { spawnSync } from 'node:child_process'

/** A standalone kustomize on the PATH: none comes with the npm packages. `missing` says why there is none, for the names of tests. */
export function findKustomize(): { path: string; missing: '' } | { path: ''; missing: string } {
  const found = spawnSync('sh', ['-c', 'command -v kustomize'], { encoding: 'utf8' }).stdout.trim()
  if (found === '') return { path: '', missing: '(left out: no kustomize is on the PATH)' }
  const version = spawnSync(found, ['version'], { encoding: 'utf8' }).stdout.trim()
  return version.startsWith('v5.')
    ? { path: found, missing: '' }
    : { path: '', missing: `(left out: kustomize is ${version}, not of version 5)` }
}
