import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ModelGate } from '@plimsoll/api'
import { FakeClock } from '@plimsoll/kube'
import { openRecords, type Records } from '@plimsoll/records'
// Gates are judged in a thread, which is compiled code: the package is tested as others import it.
import { createModels, type EvaluationDocument, type GateRunRequest, type Models } from '@plimsoll/models'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let dataDir: string
let records: Records
let models: Models
let live: string[]
let clock: FakeClock
const log = { child: () => log, debug() {}, info() {}, warn() {}, error() {} }

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'models-'))
  records = await openRecords({ dataDir })
  live = []
  clock = new FakeClock()
  models = await createModels({
    records,
    applications: { managedResources: async () => live.map((liveState) => ({ kind: 'Any', name: 'any', liveState })) },
    namespace: 'argocd',
    spoolDir: join(dataDir, 'spool'),
    clock,
    log,
  })
})
afterEach(async () => {
  await records.close()
  await rm(dataDir, { recursive: true, force: true })
})

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
const serving = (digest: string): string => JSON.stringify({ kind: 'ConfigMap', data: { MODEL_DIGEST: digest } })

const gate = (spec: object = {}): ModelGate => ({
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'ModelGate',
  metadata: { name: 'quality' },
  spec: { baseline: { application: 'shop' }, metrics: [{ name: 'accuracy', noWorseThan: 0.05 }], replicates: 200, ...spec },
})

/** Answers to 400 rows, of which every `wrongEvery`th is wrong. */
function evaluation(model: string, wrongEvery: number, dataDigest = 'md5:data'): EvaluationDocument {
  const labels = Array.from({ length: 400 }, (_, row) => row % 2)
  return {
    modelDigest: digestOf(model),
    dataDigest,
    metrics: {},
    predictions: {
      rowIds: labels.map((_, row) => `r${row}`),
      labels,
      classes: labels.map((label, row) => (row % wrongEvery === 0 ? 1 - label : label)),
    },
  }
}

const request = (candidate: EvaluationDocument, more: Partial<GateRunRequest> = {}): GateRunRequest => ({
  gate: gate(),
  gateText: 'gate',
  candidate: { model: { digest: candidate.modelDigest }, evaluation: candidate },
  by: 'mina',
  reproduce: 'plimsoll gate run',
  ...more,
})

describe('an artefact', () => {
  it('is named by its content, and read as it was handed over', async () => {
    const { digest, size } = await models.putFile(Readable.from([Buffer.from('weights')]))
    const artifact = await models.putArtifact([{ path: 'model.bin', digest, size }], 'file', 'mina')

    const chunks: Buffer[] = []
    for await (const chunk of (await models.readFile(artifact.digest, ''))?.stream ?? []) chunks.push(chunk as Buffer)

    expect(artifact.digest).toBe(digestOf('weights'))
    expect(Buffer.concat(chunks).toString()).toBe('weights')
    expect(await models.readFile(artifact.digest, '../secret')).toBeUndefined()
  })

  it.each(['../x', '/x', 'a/../../x', 'a//b', String.raw`a\b`, 'a\nb', ''])('cannot hold a file at %j', async (path) => {
    const { digest, size } = await models.putFile(Readable.from([Buffer.from('x')]))

    await expect(models.putArtifact([{ path, digest, size }], 'folder', 'mina')).rejects.toThrow('is no path inside of it')
  })

  it('is refused when its files are not here, or are others', async () => {
    await expect(models.putArtifact([{ path: 'a', digest: digestOf('gone'), size: 4 }], 'folder', 'mina')).rejects.toThrow('is not here')
    const { digest, size } = await models.putFile(Readable.from([Buffer.from('x')]))
    await expect(models.putArtifact([{ path: 'a', digest, size: size + 1 }], 'folder', 'mina')).rejects.toThrow('has 1 bytes here')
  })
})

describe('data under DVC', () => {
  it('is kept under the MD5 of its content, and nothing else', async () => {
    const md5 = createHash('md5').update('rows').digest('hex')

    await models.putData('shop', md5, Readable.from([Buffer.from('rows')]))

    expect((await models.data('shop', md5))?.size).toBe(4)
    expect(await models.data('other', md5)).toBeUndefined()
    await expect(models.putData('shop', md5, Readable.from([Buffer.from('other')]))).rejects.toThrow('What was sent as')
  })

  it('of DVC 2 is kept under what it is with Unix line ends, beside other content of the same digits', async () => {
    const md5 = createHash('md5').update('a\n').digest('hex')

    await models.putData('texts', md5, Readable.from([Buffer.from('a\r\n')]), 'legacy')
    await models.putData('texts', md5, Readable.from([Buffer.from('a\n')]))

    expect((await models.data('texts', md5, 'legacy'))?.size).toBe(3)
    expect((await models.data('texts', md5))?.size).toBe(2)
    await expect(models.putData('texts', md5, Readable.from([Buffer.from('a\r\n')]))).rejects.toThrow('What was sent as')
  })
})

describe('a gate', () => {
  it('compares with the model that serves, on the same data', async () => {
    await models.keepModel({ digest: digestOf('old') }, evaluation('old', 10))
    live = [serving(digestOf('old'))]

    const report = await models.runGate(request(evaluation('new', 10)))

    expect(report).toMatchObject({ verdict: 'pass', baseline: { digest: digestOf('old'), application: 'shop' } })
    expect((await models.reports({ modelDigest: digestOf('new') })).map(({ id }) => id)).toEqual([report.id])
  })

  it('takes the incumbent scored again when its own figures are of other data', async () => {
    await models.keepModel({ digest: digestOf('old') }, evaluation('old', 10, 'md5:before'))
    live = [serving(digestOf('old'))]

    const alone = await models.runGate(request(evaluation('new', 10)))
    const again = await models.runGate(request(evaluation('new', 10), { incumbent: evaluation('old', 10) }))
    const foreign = await models.runGate(request(evaluation('newer', 10), { incumbent: evaluation('another', 10) }))

    expect(alone).toMatchObject({ verdict: 'inconclusive', result: { reason: 'otherData', next: 'scoreIncumbentAgain' } })
    expect(again.verdict).toBe('pass')
    expect(foreign.verdict).toBe('inconclusive')
    expect(foreign.result.warnings.join()).toContain('It was not used')
  })

  it('believes nobody who makes the served model look bad', async () => {
    await models.keepModel({ digest: digestOf('old') }, evaluation('old', 40))
    live = [serving(digestOf('old'))]
    await clock.advance(1000)
    const unbound = gate({ baseline: undefined, metrics: [{ name: 'accuracy', atLeast: 0 }] })

    await models.runGate(request(evaluation('old', 2), { gate: unbound, repository: 'shop', pullRequest: 7 }))
    await models.runGate(request(evaluation('old', 2), { gate: unbound, repository: 'shop', pullRequest: 7 }))
    const said = await models.runGate(
      request(evaluation('new', 4), { incumbent: evaluation('old', 2), repository: 'shop', pullRequest: 7 }),
    )

    expect((await models.incumbent('shop', 'md5:data')).evaluation).toEqual(evaluation('old', 40))
    expect(said).toMatchObject({ verdict: 'fail', result: { metrics: [{ baseline: 0.975 }] } })
  })

  it('takes figures again that its own pull request corrects, and from no other one', async () => {
    const known = async (): Promise<unknown> => {
      live = [serving(digestOf('new'))]
      return (await models.incumbent('shop', 'md5:data')).evaluation
    }
    await models.runGate(request(evaluation('new', 4), { repository: 'shop', pullRequest: 7 }))

    await models.runGate(request(evaluation('new', 8), { repository: 'shop', pullRequest: 7 }))
    await models.runGate(request(evaluation('new', 2), { repository: 'shop', pullRequest: 8 }))
    await models.runGate(request(evaluation('new', 2), { repository: 'other', pullRequest: 7 }))

    expect(await known()).toEqual(evaluation('new', 8))
  })

  it.each([
    ['nothing that serves', []],
    ['two models that serve', [serving(digestOf('a')), serving(digestOf('b'))]],
    ['a model that serves and was never scored', [serving(digestOf('a'))]],
  ])('is inconclusive with %s', async (_what, states) => {
    live = states

    const report = await models.runGate(request(evaluation('new', 400)))

    expect(report.verdict).toBe('inconclusive')
  })

  it.each([
    ['no rows and no figures', { predictions: undefined }],
    ['a figure that is not a number', { predictions: undefined, metrics: { accuracy: { value: Number.NaN } } }],
    ['a figure that is text', { predictions: undefined, metrics: { accuracy: { value: '0.99' } } }],
    ['an infinite figure', { predictions: undefined, metrics: { accuracy: { value: Infinity } } }],
    ['no digest of the data', { dataDigest: undefined }],
    ['other data', { dataDigest: 'md5:other' }],
    ['rows of another length', { predictions: { rowIds: ['a', 'b'], labels: [1], classes: [1] } }],
  ])('never passes with %s', async (_what, broken) => {
    await models.keepModel({ digest: digestOf('old') }, evaluation('old', 2))
    live = [serving(digestOf('old'))]

    const report = await models.runGate(request({ ...evaluation('new', 400), ...broken } as EvaluationDocument))

    expect(report.verdict).toBe('inconclusive')
    expect(report.result.words).not.toBe('')
  })

  it('is not drawn again with another seed', async () => {
    await models.keepModel({ digest: digestOf('old') }, evaluation('old', 10))
    live = [serving(digestOf('old'))]
    const first = await models.runGate(request(evaluation('new', 9)))

    const second = await models.runGate(request(evaluation('new', 9), { gate: gate({ seed: 'a luckier one' }) }))

    expect(second.result.seed).toBe(first.result.seed)
    expect(second.result.metrics).toEqual(first.result.metrics)
    expect(second.result.warnings.join()).toContain('was used again')
  })

  it('that cannot be used is refused with every reason', async () => {
    const broken = gate({ metrics: [{ name: 'accuracy', improve: { by: 'much' } }], confidence: 2 })

    await expect(models.runGate(request(evaluation('new', 9), { gate: broken }))).rejects.toThrow(/improve\.by.*confidence/s)
  })

  it('can be overridden, and what it said itself stays', async () => {
    const report = await models.runGate(request(evaluation('new', 9)))
    const told: string[] = []
    models.subscribe(({ override }) => told.push(override?.why ?? ''))

    await models.override(report.id, { verdict: 'pass', by: 'jonas', at: '2026-01-01T00:00:00Z', why: 'known' })

    expect(await models.report(report.id)).toMatchObject({
      verdict: 'inconclusive',
      override: { verdict: 'pass', by: 'jonas', why: 'known' },
    })
    expect(told).toEqual(['known'])
  })
})
