import { PlimsollError } from '@plimsoll/api'
import { RE2JS } from 're2js'

/** A pattern of Go's, which matches anywhere in a text, in linear time. Undefined: none is given. */
export function textPattern(pattern: string | null | undefined, where: string): ((text: string) => boolean) | undefined {
  if (pattern === null || pattern === undefined) return undefined
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PlimsollError('invalid-application-set', `${where}: '${pattern.slice(0, 120)}' is no pattern: ${why}.`)
  }
  return (text) => compiled.test(text)
}
