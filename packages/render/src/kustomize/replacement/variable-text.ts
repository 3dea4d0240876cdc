/** What a variable stands for; undefined when it stands for nothing. */
export type VariableOf = (name: string) => string | number | bigint | boolean | undefined

/**
 * Puts variables into a text (kustomize `api/filters/refvar/expand.go`): `$(NAME)`; `$$` is a dollar; what is not known stays. A text that is
 * nothing but one variable becomes its value, with its type.
 */
export function expandVariables(text: string, valueOf: VariableOf): string | number | bigint | boolean {
  let result = ''
  let done = 0
  const lastEnd = text.lastIndexOf(')')
  for (let at = text.indexOf('$'); at !== -1 && at + 1 < text.length; at = text.indexOf('$', done)) {
    result += text.slice(done, at)
    const next = text[at + 1]
    const end = next === '(' && at < lastEnd ? text.indexOf(')', at + 2) : -1
    if (end !== -1) {
      const name = text.slice(at + 2, end)
      const value = valueOf(name)
      if (value !== undefined && at === 0 && end === text.length - 1) return value
      result += value === undefined ? `$(${name})` : printed(value)
      done = end + 1
    } else {
      result += next === '$' ? '$' : text.slice(at, at + 2)
      done = at + 2
    }
  }
  return result + text.slice(done)
}

/** Go's `%v`, which writes floats with an exponent from 1e21 on, as JavaScript does, but with two digits below zero. */
function printed(value: string | number | bigint | boolean): string {
  return typeof value === 'number' ? String(value).replace(/e([-+])(\d)$/, 'e$10$2') : String(value)
}
