import { YamlError } from '../../yaml/contract.ts'

/** Schemas applied to values in one check: `allOf` of `allOf` of … or a list compared with itself could otherwise take for ever. */
const maxSteps = 1_000_000
/** A schema that refers to itself goes as deep as its value; this is far below what the stack holds. */
const maxDepth = 500

/** What is left of the work that one check may be. */
export class CheckBudget {
  private steps = 0
  private depth = 0

  enter(): void {
    this.spend(1)
    this.depth += 1
    if (this.depth > maxDepth) throw new YamlError(`values.schema.json is nested deeper than ${maxDepth} levels`)
  }

  leave(): void {
    this.depth -= 1
  }

  spend(steps: number): void {
    this.steps += steps
    if (this.steps > maxSteps) throw new YamlError(`values.schema.json takes more than ${maxSteps} steps to check`)
  }
}
