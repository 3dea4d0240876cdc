import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderJobs } from './order.ts'
import { parseWorkflow } from './reading/workflow.ts'

test('Each job comes after what it needs, and each comes once', () => {
  const graph = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 15 })
  fc.assert(
    fc.property(graph, fc.boolean(), (needs, isReversed) => {
      // A job needs earlier ones only; in the file they may stand in either order.
      const lines = needs.map(
        (all, at) =>
          `  j${at}: { needs: [${all
            .filter((one) => one < at)
            .map((one) => `J${one}`)
            .join(', ')}], runs-on: x, steps: [{ run: a }] }`,
      )
      const { workflow } = parseWorkflow(`on: push\njobs:\n${(isReversed ? lines.toReversed() : lines).join('\n')}\n`, 'w.yml')
      if (!workflow) throw new Error('not read')

      const order = orderJobs(workflow)

      expect([...order].toSorted()).toEqual([...workflow.jobs.keys()].toSorted())
      for (const [id, job] of workflow.jobs) {
        for (const need of job.needs) expect(order.indexOf(need.value.toLowerCase())).toBeLessThan(order.indexOf(id))
      }
    }),
    { numRuns: 100 },
  )
})

test('Jobs that need nothing keep the order of the file', () => {
  const { workflow } = parseWorkflow(
    'on: push\njobs:\n  z: { runs-on: x, steps: [{ run: a }] }\n  a: { needs: m, runs-on: x, steps: [{ run: a }] }\n  m: { runs-on: x, steps: [{ run: a }] }\n',
    'w.yml',
  )

  expect(workflow && orderJobs(workflow)).toEqual(['z', 'm', 'a'])
})
