import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localArtifact } from '../artifacts/local-artifact.ts'
import { fetchMlflowArtifact } from './mlflow-artifact.ts'
import { readMlflowRun } from './mlflow-run.ts'

const modelId = `m-${'3'.repeat(32)}`
const commit = 'f'.repeat(40)
let server: Server
let url: string
let folder: string
let target: string
const asked: { url: string; authorization: string | undefined }[] = []

// What MLflow 3.17 answers, shortened: a figure that is NaN is text, one that is infinite the largest number of its SQL store.
const run = {
  info: {
    run_id: 'abc123',
    experiment_id: '1',
    run_name: 'rf-baseline',
    user_id: 'root',
    status: 'FINISHED',
    lifecycle_stage: 'active',
    end_time: 1_790_000_000_000,
    artifact_uri: 'mlflow-artifacts:/1/abc123/artifacts',
  },
  data: {
    metrics: [
      { key: 'eval/auc', value: 0.91, timestamp: 1, step: 3 },
      { key: 'loss', value: 'NaN' },
      { key: 'best', value: 1.7976931348623157e308 },
      { key: 'worst', value: -1.7976931348623157e308 },
    ],
    params: [
      { key: 'depth', value: '8' },
      { key: '__proto__', value: 'x' },
    ],
    tags: [
      { key: 'mlflow.user', value: 'mina' },
      { key: 'mlflow.source.git.commit', value: commit },
    ],
  },
  outputs: { model_outputs: [{ model_id: modelId, step: 0 }] },
}
const version = { name: 'fraud', version: '4', run_id: 'abc123', source: `models:/${modelId}` }
const lists: Record<string, { path: string; is_dir: boolean }[]> = {
  '1/abc123/artifacts/plots': [{ path: 'roc.json', is_dir: false }],
  [`1/models/${modelId}/artifacts`]: [
    { path: 'MLmodel', is_dir: false },
    { path: 'data', is_dir: true },
  ],
  [`1/models/${modelId}/artifacts/data`]: [{ path: 'ü x.bin', is_dir: false }],
  '1/evil/artifacts/model': [{ path: '../../../etc/passwd', is_dir: false }],
}

function answerOf(pathname: string, query: URLSearchParams): unknown {
  const [, api] = /^\/api\/2\.0\/(.*)$/.exec(pathname) ?? []
  const runOf = (changes: object): unknown => ({ run: { ...run, outputs: {}, info: { ...run.info, ...changes } } })
  if (api === 'mlflow/runs/get') {
    return (
      {
        abc123: { run },
        failed: runOf({ run_id: 'failed', status: 'FAILED', artifact_uri: 's3://bucket/key' }),
        local: runOf({ run_id: 'local', artifact_uri: `file://${folder}/1/abc123/artifacts` }),
        evil: runOf({ run_id: 'evil', artifact_uri: 'mlflow-artifacts:/1/evil/artifacts' }),
      } as Record<string, unknown>
    )[query.get('run_id') ?? '']
  }
  if (api === 'mlflow/model-versions/get' && query.get('version') === '4') return { model_version: version }
  if (api === 'mlflow/registered-models/alias' && query.get('alias') === 'champion') return { model_version: version }
  if (api === 'mlflow/registered-models/get-latest-versions') return { model_versions: [{ ...version, version: '3' }, version] }
  if (api === 'mlflow/model-versions/get-download-uri') return { artifact_uri: `mlflow-artifacts:/1/models/${modelId}/artifacts` }
  if (api === `mlflow/logged-models/${modelId}`) {
    return {
      model: {
        info: { name: 'model', source_run_id: 'abc123', artifact_uri: `mlflow-artifacts:/1/models/${modelId}/artifacts` },
        data: { metrics: [{ key: 'eval/auc', value: 0.93 }] },
      },
    }
  }
  if (api === 'mlflow-artifacts/artifacts') return { files: lists[query.get('path') ?? ''] }
  return undefined
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlruns-'))
  for (const [path, text] of [
    [
      '1/abc123/meta.yaml',
      "end_time: 1790000000000\nexperiment_id: '1'\nrun_name: rf-baseline\nstatus: 1\nuser_id: mina\nlifecycle_stage: active\n",
    ],
    ['1/abc123/metrics/eval/auc', '100 0.5 0\n200 0.7 1\n300 0.6 1\n'],
    ['1/abc123/metrics/late', '100 1.0 5\n200 2.0 1\n'],
    ['1/abc123/metrics/loss', '100 inf 0\n'],
    ['1/abc123/metrics/nan', '100 nan 0\n'],
    ['1/abc123/params/depth', '8'],
    ['1/abc123/tags/mlflow.source.git.commit', commit],
    ['1/abc123/artifacts/plots/roc.json', '{}'],
    [`1/abc123/outputs/${modelId}/meta.yaml`, `destination_id: ${modelId}\n`],
    [`1/models/${modelId}/meta.yaml`, `name: model\nsource_run_id: abc123\nartifact_location: file:///elsewhere\n`],
    [`1/models/${modelId}/artifacts/MLmodel`, 'flavors: {}\n'],
    ['models/fraud/version-4/meta.yaml', `run_id: abc123\nmodel_id: ${modelId}\nsource: models:/${modelId}\nversion: 4\n`],
    ['models/fraud/version-10/meta.yaml', 'run_id: abc123\nsource: file:///elsewhere/mlruns/1/abc123/artifacts/plots\nversion: 10\n'],
    ['models/fraud/aliases/champion', '4'],
  ] as const) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://host')
    const [, file] = /^\/api\/2\.0\/mlflow-artifacts\/artifacts\/(.+)$/.exec(pathname) ?? []
    if (file !== undefined && /\.(json|bin)$|MLmodel$/.test(file)) return void response.writeHead(200).end(decodeURIComponent(file))
    const answer = file === undefined ? answerOf(pathname, searchParams) : undefined
    if (answer !== undefined) return void response.writeHead(200).end(JSON.stringify(answer))
    response.writeHead(404).end(JSON.stringify({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run not found' }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  target = mkdtempSync(join(folder, '.target-'))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a run of MLflow', () => {
  it('is read from a tracking server, signed in: its figures, and who trained it from what', async () => {
    const read = await readMlflowRun('mlflow:abc123', { trackingUri: `${url}/`, authorization: 'Bearer t' })

    expect({ ...read, metrics: { ...read.metrics }, parameters: Object.entries(read.parameters) }).toEqual({
      runId: 'abc123',
      name: 'rf-baseline',
      metrics: {
        'eval/auc': { value: 0.91 },
        loss: { value: Number.NaN },
        best: { value: Infinity },
        worst: { value: -Infinity },
      },
      parameters: [
        ['depth', '8'],
        ['__proto__', 'x'],
      ],
      tags: { 'mlflow.user': 'mina', 'mlflow.source.git.commit': commit },
      user: 'mina',
      commit,
      endedAt: new Date(1_790_000_000_000).toISOString(),
      origin: `${url}/#/experiments/1/runs/abc123`,
      warnings: [],
    })
    expect(asked.at(-1)?.authorization).toBe('Bearer t')
  })

  it.each(['models:/fraud/4', 'models:/fraud@champion', 'models:/fraud/latest', `models:/${modelId}`])(
    'is found by a registered model, with the figures of that very model: %s',
    async (reference) => {
      const read = await readMlflowRun(reference, { trackingUri: url })

      expect(read.runId).toBe('abc123')
      expect({ ...read.metrics }).toEqual({ 'eval/auc': { value: 0.93 } })
      expect(read.name).toBe(reference.includes('fraud') ? 'fraud 4' : 'rf-baseline')
    },
  )

  it('is read from a folder: the figure of the last step', async () => {
    const read = await readMlflowRun('mlflow:abc123', { trackingUri: folder })

    expect({ ...read.metrics }).toEqual({
      'eval/auc': { value: 0.6 },
      late: { value: 1 },
      loss: { value: Infinity },
      nan: { value: Number.NaN },
    })
    expect({ ...read.parameters }).toEqual({ depth: '8' })
    expect(read).toMatchObject({ user: 'mina', commit, name: 'rf-baseline', origin: 'mlflow:abc123' })
  })

  it.each([
    ['models:/fraud/4', 'fraud 4'],
    ['models:/fraud@champion', 'fraud 4'],
    ['models:/fraud/latest', 'fraud 10'],
  ])('is found by a registered model of a folder: %s', async (reference, name) => {
    expect(await readMlflowRun(reference, { trackingUri: `file://${folder}` })).toMatchObject({ runId: 'abc123', name })
  })

  it('that failed, or has not ended, says so', async () => {
    expect((await readMlflowRun('mlflow:failed', { trackingUri: url })).warnings).toEqual(["MLflow's run failed did not end well: FAILED."])
    expect((await readMlflowRun('mlflow:abc123', { trackingUri: folder })).warnings).toEqual([
      "MLflow's run abc123 has not ended (RUNNING): its figures may still change.",
    ])
  })

  it.each([
    ['mlflow:other', 'RESOURCE_DOES_NOT_EXIST: Run not found'],
    ['models:/fraud/9', 'RESOURCE_DOES_NOT_EXIST'],
    ['mlflow:../../etc/passwd', 'neither mlflow:RUN_ID'],
    ['models:/fraud', 'neither mlflow:RUN_ID'],
    ['models:/fraud/4/../x', 'no path inside'],
    ['models:/%zz/4', 'percent-encoded'],
  ])('that is not there is refused with the reason: %s', async (reference, why) => {
    await expect(readMlflowRun(reference, { trackingUri: url })).rejects.toThrow(why)
  })

  it('is asked for at no other kind of place, and no name leads out of a folder', async () => {
    await expect(readMlflowRun('mlflow:other', { trackingUri: folder })).rejects.toThrow('no experiment')
    await expect(readMlflowRun('mlflow:abc123', { trackingUri: 'sqlite:///mlflow.db' })).rejects.toThrow('only MLflow itself')
    await expect(readMlflowRun('mlflow:abc123', { trackingUri: 'http://' })).rejects.toThrow('no address of a server')
    await expect(readMlflowRun('models:/..%2F1/4', { trackingUri: folder })).rejects.toThrow('no name that a folder')
  })

  it('shows no credentials of the address, and sends them', async () => {
    const withPassword = url.replace('http://', 'http://mina:s3cret@')

    const read = await readMlflowRun('mlflow:abc123', { trackingUri: withPassword })
    const failure: unknown = await readMlflowRun('mlflow:abc123', { trackingUri: 'http://mina:s3cret@127.0.0.1:1' }).catch(
      (error: unknown) => error,
    )

    expect(asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('mina:s3cret').toString('base64')}`)
    expect(read.origin).not.toContain('s3cret')
    expect(String(failure)).toContain('does not answer')
    expect(String(failure)).not.toContain('s3cret')
  })
})

describe('an artefact of MLflow', () => {
  it.each(['models:/fraud/4', 'models:/fraud@champion', 'mlflow:abc123/model', 'runs:/abc123/model'])(
    'is fetched through the server, whole: %s',
    async (reference) => {
      const path = await fetchMlflowArtifact(reference, { trackingUri: url }, target)

      const { files } = await localArtifact(path)
      expect(files.map((file) => file.path)).toEqual(['MLmodel', 'data/ü x.bin'])
      expect(readFileSync(join(path, 'data', 'ü x.bin'), 'utf8')).toBe(`1/models/${modelId}/artifacts/data/ü x.bin`)
    },
  )

  it('may be a folder of the run, or one file', async () => {
    const plots = await fetchMlflowArtifact('mlflow:abc123/plots', { trackingUri: url }, target)
    const file = await fetchMlflowArtifact('mlflow:abc123/plots/roc.json', { trackingUri: url }, mkdtempSync(join(folder, '.target-')))

    expect((await localArtifact(plots)).files.map(({ path }) => path)).toEqual(['roc.json'])
    expect(readFileSync(file, 'utf8')).toBe('1/abc123/artifacts/plots/roc.json')
  })

  it.each([
    ['mlflow:abc123/model', ['MLmodel']],
    ['models:/fraud/4', ['MLmodel']],
    ['models:/fraud/10', ['roc.json']],
    ['mlflow:abc123/plots', ['roc.json']],
  ])('is fetched from a folder, wherever that was when it was written: %s', async (reference, names) => {
    const path = await fetchMlflowArtifact(reference, { trackingUri: folder }, target)

    expect((await localArtifact(path)).files.map((file) => file.path)).toEqual(names)
  })

  it.each([
    ['mlflow:abc123', 'not which of its artefacts'],
    ['mlflow:abc123/nothing', 'no such artefact'],
    ['mlflow:evil/model', 'no name of a file'],
    ['mlflow:failed/model', 'only MLflow itself can fetch them'],
  ])('that cannot be had is refused with the reason: %s', async (reference, why) => {
    await expect(fetchMlflowArtifact(reference, { trackingUri: url }, target)).rejects.toThrow(why)
  })

  it('of a server on this machine may lie in a folder of it', async () => {
    const path = await fetchMlflowArtifact('mlflow:local/plots/roc.json', { trackingUri: url }, target)

    expect(readFileSync(path, 'utf8')).toBe('{}')
  })

  it('is not taken through a link', async () => {
    symlinkSync('/etc', join(folder, '1/abc123/artifacts/away'))

    await expect(fetchMlflowArtifact('mlflow:abc123/away/hostname', { trackingUri: folder }, target)).rejects.toThrow('no such artefact')
    await expect(fetchMlflowArtifact('mlflow:local/away/hostname', { trackingUri: url }, target)).rejects.toThrow('no such artefact')
    await expect(fetchMlflowArtifact('mlflow:abc123/away', { trackingUri: folder }, target)).rejects.toThrow('no such artefact')
  })
})
