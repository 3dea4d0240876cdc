import { isObject } from '../json.ts'

/** What keys of `argocd-cm` begin with that say something of kinds: `resource.customizations.TYPE.GROUP_KIND`. Alone it is the older form, a block of YAML. */
export const customizations = 'resource.customizations'

/** `GROUP/KIND` of `apps_Deployment`, `Service`, `all`. Throws for anything else. */
export function overrideKey(groupKind: string): string {
  const parts = groupKind.split('_')
  if (groupKind === '' || parts.length > 2) throw new Error(`"${groupKind}" is not GROUP_KIND, nor KIND for a kind without a group`)
  return groupKind === 'all' ? '*/*' : parts.join('/')
}

/** One broken entry is told and left out: no other suffers from it. */
export function attemptsInto(problems: string[]): (key: string, read: () => void) => void {
  return (key, read) => {
    try {
      read()
    } catch (error) {
      problems.push(`${key}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`)
    }
  }
}

export function mapIn(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw new Error('it is not a mapping')
  return value
}
