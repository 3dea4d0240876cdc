import { RenderError } from './engine/tree.ts'
import { isMapping, own } from './directory/manifest-check.ts'

/** Fields of `spec.source`, which is taken as it comes: what is of another type than Argo CD's is an error that names the field. */
export class LooseFields {
  readonly #object: Readonly<Record<string, unknown>>
  readonly #where: string

  constructor(object: unknown, where: string) {
    if (object !== undefined && object !== null && !isMapping(object)) throw wrong(where, 'a mapping')
    this.#object = object ?? {}
    this.#where = where
  }

  has(field: string): boolean {
    const value = own(this.#object, field)
    return value !== undefined && value !== null
  }

  raw(field: string): unknown {
    return own(this.#object, field)
  }

  text(field: string): string {
    const value = own(this.#object, field) ?? ''
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (typeof value !== 'string') throw wrong(`${this.#where}.${field}`, 'text')
    return value
  }

  flag(field: string): boolean {
    const value = own(this.#object, field) ?? false
    if (typeof value !== 'boolean') throw wrong(`${this.#where}.${field}`, 'true or false')
    return value
  }

  texts(field: string): readonly string[] {
    return this.#list(field).map((item, index) => {
      if (typeof item === 'number' || typeof item === 'boolean') return String(item)
      if (typeof item !== 'string') throw wrong(`${this.#where}.${field}[${index}]`, 'text')
      return item
    })
  }

  items(field: string): readonly LooseFields[] {
    return this.#list(field).map((item, index) => new LooseFields(item, `${this.#where}.${field}[${index}]`))
  }

  child(field: string): LooseFields {
    return new LooseFields(own(this.#object, field), `${this.#where}.${field}`)
  }

  /** A mapping of texts. */
  pairs(field: string): ReadonlyMap<string, string> {
    const value = own(this.#object, field) ?? {}
    if (!isMapping(value)) throw wrong(`${this.#where}.${field}`, 'a mapping')
    const fields = new LooseFields(value, `${this.#where}.${field}`)
    return new Map(Object.keys(value).map((key) => [key, fields.text(key)]))
  }

  #list(field: string): readonly unknown[] {
    const value = own(this.#object, field) ?? []
    if (!Array.isArray(value)) throw wrong(`${this.#where}.${field}`, 'a list')
    return value
  }
}

function wrong(where: string, expected: string): RenderError {
  return new RenderError(`${where} is not ${expected}.`, { remedy: `Correct ${where} of the Application.` })
}
