import { basename } from 'node:path'
import { StepFailure } from './action-call.ts'

/** What a file says about the version of a language, as setup-node and setup-python read it: a version or a range, undefined where it says nothing. */
export function versionIn(path: string, text: string, language: 'node' | 'python'): string | undefined {
  switch (basename(path)) {
    case 'package.json':
      return ofPackage(path, text)
    case '.tool-versions':
      return (language === 'node' ? /^(?:nodejs|node)[ \t]+(\S+)/m : /^python[ \t]+(\S+)/m).exec(text)?.[1]
    case 'pyproject.toml':
      return ofPython(valueIn(text, 'project', 'requires-python') ?? valueIn(text, 'tool.poetry.dependencies', 'python'))
    case 'Pipfile':
      return valueIn(text, 'requires', 'python_full_version') ?? valueIn(text, 'requires', 'python_version')
    default:
      return text.split('\n').map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'))?.replace(/^v(?=\d)/, '') // prettier-ignore
  }
}

function ofPackage(path: string, text: string): string | undefined {
  let parsed: { volta?: { node?: unknown }; engines?: { node?: unknown } } | null
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch (error) {
    throw new StepFailure(`'${path}' is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const found = parsed?.volta?.node ?? parsed?.engines?.node
  return typeof found === 'string' ? found : undefined
}

/** One text of a table of TOML, where it stands on a line of its own. */
function valueIn(toml: string, table: string, key: string): string | undefined {
  let isIn = false
  for (const line of toml.split('\n')) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]/.exec(line)
    if (header) isIn = header[1] === table
    const [, name, value] = /^\s*([\w-]+)\s*=\s*["']([^"']*)["']/.exec(line) ?? []
    if (isIn && name === key) return value
  }
  return undefined
}

/** PEP 440 in the words of version ranges: `>=3.10,<3.12`, `~=3.11.2`, `==3.11.*`. */
function ofPython(specifiers: string | undefined): string | undefined {
  return specifiers
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => !one.startsWith('!='))
    .map((one) =>
      one
        .replace(/^~=\s*(\d+\.\d+)$/, '^$1')
        .replace(/^~=\s*/, '~')
        .replace(/^={2,3}\s*/, ''),
    ) // prettier-ignore
    .join(' ')
}
