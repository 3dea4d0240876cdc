/** The parts of a message that says what happened, where, and what to do. */
export interface Explained {
  what: string
  file?: string
  line?: number
  column?: number
  remedy?: string
}

const position =
  /([\w@.+/-]*[\w@+-]\.(?:ya?ml|json|jsonnet|libsonnet|tpl|toml))(?:(?::(\d+)(?::(\d+))?)|(?:,? line (\d+)(?:,? col(?:umn)? (\d+))?))?/i
const remedyMark = /(?:^|[\s.])(?:Do this|Remedy|Next|To do)\s*:\s*/i
/** The server puts what to do after what happened, as a sentence that tells one to. */
const advice =
  /(?<=[.!?)"'])\s+(?=(?:Correct|Set|Use|Check|Keep|Make|Fix|Remove|Quote|Rename|Wait|Choose|Sign|Push|Add|Exclude|Try|Delete|Send|Split|Move|Give|Write|Put|Ask|Resume|Change|Sync|Turn|Create|Install|See|Look|Label|List|Name|Narrow)\b)/

/** Reads a condition's message. Whatever is not recognised stays in `what`, word for word. */
export function explain(message: string): Explained {
  const text = message.trim()
  const mark = remedyMark.exec(text) ?? advice.exec(text)
  const what = (mark ? text.slice(0, mark.index + (/^[.]/.test(mark[0]) ? 1 : 0)) : text).trim()
  const remedy = mark ? text.slice(mark.index + mark[0].length).trim() : undefined
  const found = position.exec(what)
  const line = found?.[2] ?? found?.[4]
  const column = found?.[3] ?? found?.[5]
  return {
    what,
    ...(found?.[1] !== undefined && { file: found[1] }),
    ...(line !== undefined && { line: Number(line) }),
    ...(column !== undefined && { column: Number(column) }),
    ...(remedy && { remedy }),
  }
}

export { isErrorCondition as isError } from '@plimsoll/api'

export function isWarning(type: string): boolean {
  return type.endsWith('Warning')
}

/** Long messages of others: the first line, and no more than a row can hold. */
export function firstLine(message: string, longest = 220): string {
  const line = message.trim().split('\n', 1)[0] ?? ''
  return line.length > longest ? `${line.slice(0, longest - 1).trimEnd()}…` : line
}
