import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applicationManifest, type Plimsoll, untilSynced } from './plimsoll.ts'
import { root } from './paths.ts'

/** `examples/model-server` as application `demo`: a Deployment of two replicas that answers. Resolves when it is healthy. */
export async function deployExample(plimsoll: Plimsoll): Promise<void> {
  const base = join(root, 'examples', 'model-server')
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(base.length + 1), readFileSync(path, 'utf8')] as const
  })
  await plimsoll.push('demo', Object.fromEntries(contents), 'Serve a small fraud model')
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'demo', { path: 'k8s' }))
  await untilSynced(plimsoll, 'demo', { health: 'Healthy' })
}
