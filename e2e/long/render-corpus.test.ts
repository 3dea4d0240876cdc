import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chartCases, kustomizationCases, type RenderCase } from '../conformance/cases.ts'
import { EngineThread } from '../conformance/engine-thread.ts'
import { holdToList } from '../conformance/must-fail.ts'
import { findOracles, type Oracle } from '../conformance/tools.ts'
import { describeVerdict } from '../conformance/verdict-text.ts'
import { judge } from '../conformance/verdict.ts'
import { root } from '../harness/paths.ts'

/**
 * The charts and kustomizations of `examples/` through the real tools, as `npm run conformance:render` does it for any. The answers of the real tools
 * are kept in `.cache`: the first run forks some hundred times.
 */
const { oracles } = await findOracles({ helm3: undefined, helm4: undefined, kubectl: undefined })
const engine = new EngineThread()
afterAll(() => engine.close())

const own = (name: string): string => join(root, 'examples', name)
const charts = [...chartCases(own('charts')), ...chartCases(own('my-app'))]
const kustomizations = kustomizationCases(own('kustomizations'))
/** Seconds on either side, and nothing but arithmetic. */
const slow = new Set(['dsa'])

async function disagreements(oracle: Oracle, cases: readonly RenderCase[]): Promise<string[]> {
  const found: string[] = []
  for (const one of cases) {
    if (slow.has(one.name)) continue
    const verdict = holdToList(await judge(one, oracle, oracle.semantics, engine))
    if (!verdict.passed) found.push(describeVerdict(verdict))
  }
  return found
}

describe.skipIf(oracles.length === 0)('what is rendered', () => {
  it.each(oracles.filter(({ for: tool }) => tool === 'helm').map((oracle) => ({ name: oracle.name, oracle })))(
    'is for every chart what $name makes of it, and an error where that is one',
    async ({ oracle }) => {
      expect(await disagreements(oracle, charts)).toEqual([])
    },
    600_000,
  )

  it.each(oracles.filter(({ for: tool }) => tool === 'kustomize').map((oracle) => ({ name: oracle.name, oracle })))(
    'is for every kustomization what $name makes of it, and an error where that is one',
    async ({ oracle }) => {
      expect(await disagreements(oracle, kustomizations)).toEqual([])
    },
    600_000,
  )
})
