/** Methods of encoding/json's `Number`, which values of Helm 3.18.0 have. */
import { parseFloat, parseInt } from './number.ts'
import { quote } from './quote.ts'
import { type GoFunction, goInt, type JsonNumber } from './value.ts'

export function jsonNumberMethod({ number }: JsonNumber, name: string): GoFunction | undefined {
  switch (name) {
    case 'String':
      return { parameters: [], call: () => number }
    case 'Float64':
      return { parameters: [], call: () => read('ParseFloat', number, parseFloat(number)) }
    case 'Int64':
      return { parameters: [], call: () => goInt(read('ParseInt', number, parseInt(number)), 'int64') }
    default:
      return undefined
  }
}

function read<Result>(what: string, text: string, parsed: { value: Result; error?: string | undefined }): Result {
  if (parsed.error !== undefined) throw new Error(`strconv.${what}: parsing ${quote(text)}: ${parsed.error}`)
  return parsed.value
}
