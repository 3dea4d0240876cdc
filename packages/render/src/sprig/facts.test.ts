import { describe, expect, it } from 'vitest'
import { facts, factValues, resultFor } from './testing/facts/index.ts'
import { render } from './testing/render.ts'

describe.each(['3', '4'] as const)('the functions of Helm %s', (version) => {
  describe.each(Object.entries(facts))('about %s', (_theme, list) => {
    it.each(list.map((fact) => [fact[0], resultFor(fact, version)] as const))('make of %s what helm makes of it', (template, result) => {
      const made = render(template, version, factValues)

      // Helm prints its errors without the white space at their end.
      expect(typeof made === 'string' ? made : { fails: made.fails.trim() }).toEqual(result)
    })
  })
})
