import type { JqValue } from '../value.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { objectFunctions } from './objects.ts'
import { patternFunctions } from './patterns.ts'
import { textFunctions } from './texts.ts'
import { timeFunctions } from './times.ts'

/** A function of values: its input, then its arguments. `JqError` for what it cannot take. */
export type Native = (input: JqValue, ...args: JqValue[]) => JqValue

/** By name and number of arguments, `has/1`. */
export const nativeFunctions: ReadonlyMap<string, Native> = new Map(
  [objectFunctions, listFunctions, textFunctions, patternFunctions, numberFunctions, timeFunctions].flatMap((group) =>
    Object.entries(group),
  ),
)
