import { fork } from 'node:child_process'
import type { KubeClient } from '@plimsoll/kube'
import type { Plimsoll } from '../harness/plimsoll.ts'
import { report } from './measure.ts'
import type { WatchedReading } from './watched-reader.ts'

/** A hundred namespaces of objects of about 1 kB, as a Deployment or a Service is: read by a cache of its own, and by a server that was killed. */
export async function measureWatched(plimsoll: Plimsoll, client: KubeClient, size: number): Promise<void> {
  const [namespaces, configMaps] = [await client.typeOf('v1', 'Namespace'), await client.typeOf('v1', 'ConfigMap')]
  if (!namespaces || !configMaps) throw new Error('Namespaces and ConfigMaps are not served')
  const before = await read(plimsoll)
  for (let index = 0; index < 100; index++)
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `watched-${index}` } })
  let next = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let index = next++; index < size; index = next++) {
        const labels = { 'app.kubernetes.io/name': `app-${index % 1000}`, 'app.kubernetes.io/managed-by': 'bench' }
        const metadata = { name: `object-${String(index).padStart(6, '0')}`, namespace: `watched-${index % 100}`, labels }
        const data = { 'settings.yaml': `index: ${index}\n${'value: of some length\n'.repeat(30)}` }
        await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
      }
    }),
  )
  const after = await read(plimsoll)
  report(`${after.objects} live objects: from the first request to a warm cache`, after.warmMs / 1000, 's')
  report('… memory of the cache for each object', (after.bytes - before.bytes) / (after.objects - before.objects) / 1000, 'kB')
  await plimsoll.kill()
  const at = performance.now()
  await plimsoll.restart()
  report(`… a server that was killed is ready again beside them after`, (performance.now() - at) / 1000, 's')
}

function read(plimsoll: Plimsoll): Promise<WatchedReading> {
  const child = fork(new URL('./watched-reader.js', import.meta.url), [plimsoll.kubeconfig], { execArgv: ['--expose-gc'] })
  return new Promise((resolve, reject) => {
    child.once('message', (reading) => resolve(reading as WatchedReading))
    child.once('exit', (code) => reject(new Error(`The reader has ended with ${code}.`)))
  })
}
