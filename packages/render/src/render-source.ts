import type { RenderFailure, RenderRequest, RenderResult } from './contract.ts'
import { createRenderer, type RendererOptions } from './renderer.ts'

/** One render with a renderer of its own, which is gone afterwards: for the command line. */
export async function renderSource(request: RenderRequest, options: RendererOptions = {}): Promise<RenderResult | RenderFailure> {
  const renderer = createRenderer({ workers: 1, ...options })
  try {
    return await renderer.render(request)
  } finally {
    await renderer.close()
  }
}
