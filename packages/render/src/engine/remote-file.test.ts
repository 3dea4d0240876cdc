import { afterAll, describe, expect, it } from 'vitest'
import type { RenderFailure, RenderRequest, RenderResult } from '../contract.ts'
import { createRenderer } from '../renderer.ts'
import { memoryTree } from '../testing/memory-tree.ts'

const renderer = createRenderer({ workers: 1 })
afterAll(() => renderer.close())

const url = 'https://files.example/release/install.yaml'
const served: string[] = []

function render(resource: string, more: Partial<RenderRequest> = {}): Promise<RenderResult | RenderFailure> {
  return renderer.render({
    source: { repoURL: 'x', path: 'app' },
    tree: memoryTree({ 'app/kustomization.yaml': `resources: ['${resource}']\nnamePrefix: my-\n` }),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: '', apiVersions: [] },
    policy: { remoteBases: true },
    remoteFile(address) {
      served.push(address)
      return Promise.resolve(Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: remote }\n'))
    },
    ...more,
  })
}

describe('a file of a web server in a kustomization', () => {
  it('is read where remote bases may be', async () => {
    const result = await render(url)

    expect(result).toMatchObject({ ok: true, manifests: [{ object: { kind: 'ConfigMap', metadata: { name: 'my-remote' } } }] })
    expect(served).toEqual([url])
  })

  it.each([
    ['where remote bases may not', url, { policy: { remoteBases: false } }],
    ['without TLS', 'http://files.example/release/install.yaml', {}],
  ] as const)('is not asked for %s', async (_where, address, more) => {
    served.length = 0

    expect(await render(address, more)).toMatchObject({ ok: false })
    expect(served).toEqual([])
  })
})
