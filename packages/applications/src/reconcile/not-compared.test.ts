import { describe, expect, it } from 'vitest'
import { readIgnoreRules } from '../ignore/ignore-rules.ts'
import { IgnoreStopped } from '../ignore/ignore-steps.ts'
import { readDiffSettings } from '../settings/diff-settings.ts'
import type { Target } from '../target/target-object.ts'
import { NotCompared } from './compare-target.ts'
import { NotComparedReport } from './not-compared.ts'

const target = (name: string): Target => ({ key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name } }) as Target
const settings = readDiffSettings({})
const rules = { settings, ignore: undefined, isServerSide: false, includesWebhooks: false }

describe('what could not be compared', () => {
  it('is told once for each reason, however many objects it concerns', () => {
    const report = new NotComparedReport(rules)
    for (let number = 0; number < 500; number++)
      report.add(target(`web-${number}`), new IgnoreStopped('last(range(1e9))', 'it ran for too long'))
    report.add(target('api'), new NotCompared('the API server refused the dry run: no', { mayPass: true }))

    expect(report.conditions().map(({ type, message }) => `${type}: ${message}`)).toEqual([
      'ComparisonError: Deployment shop/web-0 and 499 more objects could not be compared, because it ran for too long: jqPathExpressions last(range(1e9))',
      'ComparisonError: Deployment shop/api could not be compared, because the API server refused the dry run: no',
    ])
    expect(report.retry?.facts.retryable).toBe(true)
  })

  it('is told for a rule that is wrong also where it meets no object', () => {
    const ignore = readIgnoreRules('argocd/shop', [{ kind: 'Secret', jqPathExpressions: ['.['] }], settings)
    const report = new NotComparedReport({ ...rules, ignore })

    expect(report.conditions().map(({ message }) => message)).toEqual([
      'spec.ignoreDifferences[0].jqPathExpressions[0]: a bracket or an operand is missing, at character 3 of: .[.',
    ])
    expect(report.retry).toBeUndefined()
  })

  it('hides no other failure', () => {
    expect(() => new NotComparedReport(rules).add(target('web'), new TypeError('a bug'))).toThrow('a bug')
  })
})
