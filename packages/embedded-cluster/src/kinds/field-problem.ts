import type { FieldProblem } from '../api-server/kind-registry.ts'

/**
 * Collects what is wrong with an object, in the words of apimachinery `util/validation/field` (1.34):
 * clients and people match on these texts.
 */
export class Problems {
  readonly list: FieldProblem[] = []

  required(field: string, detail = ''): void {
    this.add(field, 'FieldValueRequired', 'Required value', detail)
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.add(field, 'FieldValueInvalid', `Invalid value: ${printValue(value)}`, detail)
  }

  typeInvalid(field: string, value: unknown, detail: string): void {
    this.add(field, 'FieldValueTypeInvalid', `Invalid value: ${printValue(value)}`, detail)
  }

  duplicate(field: string, value: unknown): void {
    this.add(field, 'FieldValueDuplicate', `Duplicate value: ${printValue(value)}`, '')
  }

  notFound(field: string, value: unknown): void {
    this.add(field, 'FieldValueNotFound', `Not found: ${printValue(value)}`, '')
  }

  forbidden(field: string, detail: string): void {
    this.add(field, 'FieldValueForbidden', 'Forbidden', detail)
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const allowed = supported.length === 0 ? '' : `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`
    this.add(field, 'FieldValueNotSupported', `Unsupported value: ${printValue(value)}`, allowed)
  }

  tooLong(field: string, limit: number, unit = 'bytes'): void {
    this.add(field, 'FieldValueTooLong', 'Too long', `may not be more than ${limit} ${unit}`)
  }

  tooMany(field: string, actual: number, limit: number): void {
    this.add(field, 'FieldValueTooMany', `Too many: ${actual}`, `must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`)
  }

  /** One problem per message of a grammar check. */
  invalidEach(field: string, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(field, value, message)
  }

  nonNegative(field: string, value: unknown): void {
    if (typeof value === 'number' && value < 0) this.invalid(field, value, 'must be greater than or equal to 0')
  }

  positive(field: string, value: unknown): void {
    if (typeof value === 'number' && value <= 0) this.invalid(field, value, 'must be greater than zero')
  }

  private add(field: string, reason: FieldProblem['reason'], what: string, detail: string): void {
    // An object that is wrong in a hundred thousand places is told the first thousand.
    if (this.list.length >= 1000) return
    this.list.push({ field, reason, message: detail === '' ? what : `${what}: ${detail}` })
  }
}

/** As Go prints a bad value: strings quoted, the rest as JSON. Long values are cut, so that an answer stays readable. */
function printValue(value: unknown): string {
  const text = value === undefined ? 'null' : JSON.stringify(value)
  return text.length <= 4096 ? text : `${text.slice(0, 4096)}…`
}
