import type { ApplicationSource } from '@plimsoll/api'

/**
 * Argo CD's build environment (docs/user-guide/build-environment.md, `newEnv` in reposerver/repository/repository.go), by name. What the
 * caller knows goes before what follows from the request.
 */
export function buildEnvironment(request: {
  source: ApplicationSource
  applicationName: string
  destinationNamespace: string
  environment?: Readonly<Record<string, string>>
}): Map<string, string> {
  const { source, applicationName, destinationNamespace, environment = {} } = request
  const revision = (Object.hasOwn(environment, 'ARGOCD_APP_REVISION') ? environment['ARGOCD_APP_REVISION'] : undefined) ?? ''
  const known = new Map([
    ['ARGOCD_APP_NAME', applicationName],
    ['ARGOCD_APP_NAMESPACE', destinationNamespace],
    ['ARGOCD_APP_PROJECT_NAME', ''],
    ['ARGOCD_APP_REVISION', revision],
    ['ARGOCD_APP_REVISION_SHORT', revision.slice(0, 7)],
    ['ARGOCD_APP_REVISION_SHORT_8', revision.slice(0, 8)],
    ['ARGOCD_APP_SOURCE_REPO_URL', source.repoURL],
    ['ARGOCD_APP_SOURCE_PATH', source.path ?? ''],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', source.targetRevision ?? ''],
  ])
  for (const [name, value] of Object.entries(environment)) known.set(name, value)
  return known
}

/**
 * `$NAME` and `${NAME}` in a text, as Go's `os.Expand` reads them; `$$` is a dollar, and what is not known is empty (Argo CD, `Env.Envsubst`).
 */
export function substituteEnvironment(text: string, valueOf: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character !== '$' || at + 1 >= text.length) {
      result += character
      continue
    }
    const { name, width } = shellName(text.slice(at + 1))
    if (name === '') result += width > 0 ? '' : '$'
    else result += name === '$' ? '$' : (valueOf(name) ?? '')
    at += width
  }
  return result
}

/** Go's `getShellName`: the name, and how many characters it takes. An empty name with a width is bad syntax, which is eaten. */
function shellName(text: string): { name: string; width: number } {
  if (text.startsWith('{')) {
    if (/^\{[*#$@!?\-0-9]\}/.test(text)) return { name: text[1] ?? '', width: 3 }
    const end = text.indexOf('}')
    if (end < 0) return { name: '', width: 1 }
    return end === 1 ? { name: '', width: 2 } : { name: text.slice(1, end), width: end + 1 }
  }
  if (/^[*#$@!?\-0-9]/.test(text)) return { name: text[0] ?? '', width: 1 }
  const name = /^[_0-9a-zA-Z]*/.exec(text)?.[0] ?? ''
  return { name, width: name.length }
}
