import { countRunes } from '../../../go/utf8.ts'
import type { GoMap, GoValue } from '../../../go/value.ts'
import { formatFloatG } from '../../../yaml/number-text.ts'
import { CheckBudget } from '../check-budget.ts'
import { isObject, kindOf, sortedKeys } from '../json-kind.ts'
import { compareDecimals, decimalOf, isMultiple, isWhole, toNumber, type Decimal } from '../json-number.ts'
import { describeFaults } from '../modern/fault.ts'
import { checkSchemaShape } from '../modern/shape.ts'
import { isFormat } from './formats.ts'
import { plainJson } from './plain-json.ts'
import type { ClassicSchema } from './schema.ts'

/** What was found, and how well the value fits: of several schemas that do not fit, the closest one's faults are told. */
class Result {
  readonly faults: { field: string; message: string }[] = []
  score = 0

  get isValid(): boolean {
    return this.faults.length === 0
  }

  add(path: readonly string[], message: string): void {
    this.faults.push({ field: fieldOf(path), message })
    this.score -= 2
  }

  merge(other: Result): void {
    for (const found of other.faults) this.faults.push(found)
    this.score += other.score
  }
}

function fieldOf(path: readonly string[]): string {
  return path.length === 0 ? '(root)' : path.join('.')
}

/** Checks values as gojsonschema 1.2 does; the lines that Helm 3.18 prints, or undefined. Objects are walked by sorted keys. */
export function checkClassic(schema: ClassicSchema, values: GoValue): string | undefined {
  const result = new Result()
  new Check().run(schema, values, [], result)
  return result.isValid ? undefined : result.faults.map(({ field, message }) => `- ${field}: ${message}\n`).join('')
}

class Check {
  private readonly budget = new CheckBudget()

  run(schema: ClassicSchema, value: GoValue, path: readonly string[], result: Result): void {
    this.budget.enter()
    this.check(schema, value, path, result)
    this.budget.leave()
  }

  private sub(schema: ClassicSchema, value: GoValue, path: readonly string[]): Result {
    const result = new Result()
    this.run(schema, value, path, result)
    return result
  }

  private check(schema: ClassicSchema, value: GoValue, path: readonly string[], result: Result): void {
    if (schema.pass !== undefined) {
      if (!schema.pass) result.add(path, 'False always fails validation')
      return
    }
    if (schema.metaschema !== undefined) {
      const faults = checkSchemaShape(value, schema.metaschema, path)
      if (faults.length > 0) result.add(path, describeFaults(faults))
      return
    }
    if (schema.ref !== undefined) return this.run(schema.ref, value, path, result)

    const kind = kindOf(value) ?? 'null'
    const number = kind === 'number' ? decimalOf(value) : undefined
    const given = number !== undefined && isWhole(number) ? 'integer' : kind
    if (schema.types.length > 0 && !schema.types.includes(kind) && !schema.types.includes(given)) {
      const expected = schema.types.length === 1 ? schema.types[0] : `[${schema.types.join(',')}]`
      result.add(path, `Invalid type. Expected: ${expected}, given: ${given}`)
      return
    }
    this.checkLogic(schema, value, path, result)
    if (Array.isArray(value)) this.checkArray(schema, value, path, result)
    else if (isObject(value)) this.checkObject(schema, value, path, result)
    else if (number !== undefined) this.checkNumber(schema, number, path, result)
    this.checkCommon(schema, value, path, result)
    if (typeof value === 'string') this.checkText(schema, value, path, result)
    if (isObject(value)) {
      for (const { key, schema: property } of schema.properties)
        if (value.has(key)) this.run(property, value.get(key), [...path, key], result)
    }
    result.score += 1
  }

  private checkLogic(schema: ClassicSchema, value: GoValue, path: readonly string[], result: Result): void {
    if (schema.anyOf.length > 0) this.checkAny(schema.anyOf, value, path, result)
    if (schema.oneOf.length > 0) this.checkOne(schema.oneOf, value, path, result)
    if (schema.allOf.length > 0) {
      const found = schema.allOf.map((part) => this.sub(part, value, path))
      for (const part of found) result.merge(part)
      if (found.some((part) => !part.isValid)) result.add(path, 'Must validate all the schemas (allOf)')
    }
    if (schema.not !== undefined && this.sub(schema.not, value, path).isValid) result.add(path, 'Must not validate the schema (not)')
    if (isObject(value)) this.checkDependencies(schema, value, path, result)
    if (schema.condition !== undefined) this.checkCondition(schema.condition, value, path, result)
    result.score += 1
  }

  private checkAny(schemas: readonly ClassicSchema[], value: GoValue, path: readonly string[], result: Result): void {
    let best: Result | undefined
    for (const schema of schemas) {
      const found = this.sub(schema, value, path)
      if (found.isValid) return
      if (best === undefined || found.score > best.score) best = found
    }
    result.add(path, 'Must validate at least one schema (anyOf)')
    if (best !== undefined) result.merge(best)
  }

  private checkOne(schemas: readonly ClassicSchema[], value: GoValue, path: readonly string[], result: Result): void {
    let best: Result | undefined
    let valid = 0
    for (const schema of schemas) {
      const found = this.sub(schema, value, path)
      if (found.isValid) valid += 1
      else if (valid === 0 && (best === undefined || found.score > best.score)) best = found
    }
    if (valid === 1) return
    result.add(path, 'Must validate one and only one schema (oneOf)')
    if (valid === 0 && best !== undefined) result.merge(best)
  }

  private checkDependencies(schema: ClassicSchema, value: GoMap, path: readonly string[], result: Result): void {
    const { dependencies } = schema
    if (dependencies === undefined) return
    for (const key of sortedKeys(value)) {
      const needed = dependencies.get(key)
      if (needed === undefined) continue
      if (!Array.isArray(needed)) this.run(needed, value, path, result)
      else for (const name of needed) if (!value.has(name)) result.add(path, `Has a dependency on ${name}`)
    }
  }

  private checkCondition(
    condition: NonNullable<ClassicSchema['condition']>,
    value: GoValue,
    path: readonly string[],
    result: Result,
  ): void {
    const isMet = this.sub(condition.if, value, path).isValid
    const part = isMet ? condition.whenMet : condition.otherwise
    if (part === undefined) return
    const found = this.sub(part, value, path)
    if (found.isValid) return
    result.add(path, isMet ? 'Must validate "then" as "if" was valid' : 'Must validate "else" as "if" was not valid')
    result.merge(found)
  }

  private checkCommon(schema: ClassicSchema, value: GoValue, path: readonly string[], result: Result): void {
    if (schema.const !== undefined && plainJson(value) !== schema.const)
      result.add(path, `${fieldOf(path)} does not match: ${schema.const}`)
    if (schema.enum.length > 0 && !schema.enum.includes(plainJson(value))) {
      result.add(path, `${fieldOf(path)} must be one of the following: ${schema.enum.join(', ')}`)
    }
    result.score += 1
  }

  private checkArray(schema: ClassicSchema, value: readonly GoValue[], path: readonly string[], result: Result): void {
    this.checkItems(schema, value, path, result)
    if (schema.minItems !== undefined && value.length < schema.minItems)
      result.add(path, `Array must have at least ${schema.minItems} items`)
    if (schema.maxItems !== undefined && value.length > schema.maxItems)
      result.add(path, `Array must have at most ${schema.maxItems} items`)
    if (schema.uniqueItems) {
      const seen = new Map<string, number>()
      for (const [index, item] of value.entries()) {
        const text = plainJson(item)
        const other = seen.get(text)
        if (other !== undefined) result.add(path, `array items[${other},${index}] must be unique`)
        seen.set(text, index)
      }
    }
    if (schema.contains !== undefined) this.checkContains(schema.contains, value, path, result)
    result.score += 1
  }

  private checkItems(schema: ClassicSchema, value: readonly GoValue[], path: readonly string[], result: Result): void {
    const [single] = schema.items
    if (schema.isSingleItem && single !== undefined) {
      for (const [index, item] of value.entries()) result.merge(this.sub(single, item, [...path, String(index)]))
      return
    }
    if (single === undefined) return
    for (const [index, part] of schema.items.entries()) {
      if (index < value.length) result.merge(this.sub(part, value[index], [...path, String(index)]))
    }
    if (schema.items.length >= value.length) return
    if (schema.additionalItems === false) result.add(path, 'No additional items allowed on array')
    else if (typeof schema.additionalItems === 'object') {
      for (let index = schema.items.length; index < value.length; index += 1) {
        result.merge(this.sub(schema.additionalItems, value[index], [...path, String(index)]))
      }
    }
  }

  private checkContains(schema: ClassicSchema, value: readonly GoValue[], path: readonly string[], result: Result): void {
    let best: Result | undefined
    for (const [index, item] of value.entries()) {
      const found = this.sub(schema, item, [...path, String(index)])
      if (found.isValid) return
      if (best === undefined || found.score > best.score) best = found
    }
    result.add(path, 'At least one of the items must match')
    if (best !== undefined) result.merge(best)
  }

  private checkObject(schema: ClassicSchema, value: GoMap, path: readonly string[], result: Result): void {
    if (schema.minProperties !== undefined && value.size < schema.minProperties) {
      result.add(path, `Must have at least ${schema.minProperties} properties`)
    }
    if (schema.maxProperties !== undefined && value.size > schema.maxProperties) {
      result.add(path, `Must have at most ${schema.maxProperties} properties`)
    }
    for (const key of schema.required) {
      if (value.has(key)) result.score += 1
      else result.add(path, `${key} is required`)
    }
    this.checkOtherProperties(schema, value, path, result)
    if (schema.propertyNames !== undefined) {
      for (const key of sortedKeys(value)) {
        const found = this.sub(schema.propertyNames, key, path)
        if (found.isValid) continue
        result.add(path, `Property name of "${key}" does not match`)
        result.merge(found)
      }
    }
    result.score += 1
  }

  private checkOtherProperties(schema: ClassicSchema, value: GoMap, path: readonly string[], result: Result): void {
    const { additionalProperties } = schema
    if (schema.patternProperties.length === 0 && (additionalProperties === undefined || additionalProperties === true)) return
    const known = new Set(schema.properties.map(({ key }) => key))
    for (const key of sortedKeys(value)) {
      const isMatched = this.checkPatterns(schema, key, value.get(key), path, result)
      if (known.has(key) || isMatched) continue
      if (additionalProperties === false) result.add(path, `Additional property ${key} is not allowed`)
      else if (typeof additionalProperties === 'object') {
        result.merge(this.sub(additionalProperties, value.get(key), [...path, key]))
      }
    }
  }

  private checkPatterns(schema: ClassicSchema, key: string, value: GoValue, path: readonly string[], result: Result): boolean {
    let isMatched = false
    for (const { pattern, schema: part } of schema.patternProperties) {
      if (!pattern.test(key)) continue
      isMatched = true
      result.merge(this.sub(part, value, [...path, key]))
    }
    if (isMatched) result.score += 1
    return isMatched
  }

  private checkText(schema: ClassicSchema, value: string, path: readonly string[], result: Result): void {
    if (schema.minLength !== undefined || schema.maxLength !== undefined) {
      const length = countRunes(value)
      if (schema.minLength !== undefined && length < schema.minLength) {
        result.add(path, `String length must be greater than or equal to ${schema.minLength}`)
      }
      if (schema.maxLength !== undefined && length > schema.maxLength) {
        result.add(path, `String length must be less than or equal to ${schema.maxLength}`)
      }
    }
    if (schema.pattern !== undefined && !schema.pattern.compiled.test(value)) {
      result.add(path, `Does not match pattern '${schema.pattern.source}'`)
    }
    if (schema.format !== '' && !isFormat(schema.format, value)) result.add(path, `Does not match format '${schema.format}'`)
    result.score += 1
  }

  private checkNumber(schema: ClassicSchema, value: Decimal, path: readonly string[], result: Result): void {
    const limit = (wanted: Decimal | undefined, isBroken: (order: number) => boolean, message: string): void => {
      if (wanted !== undefined && isBroken(compareDecimals(value, wanted))) result.add(path, `${message} ${formatFloatG(toNumber(wanted))}`)
    }
    if (schema.multipleOf !== undefined && !isMultiple(value, schema.multipleOf)) {
      result.add(path, `Must be a multiple of ${formatFloatG(toNumber(schema.multipleOf))}`)
    }
    limit(schema.maximum, (order) => order > 0, 'Must be less than or equal to')
    limit(schema.exclusiveMaximum, (order) => order >= 0, 'Must be less than')
    limit(schema.minimum, (order) => order < 0, 'Must be greater than or equal to')
    limit(schema.exclusiveMinimum, (order) => order <= 0, 'Must be greater than')
    if (schema.format !== '' && !isFormat(schema.format, undefined)) result.add(path, `Does not match format '${schema.format}'`)
    result.score += 1
  }
}
