import { PlimsollError, type SetGenerator } from '@plimsoll/api'
import type { Generator } from './generator.ts'
import { keyOf, mergedParameters, type Parameters } from './parameters.ts'
import { isGo } from './values.ts'

type MergeGenerator = NonNullable<SetGenerator['merge']>

/** What the first generator gives, with what later ones say about the same keys put over it. What only a later one knows is left out. */
export const merge: Generator<MergeGenerator> = {
  async generate({ generators, mergeKeys }, asked) {
    const names = [...new Set(mergeKeys ?? [])].toSorted()
    if (generators.length < 2) {
      throw new PlimsollError(
        'invalid-application-set',
        `${asked.where}.generators: a merge has two generators or more, this one has ${generators.length}.`,
      )
    }
    if (names.length === 0) throw new PlimsollError('invalid-application-set', `${asked.where}.mergeKeys: a merge needs one key at least.`)
    const given: Map<string, Parameters>[] = []
    for (const [index, generator] of generators.entries()) {
      const where = `${asked.where}.generators[${index}]`
      given.push(byKey(await asked.below(generator, where), names, where))
    }
    const [base = new Map<string, Parameters>(), ...overrides] = given
    for (const override of overrides) {
      for (const [key, under] of base) {
        const over = override.get(key)
        if (over !== undefined) base.set(key, isGo(asked) ? mergedParameters(under, over) : { ...under, ...over })
      }
    }
    return [...base.values()]
  },
}

function byKey(parameters: readonly Parameters[], names: readonly string[], where: string): Map<string, Parameters> {
  const found = new Map<string, Parameters>()
  for (const one of parameters) {
    const key = keyOf(one, names)
    if (found.has(key)) {
      throw new PlimsollError('generator-failed', `${where} gives two sets of parameters with the same merge keys: ${key.slice(0, 300)}.`, {
        remedy: 'Choose mergeKeys that tell all of them apart.',
      })
    }
    found.set(key, one)
  }
  return found
}
