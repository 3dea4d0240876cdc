import { RenderError } from '../engine/tree.ts'
import { fromBytes } from '../go/value.ts'

/** Marks that Helm puts around the words of `required` and `fail`, to find them again in the chain that the engine makes. */
export function markWarning(message: string): string {
  return `HELM_ERR_START${message}HELM_ERR_END`
}

/** `cleanupParseError`. */
export function parseFailure(name: string, message: string): string {
  const tokens = message.split(': ')
  if (tokens.length === 1) return `parse error in (${name}): ${message}`
  return `parse error at (${tokens[1]}): ${tokens.at(-1)}`
}

/** `cleanupExecError` of Helm 3, `reformatExecErrorMsg` of Helm 4. */
export function executionFailure(name: string, message: string, version: '3' | '4'): string {
  if (!message.startsWith('template: ')) return message
  const first = message.indexOf(': ')
  const second = message.indexOf(': ', first + 2)
  if (second < 0) return `execution error in (${name}): ${message}`
  const rest = message.slice(second + 2)
  const start = rest.indexOf('HELM_ERR_START')
  const end = rest.lastIndexOf('HELM_ERR_END')
  if (start >= 0 && end > start) {
    return `execution error at (${message.slice(first + 2, second)}): ${rest.slice(start + 'HELM_ERR_START'.length, end)}`
  }
  return version === '3' ? message : (explainChain(message) ?? message)
}

/**
 * Helm 4 writes each error of a chain on lines of its own, where all of them are the engine's; the last one's cause is none, so then everything stays
 * as it is.
 */
function explainChain(message: string): string | undefined {
  const parts: string[] = []
  for (let rest: string | undefined = message; rest !== undefined;) {
    const read = readEngineError(rest)
    if (read === undefined) return undefined
    if (parts.at(-1) !== read.text) parts.push(read.text)
    rest = read.cause
  }
  return parts.join('').trim()
}

function readEngineError(message: string): { text: string; cause: string | undefined } | undefined {
  if (!message.startsWith('template: ')) return undefined
  const remainder = message.slice('template: '.length)
  if (remainder.startsWith('no template ')) return { text: `${message}\n`, cause: undefined }
  const executing = remainder.indexOf(': executing ')
  if (executing < 0) {
    const colon = remainder.lastIndexOf(': ')
    return colon < 0 ? undefined : { text: `${remainder.slice(0, colon)}\n  ${untilNext(remainder.slice(colon + 2))}\n`, cause: undefined }
  }
  const after = remainder.slice(executing + ': executing '.length)
  const quoteEnd = after.indexOf('"', 1)
  if (!after.startsWith('"') || quoteEnd < 0) return undefined
  const at = after.slice(quoteEnd + 1)
  const end = at.indexOf('>: ')
  if (!at.startsWith(' at <') || end < 0) return undefined
  const words = at.slice(end + '>: '.length)
  const location = at.slice(' at <'.length, end)
  const text = `${remainder.slice(0, executing)}\n  executing "${after.slice(1, quoteEnd)}" at <${location}>:\n    ${untilNext(words)}\n`
  // `error calling NAME: ` is followed by what the function said: that is the next of the chain.
  const cause = /^error calling [^:\s]+: /.exec(words)
  return { text, cause: cause === null ? undefined : words.slice(cause[0].length) }
}

function untilNext(words: string): string {
  const cut = words.indexOf(' template:')
  return cut < 0 ? words : words.slice(0, cut)
}

/** The error of an application, with the place in its repository where the chart's own files are there. */
export function renderError(message: string, chartName: string, chartPath: string): RenderError {
  const place = /(?:^template: |^|\()([^\s:()]+\/[^\s:()]+):(\d+)(?::(\d+))?/.exec(message)
  const text = fromBytes(message)
  const name = place?.[1]
  if (place === null || name === undefined || !name.startsWith(`${chartName}/`)) return new RenderError(text)
  const file = [chartPath, fromBytes(name.slice(chartName.length + 1))].filter((part) => part !== '').join('/')
  return new RenderError(text, { at: { file, line: Number(place[2]), ...(place[3] === undefined ? {} : { column: Number(place[3]) }) } })
}
