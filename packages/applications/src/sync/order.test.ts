import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareOrder, inSteps } from './order.ts'

const item = (
  kind: string,
  name = 'a',
  wave = 0,
): { wave: number; key: { group: string; kind: string; namespace: string; name: string } } => ({
  wave,
  key: { group: '', kind, namespace: '', name },
})

describe('objects are written', () => {
  it('by wave, then by kind in the order of Argo CD, custom resources last', () => {
    const items = [item('Thing'), item('Ingress'), item('Deployment'), item('ConfigMap'), item('Namespace'), item('Deployment', 'b', -1)]

    expect(inSteps(items).map((step) => step.map(({ key }) => key.kind).join())).toEqual([
      'Deployment',
      'Namespace',
      'ConfigMap',
      'Deployment',
      'Ingress',
      'Thing',
    ])
  })

  it('each once, in steps that are in order', () => {
    const arbitrary = fc.record({
      wave: fc.integer({ min: -2, max: 2 }),
      kind: fc.constantFrom('Secret', 'Service', 'Thing', 'Other'),
      name: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(arbitrary), (descriptions) => {
        const items = descriptions.map(({ wave, kind, name }) => item(kind, name, wave))
        const flat = inSteps(items).flat()

        expect(flat).toHaveLength(items.length)
        expect(new Set(flat)).toEqual(new Set(items))
        for (const [index, current] of flat.entries()) {
          const next = flat[index + 1]
          if (next) expect(compareOrder(current, next)).toBeLessThanOrEqual(0)
        }
      }),
    )
  })
})
