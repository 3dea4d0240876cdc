import { describe, expect, it } from 'vitest'
import { evaluate, ExpressionError, parseExpression, parseTime, type MapValue, Time } from './index.ts'

const now = Date.parse('2026-01-02T15:10:00Z')
const environment: MapValue = {
  app: {
    metadata: { name: 'shop', annotations: { 'example.com/version': 'v1' }, labels: { team: 'red' } },
    spec: { source: { repoURL: 'https://example.org/shop.git' } },
    status: {
      sync: { status: 'Synced', revision: 'abc' },
      health: { status: 'Healthy' },
      operationState: { phase: 'Succeeded', startedAt: '2026-01-02T15:04:05Z' },
      conditions: [{ type: 'SyncError' }, { type: 'OrphanedResourceWarning' }],
    },
  },
  time: { Now: () => new Time(now), Parse: (text) => parseTime(text ?? null), Minute: 60_000_000_000 },
}
const result = (text: string): unknown => evaluate(parseExpression(text), environment, { now: () => now })

describe('an expression', () => {
  it.each([
    ["app.status?.operationState.phase in ['Succeeded', 'Failed']", true],
    ["app.status.operationState.phase in ['Running']", false],
    ["app.status.operationState.phase not in ['Running']", true],
    ["not (app.status.sync.status == 'Synced')", false],
    ['app.status.sync.status == \'Synced\' and app.status.health.status == "Healthy" or false', true],
    ["app.status.sync.status != 'Synced' || !(1 > 2)", true],
    ['app.metadata.annotations["example.com/version"]', 'v1'],
    ['app.status.missing', null],
    ['app.status.missing?.deeper.still', null],
    ['app.status?.missing?.deeper == nil', true],
    ['app.status.missing ?? "none"', 'none'],
    ['time.Now().Sub(time.Parse(app.status?.operationState.startedAt)).Minutes() >= 5', true],
    ['time.Parse(app.status.operationState.startedAt).Add(1 * time.Minute).Before(time.Now())', true],
    ["app.status.conditions != nil and any(app.status.conditions, {.type == 'SyncError'})", true],
    ["all(app.status.conditions, #.type endsWith 'Error')", false],
    ["count(app.status.conditions, {.type contains 'Warning'})", 1],
    ["len(filter(app.status.conditions, .type matches '^Sync'))", 1],
    ["map(app.status.conditions, {.type}) | join(',') | upper()", 'SYNCERROR,ORPHANEDRESOURCEWARNING'],
    ["app.spec.source.repoURL startsWith 'https://' ? 1 : 2", 1],
    ['1 + 2 * 3 ** 2 - 4 % 3', 18],
    ['-2 ** 2', -4],
    ["'a' + 'b' == \"ab\"", true],
    ['[1, 2, 3][-1] + {a: 1}.a', 4],
    ['(1..4)[1:3]', [2, 3]],
    ['let x = 2; x * x', 4],
    ["'team' in app.metadata.labels", true],
    ["'x' in app.status.missing", false],
    ['duration("1h30m").Minutes()', 90],
    ['"constructor" in app.metadata', false],
    ['app.metadata.constructor', null],
    ['app.__proto__', null],
  ])('%s', (text, wanted) => {
    expect(result(text)).toEqual(wanted)
  })

  it.each([
    ['app.status.missing.deeper', 'asked of what is not there'],
    ['app.status.sync.status and true', 'neither true nor false'],
    ['1 +', 'ends too early'],
    ['a b', "'b' is not expected"],
    ["'abc", 'has no end'],
    ["time.Parse('yesterday')", 'is no time'],
    ["'a' matches '('", 'is no pattern'],
    ['1..1000000', 'a range of more than'],
    ['nosuch(1)', 'is no function'],
    [`${'('.repeat(300)}1`, 'nested deeper'],
    ['count(1..9999, {any(1..9999, {# > 99999})}) > 0', 'steps'],
  ])('%.60s is refused', (text, words) => {
    expect(() => result(text)).toThrow(ExpressionError)
    expect(() => result(text)).toThrow(words)
  })
})
