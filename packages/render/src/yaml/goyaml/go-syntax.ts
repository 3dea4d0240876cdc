import { quote } from '../../go/quote.ts'
import { JsonNumber, type GoValue } from '../../go/value.ts'
import { formatFloatG } from '../number-text.ts'

/** `%#v` of what goyaml v2 decodes. */
export function goSyntax(value: GoValue): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (typeof value === 'string') return quote(value)
  if (value instanceof JsonNumber) return value.number
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (typeof value === 'number') return formatFloatG(value)
  if (!(value instanceof Map)) return value === true ? 'true' : 'false'
  const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => `${quote(key)}:${goSyntax(item)}`)
  return `map[interface {}]interface {}{${entries.join(', ')}}`
}
