import type { KubeObject } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'

/** One term of a field selector. `==` is written `=`. */
export interface FieldTerm {
  field: string
  operator: '=' | '!='
  value: string
}

/** `metadata.name=a,status.phase!=Running`; `\,`, `\=` and `\\` are escapes (apimachinery pkg/fields). */
export function parseFieldSelector(text: string): FieldTerm[] {
  const terms: FieldTerm[] = []
  for (const part of splitTerms(text)) {
    if (part === '') continue
    const match = /^((?:[^=!\\]|\\.)*?)(==|!=|=)(.*)$/s.exec(part)
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, name = '', operator, value = ''] = match
    if (/(^|[^\\])[=]/.test(value)) throw badRequest(`invalid field selector: '${text}'; unescaped '=' in value '${value}'`)
    terms.push({ field: name, operator: operator === '!=' ? '!=' : '=', value: value.replace(/\\([\\,=])/g, '$1') })
  }
  return terms
}

function splitTerms(text: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === '\\') part += character + (text[++index] ?? '')
    else if (character === ',') {
      parts.push(part)
      part = ''
    } else part += character
  }
  parts.push(part)
  return parts
}

export interface FieldSelector {
  matches(object: KubeObject): boolean
  /** The one name that can match, when the selector says so: then there is nothing to scan. */
  name: string | undefined
}

/** Throws 400 for a field that the kind does not select by, in the words of a real server. */
export function fieldSelectorFor(definition: KindDefinition, text: string): FieldSelector {
  const tests: ((object: KubeObject) => boolean)[] = []
  let name: string | undefined
  for (const term of parseFieldSelector(text)) {
    const read = readerOf(definition, term.field)
    if (read === undefined) throw badRequest(`field label not supported: ${term.field}`)
    if (term.field === 'metadata.name' && term.operator === '=') name = term.value
    tests.push((object) => (read(object) === term.value) === (term.operator === '='))
  }
  return { matches: (object) => tests.every((test) => test(object)), name }
}

function readerOf(definition: KindDefinition, path: string): ((object: KubeObject) => string) | undefined {
  if (path === 'metadata.name') return (object) => object.metadata.name
  if (path === 'metadata.namespace') return definition.type.namespaced ? (object) => object.metadata.namespace ?? '' : undefined
  const selectable = definition.selectableFields?.find((candidate) => candidate.path === path)
  return selectable && ((object) => selectable.valueOf(object))
}
