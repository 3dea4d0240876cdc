import { type LabelSelector, PlimsollError } from '@plimsoll/api'
import { compileLabelSelector, SelectorError } from '@plimsoll/kube'

export interface ParameterSelector {
  matches(values: Readonly<Record<string, string>>): boolean
}

/**
 * Kubernetes' selectors over parameters, whose values may be any text: addresses, for instance. Keys are as Kubernetes has them
 * (argo-cd `applicationset/utils/selector.go`, 3.x).
 */
export function parameterSelector(selector: LabelSelector | null | undefined, where: string): ParameterSelector | undefined {
  if (!selector) return undefined
  const tests: ((values: Readonly<Record<string, string>>) => boolean)[] = []
  for (const [key, wanted] of Object.entries(selector.matchLabels ?? {})) {
    requireKey(key, where)
    tests.push((values) => Object.hasOwn(values, key) && values[key] === wanted)
  }
  for (const { key, operator, values: list } of selector.matchExpressions ?? []) {
    requireKey(key, where)
    const wanted = new Set(list ?? [])
    const has = (values: Readonly<Record<string, string>>): boolean => Object.hasOwn(values, key)
    if ((operator === 'In' || operator === 'NotIn') && wanted.size === 0) throw refused(where, `${operator} of '${key}' needs values`)
    if ((operator === 'Exists' || operator === 'DoesNotExist') && wanted.size > 0)
      throw refused(where, `${operator} of '${key}' takes no values`)
    if (operator === 'In') tests.push((values) => has(values) && wanted.has(values[key] ?? ''))
    else if (operator === 'NotIn') tests.push((values) => !has(values) || !wanted.has(values[key] ?? ''))
    else if (operator === 'Exists') tests.push(has)
    else if (operator === 'DoesNotExist') tests.push((values) => !has(values))
    else throw refused(where, `'${operator.slice(0, 40)}' is no operator (In, NotIn, Exists, DoesNotExist)`)
  }
  return { matches: (values) => tests.every((test) => test(values)) }
}

function requireKey(key: string, where: string): void {
  try {
    compileLabelSelector({ matchExpressions: [{ key, operator: 'Exists' }] })
  } catch (error) {
    if (error instanceof SelectorError) throw refused(where, error.message)
    throw error
  }
}

function refused(where: string, why: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${where}: ${why}.`)
}
