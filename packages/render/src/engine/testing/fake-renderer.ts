import type { Renderer } from '../../contract.ts'
import { createRenderer, type RendererOptions } from '../../renderer.ts'

const fakeEngine = new URL('../../../dist/engine/testing/fake-engine.js', import.meta.url).href

/** A renderer whose engines are fakes: for what is around them. */
export function fakeRenderer(options: RendererOptions = {}): Renderer & Required<Pick<Renderer, 'statistics'>> {
  const renderer = createRenderer({
    secret: Buffer.alloc(32, 1),
    timeoutMs: 10_000,
    ...options,
    engines: { helm: fakeEngine, kustomize: fakeEngine },
  })
  // Ours counts always.
  return { ...renderer, statistics: () => renderer.statistics!() }
}
