import type { ApplicationSpec } from '@plimsoll/api'
import type { ObjectKey } from '@plimsoll/kube'
import { compileGlob, type Glob } from '@plimsoll/render'
import { JqSyntaxError } from '../jq/index.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import type { IgnoreStep } from './ignore-steps.ts'
import { readJqExpression } from './jq-expression.ts'

/** What is left out of comparisons of one application, by its own word and the operator's. */
export interface IgnoreRules {
  /** Distinguishes applications where they share a thread. */
  readonly group: string
  readonly jqTimeoutMs: number
  /** What is wrong with the application's own rules: nothing of it may be compared as if they were not there. */
  readonly problems: readonly string[]
  /** Undefined: nothing is said of this object. */
  forObject(key: ObjectKey): ObjectRules | undefined
}

export interface ObjectRules {
  readonly steps: readonly IgnoreStep[]
  readonly needsJq: boolean
  readonly managers: readonly string[]
  /** What is wrong with them. Rules of the operator concern the objects that they name, and no application beside. */
  readonly problems: readonly string[]
}

interface Rule extends ObjectRules {
  group: Glob
  kind: Glob
  namespace: string
  name: string
}

/**
 * Reads `spec.ignoreDifferences` together with the settings. Undefined when neither says anything, which is most applications. The order is Argo CD's: the
 * application's rules first, of each its pointers before its expressions. `field` is what problems call the first.
 */
export function readIgnoreRules(
  group: string,
  ignoreDifferences: ApplicationSpec['ignoreDifferences'],
  settings: Pick<DiffSettings, 'overrides' | 'jqTimeoutMs'>,
  field = 'spec.ignoreDifferences',
): IgnoreRules | undefined {
  const own = (ignoreDifferences ?? []).map((entry, index) => readEntry(entry, `${field}[${index}]`))
  const rules = [...own, ...settings.overrides.map((override) => readEntry({ ...override }, `argocd-cm, ${override.key}`))]
  if (rules.length === 0) return undefined
  return {
    group,
    jqTimeoutMs: settings.jqTimeoutMs,
    problems: own.flatMap((rule) => rule.problems),
    forObject(key) {
      const matching = rules.filter(
        (rule) =>
          (rule.name === '' || rule.name === key.name) &&
          (rule.namespace === '' || rule.namespace === key.namespace) &&
          rule.group.matches(key.group) &&
          rule.kind.matches(key.kind),
      )
      if (matching.length === 0) return undefined
      const steps = matching.flatMap((rule) => rule.steps)
      return {
        steps,
        needsJq: steps.some(({ kind }) => kind === 'jq'),
        managers: [...new Set(matching.flatMap((rule) => rule.managers))],
        problems: matching.flatMap((rule) => rule.problems),
      }
    },
  }
}

function readEntry(entry: Record<string, unknown>, where: string): Rule {
  const problems: string[] = []
  const text = (name: string): string => {
    const value = entry[name] ?? ''
    if (typeof value === 'string') return value
    problems.push(`${where}.${name} is not a text`)
    return ''
  }
  const texts = (name: string): string[] => {
    const list = entry[name] ?? []
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
    problems.push(`${where}.${name} is not a list of texts`)
    return []
  }
  const pattern = (name: string): Glob => {
    const glob = compileGlob(text(name))
    if (!glob) problems.push(`${where}.${name}: "${text(name).slice(0, 80)}" is not a pattern`)
    // What nobody can tell may mean this object.
    return glob ?? { matches: () => true, size: 0 }
  }
  const expressions = texts('jqPathExpressions')
  for (const [index, expression] of expressions.entries()) {
    const problem = problemOf(expression)
    if (problem !== undefined) problems.push(`${where}.jqPathExpressions[${index}]: ${problem}`)
  }
  const steps: IgnoreStep[] = [
    ...texts('jsonPointers').map((pointer) => ({ kind: 'pointer' as const, text: pointer })),
    ...expressions.map((expression) => ({ kind: 'jq' as const, text: expression })),
  ]
  return {
    group: pattern('group'),
    kind: pattern('kind'),
    namespace: text('namespace'),
    name: text('name'),
    steps,
    needsJq: expressions.length > 0,
    managers: texts('managedFieldsManagers'),
    problems,
  }
}

function problemOf(expression: string): string | undefined {
  try {
    readJqExpression(expression)
    return undefined
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error
    return `${error.message}, at character ${error.at + 1} of: ${expression.slice(0, 200)}`
  }
}
