import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ModelGate } from '@plimsoll/api'
import * as models from '@plimsoll/models'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type GateRunOptions, readCandidate } from './candidate.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-candidate-'))
const at = (name: string): string => join(folder, name)
const gate = { spec: { metrics: [{ name: 'auc' }] } } as unknown as ModelGate
const candidate = (options: Partial<GateRunOptions>): ReturnType<typeof readCandidate> =>
  readCandidate(models, gate, { output: 'text', ...options }, mkdtempSync(at('scratch-')))

beforeAll(() => {
  for (const [name, content] of [
    ['mlruns/1/abc/meta.yaml', "end_time: 1790000000000\nexperiment_id: '1'\nrun_name: rf\nstatus: 3\nuser_id: mina\n"],
    ['mlruns/1/abc/metrics/auc', '100 0.9 0\n'],
    ['mlruns/1/abc/params/depth', '8'],
    ['mlruns/1/abc/tags/mlflow.source.git.commit', 'f'.repeat(40)],
    ['mlruns/1/abc/artifacts/model/w.bin', 'w'],
    ['mlruns/1/def/meta.yaml', 'status: 4\n'],
    ['mlruns/1/def/metrics/auc', '100 0.8 0\n'],
    ['model/w.bin', 'w'],
    ['metrics.json', '{"auc": 0.9}'],
    ['eval.csv', 'rows'],
    // md5('rows')
    ['eval.csv.dvc', 'outs:\n- md5: de8e1c1c34f5dbbc4d1bbb6e9dd8a7ac\n  hash: md5\n  path: eval.csv\n'],
    ['p.csv', 'id,y,score\na,1,0.9\na,0,0.2\n'],
  ] as const) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
  }
})
beforeEach(() => {
  vi.stubEnv('MLFLOW_TRACKING_URI', at('mlruns'))
  vi.stubEnv('GITHUB_ACTOR', 'ci-bot')
  vi.stubEnv('GITHUB_SHA', 'e'.repeat(40))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

describe('a candidate of a gate', () => {
  it('that comes from MLflow is the very artefact, with who trained it from what', async () => {
    const own = await candidate({ model: at('model'), metrics: at('metrics.json') })
    const { model, evaluation, warnings } = await candidate({ model: 'mlflow:abc/model', metrics: 'mlflow:abc' })

    expect(model).toEqual({
      digest: own.model.digest,
      size: 1,
      name: 'rf',
      trainedBy: 'mina',
      trainedAt: new Date(1_790_000_000_000).toISOString(),
      commit: 'f'.repeat(40),
      origin: 'mlflow:abc',
      parameters: { depth: '8' },
    })
    expect({ ...evaluation.metrics }).toEqual({ auc: { value: 0.9 } })
    expect(warnings).toEqual([])
    expect(own.model).toMatchObject({ trainedBy: 'ci-bot', commit: 'e'.repeat(40) })
  })

  it('is described by flags before anything else', async () => {
    const { model } = await candidate({
      model: at('model'),
      metrics: 'mlflow:abc',
      trainedBy: 'jonas',
      name: 'fraud 7',
      commit: 'a'.repeat(40),
    })

    expect(model).toMatchObject({ trainedBy: 'jonas', name: 'fraud 7', commit: 'a'.repeat(40), parameters: { depth: '8' } })
  })

  it('whose figures are of another run, or of one that failed, says so', async () => {
    const { warnings, model } = await candidate({ model: 'mlflow:abc/model', metrics: 'mlflow:def' })

    expect(warnings).toEqual([
      "The model is of MLflow's run abc, its figures are of run def.",
      "MLflow's run def did not end well: FAILED.",
    ])
    expect(model.origin).toBe('mlflow:abc')
  })

  it('whose figures cannot be read has none, and a warning', async () => {
    const { evaluation, warnings } = await candidate({ model: at('model'), metrics: 'mlflow:gone' })

    expect(evaluation.metrics).toEqual({})
    expect(warnings).toEqual([expect.stringContaining('no experiment in')])
  })

  it('with rows of the same id has them named', async () => {
    expect((await candidate({ model: at('model'), predictions: at('p.csv') })).warnings).toEqual([
      `${at('p.csv')}: row id 'a' is there twice, in rows 1 and 2`,
    ])
  })

  it('is bound to its data by digest, and to none where the data are not what .dvc names', async () => {
    const right = await models.digestOfFile(at('eval.csv'), 'md5')
    const wrong = await candidate({ model: at('model'), metrics: at('metrics.json'), data: at('eval.csv.dvc') })
    writeFileSync(at('eval.csv.dvc'), `outs:\n- md5: ${right.slice(4)}\n  hash: md5\n  path: eval.csv\n`)

    const bound = await candidate({ model: at('model'), metrics: at('metrics.json'), data: at('eval.csv.dvc') })

    expect(wrong.evaluation.dataDigest).toBeUndefined()
    expect(wrong.warnings).toEqual([expect.stringContaining('is not what')])
    expect(bound.evaluation.dataDigest).toBe(right)
    expect(bound.dataPath).toBe(at('eval.csv'))
  })
})
