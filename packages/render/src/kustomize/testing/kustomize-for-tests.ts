import type { Sources } from '../../engine/tree.ts'
import { memorySources, type MemoryFiles } from '../../testing/memory-sources.ts'
import type { KustomizeOutput, KustomizeRequest } from '../contract.ts'
import { renderKustomize } from '../index.ts'

interface BuildOptions extends Partial<KustomizeRequest> {
  sources?: Sources
}

/** What `kubectl kustomize` would print for these files. */
export function kustomize(files: MemoryFiles, options: BuildOptions = {}): string {
  return buildFiles(files, options).text
}

export function buildFiles(files: MemoryFiles, { sources = memorySources(files), ...request }: BuildOptions = {}): KustomizeOutput {
  return renderKustomize(sources, {
    path: '',
    renderHelm: () => {
      throw new Error('No chart was expected')
    },
    helmDefaults: {
      version: '3',
      capabilities: { apiVersions: [] },
      random: { bytes: (_place, count) => new Uint8Array(count) },
      now: new Date('2024-01-01T00:00:00Z'),
    },
    ...request,
  })
}
