import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createRenderer, type RenderRequest, treeOfFiles } from '@plimsoll/render'
import { root } from '../harness/paths.ts'
import { usageOf } from './measure.ts'
import { reportFigure } from './render-report.ts'

/**
 * 1,000 applications of one chart, each with other values, through the renderer that the server uses: worker threads, records of what was read,
 * checked manifests. Then more of them, to see that memory stays.
 */
export async function measureFleet(isShort: boolean): Promise<boolean[]> {
  const met: boolean[] = []
  const count = 1000
  for (const version of ['v3', 'v4'] as const) {
    const renderer = createRenderer()
    const tree = treeOfFiles(filesOf(join(root, 'examples/my-app')))
    try {
      const before = memoryMb()
      let next = 0
      const renderUntil = async (end: number): Promise<number> => {
        const startedAt = performance.now()
        let objects = 0
        await Promise.all(
          Array.from({ length: 16 }, async () => {
            while (next < end) {
              const result = await renderer.render(request(tree, next++, version))
              if (!result.ok) throw new Error(`${result.message} ${result.remedy}`)
              if (result.fromCache) throw new Error('A render with values of its own came from the cache')
              objects += result.manifests.length
            }
          }),
        )
        console.log(`  ${objects} objects`)
        return (performance.now() - startedAt) / 1000
      }
      const seconds = await renderUntil(count)
      met.push(reportFigure(`${count} applications of one chart, helm ${version}, from a cold start`, seconds, 's', { atMost: 5 }))
      reportFigure('… for each', (seconds / count) * 1000, 'ms')
      next = 0
      const again = performance.now()
      for (; next < count; next++) await renderer.render(request(tree, next, version))
      reportFigure('… again with nothing changed, for each', (performance.now() - again) / count, 'ms')
      const after = memoryMb()
      reportFigure('… memory of the process before', before, 'MB')
      reportFigure('… and after', after, 'MB')
      if (isShort) continue
      await renderUntil(4 * count)
      const settled = memoryMb()
      await renderUntil(7 * count)
      met.push(reportFigure('… after 4,000 and 3,000 more: what these have added', memoryMb() - settled, 'MB', { atMost: 100 }))
    } finally {
      await renderer.close()
    }
  }
  return met
}

/** In memory, as a server has the files of a commit. */
function filesOf(folder: string): Map<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((entry) => {
      const place = join(entry.parentPath, entry.name)
      return [relative(folder, place), readFileSync(place)]
    }),
  )
}

function memoryMb(): number {
  return usageOf([process.pid]).rssMb
}

function request(tree: RenderRequest['tree'], index: number, version: 'v3' | 'v4'): RenderRequest {
  return {
    source: {
      repoURL: 'https://bench.invalid/repository.git',
      path: 'chart',
      helm: {
        version,
        valuesObject: {
          replicaCount: 1 + (index % 50),
          image: { repository: `registry.example/team-${index % 7}/service`, tag: `1.${index}` },
          ingress: { enabled: true, hosts: [{ host: `service-${index}.example`, paths: [{ path: '/' }] }] },
          env: { INDEX: String(index) },
          redis: { enabled: index % 2 === 0 },
        },
      },
    },
    tree,
    applicationName: `service-${index}`,
    destinationNamespace: `team-${index % 7}`,
    capabilities: { kubeVersion: 'v1.33.0', apiVersions: ['v1', 'apps/v1'] },
  }
}
