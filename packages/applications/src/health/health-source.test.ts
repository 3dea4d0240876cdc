import type { KubeObject } from '@plimsoll/kube'
import { afterEach, describe, expect, it } from 'vitest'
import { createScriptThread, type ScriptThread } from '../scripts/script-thread.ts'
import { readScriptSettings } from '../settings/script-settings.ts'
import { createHealthSource, type HealthSource } from './health-source.ts'

const object = (kind: string, status: unknown, extra: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind,
  metadata: { name: 'a' },
  status,
  ...extra,
})
let scripts: ScriptThread
let data: Record<string, string>

function source(initial: Record<string, string>): HealthSource {
  scripts = createScriptThread()
  data = initial
  let settings = readScriptSettings(data)
  let from = data
  return createHealthSource({
    settings: () => {
      if (from !== data) settings = readScriptSettings((from = data))
      return settings
    },
    sensitiveAnnotations: () => new Set(['secret']),
    scripts,
  })
}

afterEach(() => scripts.close())

describe('health by the operator', () => {
  const prefix = 'resource.customizations.health'
  const byPhase = 'return { status = obj.status.phase, message = "said" }'

  it('counts before ours, in Lua or in CEL', async () => {
    const health = source({ [`${prefix}.example.com_Model`]: byPhase, [`${prefix}.cel.apps_Deployment`]: '- { status: Suspended }' })
    const model = object('Model', { phase: 'Degraded' })
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, status: {} }
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: {} }

    await health.assess([model, deployment, service])

    expect(health.of(model)).toEqual({ status: 'Degraded', message: 'said' })
    expect(health.of(deployment)).toEqual({ status: 'Suspended' })
    expect(health.of(service)).toEqual({ status: 'Healthy' })
    expect(health.of(object('Other', {}))).toBeUndefined()
  })

  it('claims nothing before its check has run', async () => {
    const health = source({ [`${prefix}.example.com_Model`]: byPhase })
    const model = object('Model', { phase: 'Healthy' })

    expect(health.of(model)?.status).toBe('Progressing')
    await health.assess([model])
    expect(health.of(model)?.status).toBe('Healthy')
    expect(health.of({ ...model })?.status).toBe('Progressing')
  })

  it('is told anew when the check changes, and is ours when it is gone', async () => {
    const health = source({ [`${prefix}.example.com_Model`]: byPhase })
    const model = object('Model', { phase: 'Healthy' })
    await health.assess([model])

    data = { [`${prefix}.example.com_Model`]: 'return { status = "Degraded" }' }
    expect(health.of(model)?.status).toBe('Progressing')
    await health.assess([model])
    expect(health.of(model)?.status).toBe('Degraded')
    data = {}
    expect(health.of(model)).toBeUndefined()
  })

  it('is none where the check says nothing, also of a kind that has one of ours', async () => {
    const health = source({ [`${prefix}.Service`]: 'return nil' })
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: {} }

    await health.assess([service])

    expect(health.of(service)).toBeUndefined()
    expect(health.problemOf(service)).toBeUndefined()
  })

  it('is Unknown where the check is broken, and says why', async () => {
    const health = source({
      [`${prefix}.example.com_Model`]: 'return obj.nothing.phase',
      [`${prefix}.cel.example.com_Other`]: '- { status: Fine }',
    })
    const [model, other] = [object('Model', {}), object('Other', {})]

    await health.assess([model, other])

    expect(health.of(model)).toEqual({
      status: 'Unknown',
      message: "<string>:1: attempt to index a non-table object(nil) with key 'phase'",
    })
    expect(health.problemOf(other)).toContain('rule 1: status is not')
  })

  it('leaves alone what is being deleted', async () => {
    const health = source({ [`${prefix}.example.com_Model`]: byPhase })
    const model = object('Model', { phase: 'Healthy' }, { metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } })

    await health.assess([model])

    expect(health.of(model)).toEqual({ status: 'Progressing', message: 'Pending deletion' })
  })

  it('never sees what is secret', async () => {
    const health = source({
      [`${prefix}.Secret`]: 'local d = obj.data.password return { status = "Healthy", message = d .. obj.metadata.annotations.secret }',
    })
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', annotations: { secret: 'canary' } },
      data: { password: 'Y2FuYXJ5' },
    }

    await health.assess([secret])

    expect(health.of(secret)?.status).toBe('Healthy')
    expect(health.of(secret)?.message).toMatch(/^\++$/)
  })

  it('works through ten thousand objects', async () => {
    const health = source({ [`${prefix}.example.com_Model`]: byPhase })
    const models = Array.from({ length: 10_000 }, (_, index) => object('Model', { phase: index % 2 ? 'Healthy' : 'Degraded' }))

    await health.assess(models)

    expect(models.filter((model) => health.of(model)?.status === 'Healthy')).toHaveLength(5_000)
  })
})
