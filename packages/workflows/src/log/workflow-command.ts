/** `::name key=value,key=value::text`, as steps write it to their output. */
export interface WorkflowCommand {
  name: string
  properties: Map<string, string>
  value: string
}

/** As `ActionCommand.TryParseV2` of GitHub's runner: leading white space does not count. Undefined for a line that is none. */
export function parseCommand(line: string): WorkflowCommand | undefined {
  const text = line.trimStart()
  if (!text.startsWith('::')) return undefined
  const end = text.indexOf('::', 2)
  if (end < 0) return undefined
  const head = text.slice(2, end)
  const space = head.indexOf(' ')
  const name = space < 0 ? head : head.slice(0, space)
  if (!/^[A-Za-z][A-Za-z-]*$/.test(name)) return undefined
  const properties = new Map<string, string>()
  if (space >= 0) {
    for (const pair of head.slice(space + 1).split(',')) {
      const equals = pair.indexOf('=')
      if (equals <= 0) continue
      properties.set(pair.slice(0, equals).trim().toLowerCase(), unescapeProperty(pair.slice(equals + 1)))
    }
  }
  return { name: name.toLowerCase(), properties, value: unescapeData(text.slice(end + 2)) }
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%')
}
