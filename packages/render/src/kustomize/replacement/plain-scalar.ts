import { RenderError } from '../../engine/tree.ts'
import { fieldOf, type JsonValue } from '../json.ts'
import { readResourceDocument } from '../yaml-text.ts'

/** goyaml's short names of types. */
export type Tag = '!!str' | '!!int' | '!!float' | '!!bool' | '!!null' | '!!timestamp'

/** What may be something else than a text when it is written plainly (goyaml v3, `resolve.go`). */
const notText =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[.0-9][-+.0-9a-fA-FoxXb_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9:.]+[ \t]*(?:Z|[-+][0-9:]+)?)?)$/
const timestamp = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/

/** What kustomize makes of a text that it puts into a field without quotes: `8080` is a number then. */
export function readPlain(text: string): { tag: Tag; value: JsonValue } {
  const value = notText.test(text) ? (fieldOf(readResourceDocument(`v: ${text}\n`, 'keep'), 'v') ?? null) : text
  return { tag: tagOf(value, text), value }
}

function tagOf(value: JsonValue, text: string): Tag {
  if (value === null) return '!!null'
  if (typeof value === 'boolean') return '!!bool'
  if (typeof value === 'number' || typeof value === 'bigint') return isFloat(value, text) ? '!!float' : '!!int'
  return value !== text && timestamp.test(text) ? '!!timestamp' : '!!str'
}

function isFloat(value: number | bigint, text: string): boolean {
  if (typeof value === 'bigint') return false
  return !Number.isInteger(value) || (/[.eE]/.test(text) && !/^[-+]?0[xX]/.test(text))
}

/**
 * The text as a value of the type that the field has had: kustomize changes the text of a YAML node and leaves its type. `currentText` is that of the
 * field: for a date another one than its value. Throws when it is none of that type.
 */
export function retype(current: JsonValue, currentText: string, text: string): JsonValue {
  const isTime = typeof current === 'string' && current !== currentText && timestamp.test(currentText)
  if (typeof current === 'string' && !isTime) return text
  const wanted: Tag = isTime
    ? '!!timestamp'
    : current === null
      ? '!!null'
      : typeof current === 'boolean'
        ? '!!bool'
        : typeof current === 'number' && !Number.isInteger(current)
          ? '!!float'
          : '!!int'
  const { tag, value } = readPlain(text)
  if (tag === wanted || (tag === '!!int' && wanted === '!!float')) return value
  throw new RenderError(`map[string]interface {}(nil): yaml: cannot decode ${tag} \`${text}\` as a ${wanted}`, {
    remedy: 'A replacement does not change the type of a field: give the field a value of the same type first.',
  })
}
