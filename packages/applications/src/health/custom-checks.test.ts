import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import { healthByCel } from './cel-check.ts'
import { healthByLua } from './lua-check.ts'

const model: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Model',
  metadata: { name: 'a', generation: 3 },
  spec: { replicas: 2 },
  status: { phase: 'Failed', reason: 'no disk', readyReplicas: 2, conditions: [{ type: 'Ready', status: 'True', message: 'up' }] },
}

describe('a check in Lua', () => {
  it.each([
    ['{ status = "Healthy" }', { status: 'Healthy' }],
    ['{ status = "Degraded", message = obj.status.reason }', { status: 'Degraded', message: 'no disk' }],
    ['{ Status = "Suspended", MESSAGE = "by hand" }', { status: 'Suspended', message: 'by hand' }],
    ['{ status = "Fine" }', { status: 'Unknown', message: 'Lua returned an invalid health status' }],
    ['{ message = "only" }', { status: 'Unknown', message: 'Lua returned an invalid health status' }],
    ['nil', undefined],
    ['{}', undefined],
    ['{ 1, 2 }', undefined],
    ['{ status = "Healthy", message = 5 }', undefined],
    ['{ status = "Healthy", message = "first" }, { status = "Degraded" }', { status: 'Degraded' }],
  ])('returns %s', (returned, expected) => {
    expect(healthByLua(`return ${returned}`, model, { useOpenLibs: false })).toEqual(expected)
  })

  it('says no more than its language when it is wrong', () => {
    const wrong =
      (script: string): (() => unknown) =>
      () =>
        healthByLua(script, model, { useOpenLibs: false })

    expect(wrong('return obj.none.phase')).toThrow("<string>:1: attempt to index a non-table object(nil) with key 'phase'")
    expect(wrong('return "Healthy"')).toThrow('expect table output from Lua script, not string')
    expect(wrong('return string.find("a", "a")')).toThrow("attempt to index a non-table object(nil) with key 'find'")
  })
})

describe('a check in CEL', () => {
  const rules = `
- { status: Suspended, when: obj.spec.suspend }
- { status: Degraded, when: 'obj.status.phase == "Failed"', messageExpression: '"because of " + obj.status.reason' }
- { status: Healthy, when: 'obj.status.readyReplicas >= obj.spec.replicas', message: up }
`

  it('is the first rule that holds; a field that is not there fulfils nothing', () => {
    expect(healthByCel(rules, model)).toEqual({ status: 'Degraded', message: 'because of no disk' })
    expect(healthByCel(rules, { ...model, spec: { suspend: true } })).toEqual({ status: 'Suspended' })
    expect(healthByCel(rules, { ...model, status: { readyReplicas: 2 } })).toEqual({ status: 'Healthy', message: 'up' })
    expect(healthByCel(rules, { ...model, status: undefined })).toEqual({ status: 'Progressing', message: 'None of its rules holds' })
  })

  it.each([
    ['obj.status.conditions.exists(c, c.type == "Ready" && c.status == "True")', true],
    ['obj.metadata.generation > 2 && obj.metadata.generation < 3.5', true],
    ['obj.?status.?observedGeneration.orValue(3) == obj.metadata.generation', true],
    ['has(obj.status.phase) && !has(obj.constructor)', true],
    ['self.status.phase == obj.status.phase', true],
    ['obj.status.reason.matches("^no .isk$")', true],
    ['size(obj.status.conditions) == 2', false],
  ])('understands %s', (when, holds) => {
    expect(healthByCel(`- { status: Healthy, when: '${when}' }`, model)?.status).toBe(holds ? 'Healthy' : 'Progressing')
  })

  it.each([
    ['{ status: Healthy }', 'not a list'],
    ['- 5', 'rule 1: it is not { status, when, message }'],
    ['- { status: Fine }', 'rule 1: status is not Healthy'],
    ['- { status: Healthy, if: x }', 'rule 1: there is no field "if"'],
    ['- { status: Healthy, when: "1 +" }', 'rule 1: when: Unexpected token: EOF'],
    ['- { status: Healthy, when: "nope" }', 'rule 1: when: Unknown variable: nope'],
    ['- { status: Healthy, when: "1 + \\"a\\"" }', 'rule 1: when: no such overload: int + string'],
    ['- { status: Healthy, when: "obj.kind" }', 'rule 1: when is neither true nor false'],
    ['- { status: Healthy, when: "obj.spec.replicas / 0 == 1" }', 'rule 1: when: division by zero'],
    [`- { status: Healthy, when: "${'('.repeat(100)}true${')'.repeat(100)}" }`, 'rule 1: when'],
    ['- { status: Healthy, when: "obj.kind.matches(\'(\')" }', 'rule 1: when'],
  ])('refuses %s', (text, message) => {
    expect(() => healthByCel(text, model)).toThrow(message)
  })

  it('matches in linear time', () => {
    const object = { ...model, status: { text: 'a'.repeat(5_000) } }

    expect(healthByCel(`- { status: Healthy, when: 'obj.status.text.matches("^(a+)+$b")' }`, object)?.status).toBe('Progressing')
  })
})
