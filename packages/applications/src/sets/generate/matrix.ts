import { PlimsollError, type SetGenerator } from '@plimsoll/api'
import type { Generator } from './generator.ts'
import { combinedTexts, mergedParameters, type Parameters } from './parameters.ts'
import { isGo } from './values.ts'

type MatrixGenerator = NonNullable<SetGenerator['matrix']>

/** More is a mistake: each of them becomes an Application. */
const maxProduct = 20_000

/** Every pair of what two generators give. The second one is filled in from the first, pair by pair, before it is asked. */
export const matrix: Generator<MatrixGenerator> = {
  async generate({ generators }, asked) {
    const [first, second] = generators
    if (first === undefined || second === undefined || generators.length > 2) {
      throw new PlimsollError(
        'invalid-application-set',
        `${asked.where}.generators: a matrix has two generators, this one has ${generators.length}.`,
      )
    }
    const product: Parameters[] = []
    for (const outer of await asked.below(first, `${asked.where}.generators[0]`)) {
      for (const inner of await asked.below(second, `${asked.where}.generators[1]`, outer)) {
        product.push(isGo(asked) ? mergedParameters(inner, outer) : combinedTexts(outer, inner))
      }
      if (product.length > maxProduct) {
        throw new PlimsollError('generator-failed', `${asked.where}: the matrix gives more than ${maxProduct} combinations.`, {
          remedy: 'Narrow one of its generators, or split the ApplicationSet.',
        })
      }
    }
    return product
  },
}
