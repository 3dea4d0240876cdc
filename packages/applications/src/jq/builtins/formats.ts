import { JqError } from '../error.ts'
import { checkedText } from '../machine.ts'
import { jsonText, type JqValue, preview } from '../value.ts'

/** `@NAME`: how a value looks in some other language. */
export function formatted(name: string, value: JqValue): JqValue {
  switch (name) {
    case 'text':
      return textOf(value)
    case 'json':
      return jsonText(value)
    case 'html':
      return textOf(value).replaceAll(/[<>&'"]/g, (char) => `&${entities[char] ?? ''};`)
    case 'uri':
      // By way of bytes, because half a surrogate pair would be refused.
      return encodeURIComponent(Buffer.from(textOf(value)).toString()).replaceAll(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      )
    case 'urid':
      return decoded(value)
    case 'csv':
      return row('csv', value, ',', (text) => `"${text.replaceAll('"', '""').replaceAll('\0', '\\0')}"`)
    case 'tsv':
      return row('tsv', value, '\t', (text) => text.replaceAll(/[\t\r\n\\\0]/g, (char) => tabEscapes[char] ?? ''))
    case 'sh':
      return row('sh', Array.isArray(value) ? value : [value], ' ', (text) => `'${text.replaceAll("'", `'\\''`).replaceAll('\0', '\\0')}'`)
    case 'base64':
      return Buffer.from(textOf(value)).toString('base64')
    case 'base64d':
      return fromBase64(value)
    default:
      throw new JqError(`format not defined: @${name}`)
  }
}

const entities: Record<string, string> = { '<': 'lt', '>': 'gt', '&': 'amp', "'": 'apos', '"': 'quot' }
const tabEscapes: Record<string, string> = { '\t': '\\t', '\r': '\\r', '\n': '\\n', '\\': '\\\\', '\0': '\\0' }

function textOf(value: JqValue): string {
  return typeof value === 'string' ? value : jsonText(value)
}

function row(name: string, value: JqValue, separator: string, escape: (text: string) => string): string {
  if (!Array.isArray(value)) throw new JqError(`@${name} cannot be applied to: ${preview(value)}`)
  const cells = value.map((cell) => {
    if (typeof cell === 'string') return escape(cell)
    if (cell !== null && typeof cell === 'object') throw new JqError(`@${name} cannot format an array including: ${preview(cell)}`)
    return cell === null && name !== 'sh' ? '' : jsonText(cell)
  })
  return checkedText(cells.join(separator))
}

function decoded(value: JqValue): string {
  try {
    return decodeURIComponent(textOf(value))
  } catch {
    throw new JqError(`@urid cannot be applied to: ${preview(value)}`)
  }
}

/** As far as the padding goes. Bytes that are no text become replacement characters. */
function fromBase64(value: JqValue): string {
  const [digits = ''] = textOf(value).split('=')
  const plain = digits.replaceAll(/[\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) throw new JqError(`@base64d cannot be applied to: ${preview(value)}`)
  return Buffer.from(plain, 'base64').toString('utf8')
}
