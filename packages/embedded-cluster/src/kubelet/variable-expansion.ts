/**
 * Replaces `$(NAME)` by a variable's value, as Kubernetes does in `command`, `args` and `env` (third_party/forked/golang/expansion):
 * `$$` stands for one `$`, a name that is not known stays as it is written, and what was put in is not looked at again.
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined): string {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character !== '$' || at + 1 === text.length) {
      result += character
      continue
    }
    const next = text.charAt(at + 1)
    if (next === '$') {
      result += '$'
      at++
      continue
    }
    const end = next === '(' ? text.indexOf(')', at + 2) : -1
    if (end < 0) {
      // An operator without its end stands for itself.
      result += character
      continue
    }
    const name = text.slice(at + 2, end)
    result += valueOf(name) ?? `$(${name})`
    at = end
  }
  return result
}
