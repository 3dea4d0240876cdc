import { describe, expect, it } from 'vitest'
import { chartCases } from './testing/chart-cases.ts'
import { dependencyCases } from './testing/dependency-cases.ts'
import { expectedOf, resultOf } from './testing/helm-case.ts'
import { outputCases } from './testing/output-cases.ts'
import { templateCases } from './testing/template-cases.ts'
import { valueCases } from './testing/value-cases.ts'

describe.each([
  ['values', valueCases],
  ['dependencies', dependencyCases],
  ['output', outputCases],
  ['templates', templateCases],
  ['charts', chartCases],
])('%s', (_, cases) => {
  describe.each(['3', '4'] as const)('of Helm %s', (version) => {
    it.each(cases.map((each) => [each.promise, each] as const))('%s', (_promise, each) => {
      expect(resultOf(each, version)).toBe(expectedOf(each, version))
    })
  })
})
