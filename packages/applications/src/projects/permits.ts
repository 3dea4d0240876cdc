import type { AppProjectSpec, ProjectClusterKind, ProjectKind } from '@plimsoll/api'
import { compileGlob, type Glob } from '@plimsoll/render'
import { RE2JS } from 're2js'

/** What of an AppProject's spec says what its applications may use. */
export type ProjectRules = Pick<
  AppProjectSpec,
  | 'sourceRepos'
  | 'destinations'
  | 'sourceNamespaces'
  | 'clusterResourceWhitelist'
  | 'clusterResourceBlacklist'
  | 'namespaceResourceWhitelist'
  | 'namespaceResourceBlacklist'
>

/**
 * The rules are those of argo-cd `pkg/apis/application/v1alpha1/app_project_types.go`, 3.x. A pattern that begins with `!` takes away what it
 * matches, wherever it stands in its list; nothing is permitted that no pattern names.
 */
export function isSourcePermitted(rules: ProjectRules, repoURL: string): boolean {
  const url = normalizedUrl(repoURL)
  const patterns = (rules.sourceRepos ?? []).map((pattern) => ({
    isDenial: isDenial(pattern),
    isMatch: matches(normalizedUrl(isDenial(pattern) ? pattern.slice(1) : pattern), url, '/'),
  }))
  if (patterns.some((pattern) => pattern.isDenial && pattern.isMatch)) return false
  // A denial that does not match permits all else, as it does there.
  return patterns.some((pattern) => pattern.isDenial || pattern.isMatch)
}

/** `destination` with the server and the name of the cluster, both as far as they are known. */
export function isDestinationPermitted(
  rules: ProjectRules,
  destination: { server?: string | undefined; name?: string | undefined; namespace: string },
): boolean {
  let isPermitted = false
  for (const { server = '', name = '', namespace = '' } of rules.destinations ?? []) {
    const isServer = (destination.server ?? '') !== '' && accepts(server, destination.server ?? '')
    const isName = (destination.name ?? '') !== '' && accepts(name, destination.name ?? '')
    const isNamespace = accepts(namespace, destination.namespace)
    if ((isServer || isName) && isNamespace) isPermitted = true
    else if (!isName && isDenial(name)) return false
    else if (!isServer && isDenial(server) && isNamespace) return false
    else if (!isNamespace && isDenial(namespace) && isServer) return false
  }
  return isPermitted
}

/** Whether an object of this kind may be made: in a namespace all that is not denied, in the cluster only what is named. */
export function isKindPermitted(
  rules: ProjectRules,
  object: { group: string; kind: string; name: string; isNamespaced: boolean },
): boolean {
  if (object.isNamespaced) {
    const allowed = rules.namespaceResourceWhitelist
    const isAllowed = allowed === undefined || allowed === null || allowed.some((rule) => isOfKind(rule, object))
    return isAllowed && !(rules.namespaceResourceBlacklist ?? []).some((rule) => isOfKind(rule, object))
  }
  const isNamed = (rule: ProjectClusterKind): boolean =>
    isOfKind(rule, object) && ((rule.name ?? '') === '' || matchesPath(rule.name ?? '', object.name))
  return (rules.clusterResourceWhitelist ?? []).some(isNamed) && !(rules.clusterResourceBlacklist ?? []).some(isNamed)
}

/** Whether Applications of this namespace may name the project. Those beside the controller may. */
export function isNamespacePermitted(rules: ProjectRules, namespace: string, controllerNamespace: string): boolean {
  return namespace === '' || namespace === controllerNamespace || matchesNamespace(rules.sourceNamespaces ?? [], namespace)
}

/**
 * A pattern in slashes is a regular expression. `canLookAround`: also one that only a backtracking engine knows, which may take as long as it likes: for
 * patterns of those who could stop the server as well.
 */
export function matchesNamespace(patterns: readonly string[], namespace: string, { canLookAround = false } = {}): boolean {
  return patterns.some(
    (pattern) =>
      (/^\/.*\/$/s.test(pattern) && matchesExpression(pattern.slice(1, -1), namespace, canLookAround)) || matches(pattern, namespace),
  )
}

function isOfKind(rule: ProjectKind, object: { group: string; kind: string }): boolean {
  return matchesPath(rule.kind, object.kind) && matchesPath(rule.group, object.group)
}

function isDenial(pattern: string): boolean {
  return pattern.startsWith('!')
}

function accepts(pattern: string, text: string): boolean {
  return isDenial(pattern) ? !matches(pattern.slice(1), text) : matches(pattern, text)
}

const mostKept = 2_000
const kept = new Map<string, Glob | undefined>()

function globOf(pattern: string, separators: string): Glob | undefined {
  const key = `${separators} ${pattern}`
  if (kept.has(key)) return kept.get(key)
  if (kept.size >= mostKept) kept.clear()
  const glob = compileGlob(pattern, separators)
  kept.set(key, glob)
  return glob
}

/** What is no pattern matches nothing. */
function matches(pattern: string, text: string, separators = ''): boolean {
  return pattern === '*' || (globOf(pattern, separators)?.matches(text) ?? false)
}

/** In linear time; an expression that only a backtracking engine knows (a look ahead) otherwise matches nothing. */
function matchesExpression(expression: string, text: string, canLookAround: boolean): boolean {
  try {
    return RE2JS.compile(expression).matcher(text).find()
  } catch {
    return canLookAround && matchesBacktracking(expression, text)
  }
}

function matchesBacktracking(expression: string, text: string): boolean {
  try {
    return new RegExp(expression).test(text)
  } catch {
    return false
  }
}

/** As Go's `filepath.Match`: braces are plain characters, and two stars are one. */
function matchesPath(pattern: string, text: string): boolean {
  return matches(pattern.replaceAll(/\*+/g, '*').replaceAll(/[{}]/g, String.raw`\$&`), text, '/')
}

/**
 * The one spelling by which addresses are compared here (argo-cd `util/git/git.go`, NormalizeGitURL, 3.x): of patterns as well, so that
 * `git@host:*` and `ssh://git@host/*` are the same. Coarser than what tells repositories apart: upper and lower case are one.
 */
export function normalizedUrl(url: string): string {
  let text = url.trim().toLowerCase()
  if (/^(ssh:\/\/)?[^/:]*@[^@]+$/.test(text) && !text.startsWith('ssh://')) text = text.replace(':', '/')
  return text.replace(/^ssh:\/\//, '').replace(/\.git$/, '')
}
