import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'

/** Names one set on the command line: `web`, or `argocd/web`. */
export interface SetArgument {
  name: string
  appsetNamespace: string | undefined
}

export function readSetName(text: string, appsetNamespace?: string): SetArgument {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(slash + 1)
  if (name === '' || name.includes('/'))
    throw usageFailure(`'${text}' is not the name of an application set.`, 'Use NAME or NAMESPACE/NAME.')
  return { name, appsetNamespace: slash < 0 ? appsetNamespace : text.slice(0, slash) }
}

export function setPath({ name }: SetArgument, below = ''): string {
  return `/api/v1/applicationsets/${encodeURIComponent(name)}${below}`
}

export function addNamespaceOption(command: Command): Command {
  return command.option('-N, --appset-namespace <namespace>', 'namespace of the application set')
}
